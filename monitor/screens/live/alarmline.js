// What the alarm line says, in which order. Pure.

import { dueOf } from "./duewords.js";
import { judge } from "./freshness.js";
import { capital, label, number } from "./format.js";
import { pumpDiffers } from "./pump.js";

const BY_HAND = "no monitor on this chair: watched by hand";
export const NO_DATA = "no-data"; // the occurrence that is this page's own

const RANK = /** @type {Record<string, number>} */ ({ high: 0, medium: 1, low: 2 });

/** Shape and count carry kind and priority without colour. @param {any} alarm */
export function shape(alarm) {
  const count = 3 - (RANK[alarm.priority] ?? 0);
  return (alarm.kind === "technical" ? "■" : "▲").repeat(count);
}

/** Somebody took note of it. @param {any} alarm */
export function acknowledged(alarm) {
  return Boolean(alarm.by) || alarm.state === "acknowledged";
}

/** Highest priority first, what nobody took note of before the rest, then the newest.
 * @param {any[]} alarms */
export function inOrder(alarms) {
  return [...alarms].sort(
    (a, b) =>
      (RANK[a.priority] ?? 0) - (RANK[b.priority] ?? 0) ||
      Number(acknowledged(a)) - Number(acknowledged(b)) ||
      b.since_ms - a.since_ms,
  );
}

/** The alarm of the highest priority that belongs to these parameters, or null.
 * @param {any[]} alarms @param {string[]} parameters */
export function worst(alarms, parameters) {
  return inOrder(alarms).find((a) => parameters.includes(a.parameter)) ?? null;
}

/**
 * Why "No alarm" would say too much: what is expected and not there, fresh.
 * @param {import("./model.js").Model} model @param {number} now @param {boolean} fresh
 * @returns {string[]}
 */
export function doubts(model, now, fresh) {
  const tiles = Object.entries(model.now?.tiles ?? {}).filter(([, t]) => t.expected);
  const out = [];
  for (const source of model.now?.sources ?? []) {
    if (source.state !== "connected") out.push(`${source.name}: ${source.state}`);
  }
  for (const [key, tile] of tiles) {
    for (const name of tile.parameters.slice(0, key === "NIBP" ? 2 : 1)) {
      const why = doubt(judge(model.parameter(name), now, fresh));
      const said = `${label(key === "NIBP" ? key : name)}: ${why}`;
      if (why && !out.includes(said)) out.push(said);
    }
  }
  if (tiles.length === 0) {
    const devices = (model.now?.sources ?? []).some((/** @type {any} */ x) => !x.by_hand);
    out.push(devices ? "nothing is set to be expected on this chair"
      : BY_HAND);
  }
  return out;
}

/** @param {import("./freshness.js").Judged} seen */
function doubt(seen) {
  if (seen.value === null) return seen.why || "no value";
  if (seen.dim) return "late";
  return seen.questionable ? "questionable" : "";
}

/** What stands beside an alarm: how the value is now, where the words of the alarm do not say it.
 * @param {any} alarm @param {import("./model.js").Model} model @param {number} now
 * @param {boolean} fresh */
function remark(alarm, model, now, fresh) {
  const words = [];
  const p = alarm.parameter ? model.parameter(alarm.parameter) : null;
  const seen = judge(p, now, fresh);
  if (alarm.unknown) words.push("value unknown now");
  else if (alarm.state === "latched" && seen.value !== null) {
    words.push(`now ${number(seen.value, p?.decimals ?? 0)}`);
  }
  if (alarm.state === "latched") words.push("over, not acknowledged");
  return words.join(" · ");
}

/** Since when; of what is overdue, since it was due: one time on the glass, not the alarm's own too.
 * @param {any} alarm @param {import("./model.js").Model} model @returns {number} */
function since(alarm, model) {
  const due = model.now?.due ?? [];
  const of = due.find((/** @type {any} */ x) => alarm.condition === `overdue_${x.id}`);
  return of ? Math.min(of.at_ms, alarm.since_ms) : alarm.since_ms;
}

/** That no screen can sound: where this one cannot, its own SOUND OFF sign is that alarm's signal.
 * @param {any} alarm */
function soundless(alarm) {
  return alarm.condition === "nobody_listening" && alarm.priority === "low";
}

/**
 * @typedef {{state: string, priority: string, alarm: any, others: any[], text: string,
 *            detail: string, seen?: boolean}} Line
 * @param {import("./model.js").Model} model
 * @param {number} now the recorder's time
 * @param {{fresh: boolean, starting: boolean, cause: string,
 *          sure?: boolean, lost?: {priority: string|null, acknowledged: boolean}, able?: boolean}} link
 * @returns {Line}
 */
export function alarmLine(model, now, link) {
  const alarms = inOrder(model.now?.alarms ?? [])
    .filter((alarm) => link.able !== false || !soundless(alarm))
    .map((alarm) => ({ ...alarm, since_ms: since(alarm, model),
      remark: remark(alarm, model, now, link.fresh) }));
  if (!link.fresh) {
    const head = { alarm: null, others: alarms };
    if (link.starting && alarms.length === 0) {
      return { ...head, state: "starting", priority: "none", text: "Connecting…", detail: "" };
    }
    const detail = `${link.cause.replace(/\.$/, "")} · look at the patient, then the cable`;
    const priority = link.lost?.priority ?? "high";
    const seen = link.lost?.acknowledged ? " · acknowledged on this screen" : "";
    return { ...head, state: "no-data", priority, text: "NO DATA", detail: detail + seen,
      seen: seen !== "" };
  }
  if (model.now?.chair?.removed) {
    const detail = "this chair is no longer in the clinic's file: put it back, or end its session";
    return { alarm: null, others: alarms, state: "no-data", priority: "high",
      text: "NOT RECORDED", detail };
  }
  if (alarms.length > 0) {
    const [alarm, ...others] = alarms;
    const state = acknowledged(alarm) ? "acknowledged" : alarm.state;
    return { state, priority: alarm.priority, alarm, others, text: alarm.text, detail: "" };
  }
  const open = doubts(model, now, link.fresh);
  const late = [pumpDiffers(model.now),
    ...dueOf(model.now, { now, sure: link.sure !== false }).filter((x) => x.late).map((x) => x.words),
  ].filter(Boolean);
  const calm = { alarm: null, others: [], priority: "none", detail: "" };
  if (open.length > 0 && !open.every((x) => x === BY_HAND)) {
    const detail = [...open, ...late].join(" · ");
    return { ...calm, state: "incomplete", text: "Not all values are here", detail };
  }
  if (open.length > 0) { // nothing is missing that could be there
    return { ...calm, state: "incomplete", text: capital([...late, ...open].join(" · ")) };
  }
  // What is overdue has its alarm minutes later, and a pump that differs from what was entered has
  // none of ours: neither may stand beside "No alarm".
  if (late.length > 0) return { ...calm, state: "incomplete", text: capital(late.join(" · ")) };
  return { ...calm, state: "none", text: "No alarm" };
}

/** How large the words can stand: those of a limit are read across the room.
 * @param {string} text @returns {"short"|"medium"|"long"} */
export function lengthOf(text) {
  if (text.length <= 16) return "short";
  return text.length <= 26 ? "medium" : "long";
}
