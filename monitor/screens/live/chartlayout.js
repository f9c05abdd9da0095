// How the chart is laid out: axes, limits, events, the window of time. Pure.

import { endMs, stateOf } from "./dose.js";

const MINUTE = 60000;
const STEP = 5 * MINUTE; // the window moves in steps: moving it costs a whole redraw
const AHEAD = 2 * MINUTE;
const LONGEST = 3 * 60 * MINUTE;

/** Where each row stands, from the bottom (0) to the top (1); the lowest is for dose and events.
 * @param {boolean} strip @param {number} height the whole chart's, in pixels */
export function rows(strip, height) {
  const low = strip ? Math.min(0.22, Math.max(0.1, 52 / height)) : 0;
  const at = (/** @type {number} */ part) => low + (strip ? 0.025 : 0) + part * (0.975 - low);
  return { dose: [0, Math.max(low, 0.001)], NIBP: [at(0), at(0.42)], SpO2: [at(0.455), at(0.7)],
    HR: [at(0.735), 1] };
}

/** The axis' own unit: minutes of the infusion, or the clinic's clock.
 * @param {any} session @param {number} offsetMs */
export function axisOf(session, offsetMs) {
  const start = session?.infusion?.started_ms ?? null;
  if (start === null) {
    return { kind: "clock", toX: (/** @type {number} */ t) => t + offsetMs, key: `clock${offsetMs}` };
  }
  return {
    kind: "minutes", toX: (/** @type {number} */ t) => (t - start) / MINUTE, key: `from${start}`,
  };
}

/** The live window, in recorder's time: it stands still for minutes, then makes a step.
 * @param {number} now @param {number|null} first @param {any} session */
export function liveWindow(now, first, session) {
  const infusion = session?.infusion ?? null;
  const end = infusion && (endMs(infusion) ?? infusion.started_ms + infusion.minutes * MINUTE);
  const zero = infusion ? infusion.started_ms : 0;
  const step = (/** @type {number} */ t, /** @type {(n: number) => number} */ round) =>
    zero + round((t - zero) / STEP) * STEP;
  const planned = infusion ? Math.min(end, step(now + LONGEST, Math.floor)) + 5 * MINUTE : 0;
  const to = Math.max(step(now + AHEAD, Math.ceil), infusion?.stopped_ms ? 0 : planned);
  let from = first ?? now - 15 * MINUTE;
  if (infusion) from = Math.max(from, infusion.started_ms - 15 * MINUTE);
  else if (session) from = Math.max(from, session.started_ms - 5 * MINUTE);
  else from = Math.max(from, now - 60 * MINUTE);
  from = Math.max(Math.min(from, now - 10 * MINUTE), now - LONGEST);
  return { from: step(from, Math.floor), to };
}

/** A fixed scale that only grows, in steps, when a value or a limit would leave it.
 * @param {[number, number]} usual @param {number[]} values @param {number} step
 * @param {[number, number]} most
 * @returns {[number, number]} */
export function scale(usual, values, step, most) {
  const low = Math.min(usual[0], ...values.map((v) => Math.floor((v - step / 4) / step) * step));
  const high = Math.max(usual[1], ...values.map((v) => Math.ceil((v + step / 4) / step) * step));
  return [Math.max(low, most[0]), Math.min(high, most[1])];
}

export const LOW_ROW = 90; // pixels: in a lower row each further line and number is one too many

/** The numbers at a low row: one, round, near its middle, where no other row's number stands.
 * @param {[number, number]} range @param {number} height of the row, in pixels */
export function ticks(range, height) {
  if (height >= LOW_ROW) return {};
  return { tickmode: "array", tickvals: [Math.round((range[0] + range[1]) / 20) * 10] };
}

/** The limits of the cuff's row. In a low row only the outer bands, without edges; the numbers of
 * all four limits stand at the value. @param {[number, number]} range
 * @param {{priority: string, side: string, bound: number}[]} sys @param {typeof sys} dia
 * @param {number} height of the row, in pixels */
export function cuffShapes(range, sys, dia, height) {
  const lines = height >= LOW_ROW;
  if (lines) return [...limitShapes("y3", range, sys, "high"), ...limitShapes("y3", range, dia, "none")];
  const side = (/** @type {typeof sys} */ of, /** @type {string} */ side) =>
    of.filter((limit) => limit.side === side);
  return [...limitShapes("y3", range, side(sys, "high"), "both", false),
    ...limitShapes("y3", range, side(dia, "low"), "both", false)];
}

/** Bands outside the limits and their dotted edges.
 * @param {string} axis @param {[number, number]} range
 * @param {{priority: string, side: string, bound: number}[]} limits
 * @param {"both"|"high"|"none"} bands the systolic's low limit has none: the diastolic lies there
 * @param {boolean} edges */
export function limitShapes(axis, range, limits, bands = "both", edges = true) {
  const out = [];
  for (const { priority, side, bound } of limits) {
    const high = priority === "high";
    if (bound < range[0] || bound > range[1]) continue;
    const x = { xref: "paper", x0: 0, x1: 1, yref: axis };
    if (bands === "both" || bands === side) {
      const fill = high ? "rgba(229,72,77,0.13)" : "rgba(242,160,80,0.075)";
      const edge = side === "low" ? range[0] : range[1];
      out.push({ ...x, type: "rect", y0: bound, y1: edge, fillcolor: fill, layer: "below",
        line: { width: 0 } });
    }
    if (!edges) continue;
    const color = high ? "rgba(229,104,108,0.75)" : "rgba(214,170,110,0.55)";
    out.push({ ...x, type: "line", y0: bound, y1: bound, layer: "below",
      line: { width: 1, dash: "dot", color } });
  }
  return out;
}

/** Vertical marks. @param {{t_ms: number}[]} events @param {(t: number) => number} toX */
export function eventShapes(events, toX) {
  return events.map((event) => ({ type: "line", xref: "x", yref: "paper", x0: toX(event.t_ms),
    x1: toX(event.t_ms), y0: 0, y1: 1, layer: "below",
    line: { width: 1, dash: "dot", color: "#3d4c5c" } }));
}

/** The parts of the cuff readings that were entered by hand, each a mark of its own.
 * @param {any[]} cuffs @returns {{t: number, v: number}[]} */
export function handCuffs(cuffs) {
  return cuffs.filter((c) => c.by_hand).flatMap((c) =>
    [c.sys, c.dia].filter((v) => v !== null).map((v) => ({ t: c.t_ms, v })));
}

/** Their words, on several lines so that neighbours do not cover each other.
 * @param {{t_ms: number, text: string}[]} events @param {(t: number) => number} toX
 * @param {{letter: number, lines: number}} fit how much of the axis a letter covers, and how many
 *     lines there are
 * @returns {{x: number[], line: number[], text: string[]}} */
export function eventWords(events, toX, { letter, lines }) {
  const out = { x: /** @type {number[]} */ ([]), line: /** @type {number[]} */ ([]),
    text: /** @type {string[]} */ ([]) };
  const ends = Array(lines).fill(-Infinity);
  for (const event of [...events].sort((a, b) => a.t_ms - b.t_ms)) {
    const x = toX(event.t_ms);
    const line = ends.findIndex((end) => end <= x);
    if (line < 0) continue;
    const text = event.text.length > 22 ? `${event.text.slice(0, 21)}…` : event.text;
    ends[line] = x + letter * (text.length + 2);
    out.x.push(x);
    out.line.push(line);
    out.text.push(plain(text));
  }
  return out;
}

/** The chart's labels understand a few tags: what people typed must stay text.
 * @param {string} text */
export function plain(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** The dose as entered: what was given, by the rates that staff set, and where the rate set now leads.
 * From a rate that nobody entered on, nothing is drawn.
 * @param {any} infusion @param {number} now @param {(t: number) => number} toX */
export function doseLines(infusion, now, toX) {
  const none = { x: /** @type {number[]} */ ([]), y: /** @type {number[]} */ ([]) };
  if (!infusion) return { plan: none, given: none };
  const given = { x: [toX(infusion.started_ms)], y: [0] };
  let [mg, at] = [0, infusion.started_ms];
  /** @type {number|null} */ let rate = 0;
  const reach = (/** @type {number} */ t) => {
    mg += ((rate ?? 0) * Math.max(0, t - at)) / MINUTE;
    at = Math.max(at, t);
    given.x.push(toX(at));
    given.y.push(mg);
  };
  const steps = (infusion.steps ?? []).map((/** @type {any} */ [t, to]) => ({ t, to, mg: 0 }));
  const doses = (infusion.doses ?? []).map((/** @type {any} */ [t, once]) => ({ t, mg: once }));
  for (const change of [...steps, ...doses].sort((a, b) => a.t - b.t)) {
    reach(change.t);
    if ("to" in change) rate = change.to;
    mg += change.mg;
    if (change.mg) reach(change.t);
    if (rate === null) return { plan: none, given };
  }
  reach(infusion.stopped_ms ?? Math.max(now, at));
  const end = endMs(infusion);
  const ahead = stateOf(infusion) === "running" && end !== null && end > at;
  return { given, plan: ahead ? { x: [toX(at), toX(end)], y: [mg, infusion.dose_mg] } : none };
}
