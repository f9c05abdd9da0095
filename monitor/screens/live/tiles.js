// The numerals: value, unit, limits, source and age, and the reason where there is no value.

import { judge } from "./freshness.js";
import { DASHES, age, label, number } from "./format.js";
import { mark, say } from "./glass.js";
import { shape, worst } from "./alarmline.js";
import { difference } from "./limits.js";

const WIDE = { HR: true, SpO2: true }; // tiles with room for the source beside a reason

/**
 * @typedef {{now: number, fresh: boolean, sure: boolean, clock: (ms: number) => string}} Moment
 */

export class Tiles {
  /** @param {ParentNode} root */
  constructor(root) {
    this.tiles = [...root.querySelectorAll("[data-tile]")].map((node) => ({
      node: /** @type {HTMLElement} */ (node),
      name: /** @type {HTMLElement} */ (node).dataset.tile ?? "",
      part: Object.fromEntries(
        [...node.querySelectorAll("[data-part]")].map((n) => [
          /** @type {HTMLElement} */ (n).dataset.part, /** @type {HTMLElement} */ (n),
        ]),
      ),
    }));
  }

  /** A tile's limits lead to their page. */
  get limitLinks() {
    return this.tiles.flatMap((tile) => tile.part.limits ?? []);
  }

  /** @param {import("./model.js").Model} model @param {Moment} moment */
  paint(model, moment) {
    for (const tile of this.tiles) {
      const alarm = worst(model.now?.alarms ?? [], model.tile(tile.name)?.parameters ?? [tile.name]);
      const content = tile.name === "NIBP"
        ? pressure(model, moment, alarm?.limit != null ? alarm.parameter : "")
        : continuous(model, tile.name, moment);
      say(tile.part.label, content.label);
      say(tile.part.value, content.value);
      say(tile.part.unit, content.unit);
      say(tile.part.from, content.from && content.age ? `${content.from} · ` : content.from);
      say(tile.part.age, content.age);
      if (tile.part.ago) say(tile.part.ago, content.ago ?? "");
      say(tile.part.why, alarm && alarm.limit != null && content.value !== DASHES
        ? `${shape(alarm)} limit ${alarm.limit}${content.why ? ` · ${content.why}` : ""}`
        : content.why);
      if (tile.part.limits) bounds(tile.part.limits, model.bounds(model.shown(tile.name)));
      say(tile.part.base, content.base);
      mark(tile.node, "state", content.state);
      mark(tile.node, "alarm", alarm ? alarm.priority : "");
      mark(tile.node, "hand", String(content.from === "by hand"));
      mark(tile.node, "expected", String(model.tile(tile.name)?.expected ?? false));
    }
  }
}

/** @param {HTMLElement} node @param {{low: number|null, high: number|null}} b */
function bounds(node, b) {
  say(node, `${b.high ?? "—"}\n${b.low ?? "—"}`);
}

/** Who gives the value, and which choice of the clinic's it is where that is not the first.
 * @param {import("./model.js").Model} model @param {any} p */
export function sourceName(model, p) {
  if (p?.by_hand) return "by hand";
  const name = model.source(p?.source)?.name ?? "";
  return name && p.choice > 1 ? `${name} (${ordinal(p.choice)})` : name;
}

/** Why it is not the first choice that is shown.
 * @param {import("./model.js").Model} model @param {any} p */
export function insteadOf(model, p) {
  const name = p?.instead_of && model.source(p.instead_of.source)?.name;
  if (!name) return null;
  return p.instead_of.why ? `${name}: ${p.instead_of.why}` : `${name} has no value`;
}

/** The chair has more than one device. @param {import("./model.js").Model} model */
export function several(model) {
  return (model.now?.sources ?? []).length > 1;
}

/** @param {number} n */
function ordinal(n) {
  return n === 2 ? "2nd" : n === 3 ? "3rd" : `${n}th`;
}

/** @param {(string|null|false)[]} words */
function joined(...words) {
  return words.filter(Boolean).join(" · ");
}

/** How far what is shown is from the session's baseline; nothing where there is none.
 * @param {import("./model.js").Model} model @param {string[]} names @param {(number|null)[]} values
 * @param {number} decimals */
function fromBaseline(model, names, values, decimals) {
  const by = names.map((name, i) => difference(values[i], model.now?.baseline?.[name], decimals));
  return by.every(Boolean) ? by.join("/") : "";
}

/** @param {import("./model.js").Model} model @param {string} name @param {Moment} m */
function continuous(model, name, m) {
  const shown = model.shown(name);
  const p = model.parameter(shown);
  const tile = model.tile(name);
  const seen = judge(p, m.now, m.fresh);
  const decimals = p?.decimals ?? 0;
  const out = { label: label(tile?.label ?? shown), unit: p?.unit ?? "", why: "",
    from: "", age: "", base: fromBaseline(model, [shown], [seen.value], decimals) };
  const at = seen.age_ms !== null && m.sure ? age(seen.age_ms) : null;
  if (seen.value !== null) {
    const event = p.episodic && (at ? `${at} ago` : m.clock(p.t_ms));
    return {
      ...out, value: number(seen.value, decimals), state: seen.dim || !m.sure ? "dim" : "fresh",
      from: sourceName(model, p), age: event || (at ?? ""),
      why: joined(insteadOf(model, p),
        seen.questionable && `questionable${seen.why ? `: ${seen.why}` : ""}`,
        companion(model, name, p, m)),
    };
  }
  if (!p && !tile?.expected) return { ...out, value: DASHES, state: "none", why: "not expected" };
  const last = seen.last && `last ${number(seen.last.value, decimals)} at ${m.clock(seen.last.t_ms)}`;
  const since = seen.last && m.sure ? age(Math.max(0, m.now - seen.last.t_ms)) : "";
  return {
    ...out, value: DASHES, state: "missing",
    from: name in WIDE ? sourceName(model, p) : "", age: `${seen.why || "no value"} ${since}`.trim(),
    why: last || "",
  };
}

/** The pulse rate, in small, where the oximeter has it and the HR tile shows the ECG's.
 * @param {import("./model.js").Model} model @param {string} name @param {any} of the tile's own
 *     parameter @param {Moment} m */
function companion(model, name, of, m) {
  if (name !== "SpO2" || model.shown("HR") === "PR") return null;
  const p = model.parameter("PR");
  const pulse = judge(p, m.now, m.fresh);
  if (pulse.value === null || pulse.dim) return null;
  const other = p.source === of.source ? "" : ` (${model.source(p.source)?.name ?? ""})`;
  return `PR ${number(pulse.value, 0)}${other}`;
}

/** @param {import("./model.js").Model} model @param {Moment} m
 * @param {string} said the parameter whose limit stands there already */
function pressure(model, m, said) {
  const [sys, dia, mean] = ["NIBP_sys", "NIBP_dia", "NIBP_mean"].map((n) => model.parameter(n));
  const [s, d, a] = [sys, dia, mean].map((p) => judge(p, m.now, m.fresh));
  const out = { label: model.tile("NIBP")?.label ?? "NIBP", unit: sys?.unit ?? "mmHg",
    from: "", age: "", base: "" };
  const time = (/** @type {any} */ p, /** @type {any} */ seen) =>
    seen.value === null ? null : p.t_ms;
  const times = [time(sys, s), time(dia, d), time(mean, a)];
  const at = Math.max(...times.map((t) => t ?? -Infinity));
  const limits = joined(said !== "NIBP_sys" && range("sys", model.bounds("NIBP_sys")),
    said !== "NIBP_dia" && range("dia", model.bounds("NIBP_dia")));
  if (!Number.isFinite(at)) {
    const why = s.why || d.why || "no reading yet";
    const last = s.last && d.last && `last ${s.last.value}/${d.last.value} at ${m.clock(s.last.t_ms)}`;
    const expected = sys || model.tile("NIBP")?.expected;
    return {
      ...out, value: DASHES, state: expected ? "missing" : "none",
      from: expected ? sourceName(model, sys) : "", age: expected ? why : "",
      why: joined(last || null, limits),
    };
  }
  const one = (/** @type {any} */ seen, /** @type {number|null} */ t) =>
    t === at ? number(seen.value, 0) : DASHES;
  const ago = m.sure ? `${age(Math.max(0, m.now - at))} ago` : "";
  const both = times[0] === at && times[1] === at;
  return {
    ...out, value: `${one(s, times[0])}/${one(d, times[1])}`,
    base: both ? fromBaseline(model, ["NIBP_sys", "NIBP_dia"], [s.value, d.value], 0) : "",
    state: s.dim || d.dim || !m.sure ? "dim" : "fresh", // of no known age, it may be old
    from: sys?.by_hand || several(model) ? sourceName(model, sys) : "",
    age: joined(m.clock(at), ago), ago, // where there is no room for the time, the age alone
    why: joined(times[2] === at && `mean ${number(a.value, 0)}`,
      s.questionable ? `questionable: ${s.why}` : s.why === "measuring" ? "measuring now" : s.why,
      limits),
  };
}

/** @param {string} name @param {{low: number|null, high: number|null}} b */
function range(name, b) {
  if (b.low === null && b.high === null) return null;
  if (b.low === null) return `${name} ≤ ${b.high}`;
  return b.high === null ? `${name} ≥ ${b.low}` : `${name} ${b.low}–${b.high}`;
}
