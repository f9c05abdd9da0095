// What this screen knows of its chair: the snapshot, and what came since. Pure.

import { Buckets } from "./buckets.js";

const WHOLE = ["alarms", "session", "due", "sources", "limits", "parameters", "tiles", "generation",
  "watch", "staff", "audio", "alarms_off", "limits_changed", "baseline", "by_hand", "pump"];
const TREND = ["HR", "PR", "SpO2"];
const GAP_MS = 10000;

export class Model {
  constructor() {
    /** @type {any} */ this.now = null;
    /** @type {Record<string, Buckets>} */ this.trends = {};
    /** @type {any[]} */ this.cuffs = [];
    this.tick = -1;
    this.rate = 1;
    this.savedMs = /** @type {number|null} */ (null);
    this.server = /** @type {{recorder: string, text: string}|null} */ (null);
    this.changed = { trend: true, cuffs: true, layout: true };
  }

  /** @param {any} s */
  snapshot(s) {
    this.now = s;
    this.tick = s.tick;
    this.rate = s.rate;
    this.savedMs = s.now_ms;
    this.server = null;
    this.trends = {};
    this.history(s.history ?? { width_ms: 4000, traces: {}, cuffs: [] });
  }

  /** What the chart shows of the past: at first, and anew when another patient comes.
   * @param {any} history */
  history(history) {
    for (const name of TREND) {
      const trend = new Buckets(history.width_ms, this.gapMs(name));
      this.trends[name] = history.traces[name] ? trend.load(history.traces[name]) : trend;
    }
    this.cuffs = [...(history.cuffs ?? [])];
    this.changed = { trend: true, cuffs: true, layout: true };
  }

  /** Take a tick. Returns false where it is not newer than what we hold. @param {any} t */
  add(t) {
    if (this.now === null || t.tick <= this.tick) return false;
    this.tick = t.tick;
    this.rate = t.rate;
    this.savedMs = t.now_ms;
    this.server = null;
    const sources = TREND.map((name) => this.parameter(name)?.source);
    for (const key of WHOLE) if (key in t) this.now[key] = t[key];
    if ("by_hand" in t) this.changed.cuffs = true;
    TREND.forEach((name, i) => { // another device's values do not go on with the line of the first
      if (this.parameter(name)?.source !== sources[i]) this.trends[name].miss();
    });
    if ("session" in t || "limits" in t || "tiles" in t || "parameters" in t) {
      this.changed.layout = true;
      for (const name of TREND) this.trends[name].gapMs = this.gapMs(name);
    }
    if ("history" in t) this.history(t.history);
    for (const reading of t.readings ?? []) this.read(reading);
    for (const cuff of t.cuffs ?? []) this.cuff(cuff);
    return true;
  }

  /** @param {{p: string, t: number, v: number|null, ok: string, why: string}} r */
  read(r) {
    const p = this.now.parameters[r.p];
    const trend = this.trends[r.p];
    if (trend) {
      if (r.v === null) trend.miss();
      else if (trend.add(r.t, r.v)) this.changed.trend = true;
    }
    // A word of the cuff comes with `parameters`: what it leaves of the last reading is not ours.
    if (!p || p.episodic || (p.t_ms !== null && r.t < p.t_ms)) return;
    Object.assign(p, { t_ms: r.t, value: r.v, validity: r.ok, reason: r.why });
    if (r.v !== null) p.last = { t_ms: r.t, value: r.v };
  }

  /** @param {any} cuff */
  cuff(cuff) {
    const at = this.cuffs.findIndex((c) => c.t_ms === cuff.t_ms);
    if (at >= 0) this.cuffs[at] = cuff;
    else this.cuffs.push(cuff);
    this.changed.cuffs = true;
  }

  /** What people entered by hand of a trend's parameter. @param {string} name
   * @returns {{p: string, t: number, v: number}[]} */
  marks(name) {
    return (this.now?.by_hand ?? []).filter((/** @type {any} */ m) => m.p === name);
  }

  /** When the first value that the chart shows was taken. */
  firstMs() {
    const first = [this.trends[this.shown("HR")]?.t[0], this.trends.SpO2.t[0],
      this.cuffs[0]?.t_ms, this.now?.by_hand?.[0]?.t].filter((t) => t !== undefined);
    return first.length ? Math.min(...first) : null;
  }

  /** @param {string} name */
  gapMs(name) {
    return this.now?.parameters?.[name]?.dash_ms ?? GAP_MS;
  }

  /** @param {string} tile */
  tile(tile) {
    return this.now?.tiles?.[tile] ?? null;
  }

  /** The parameter a trend tile shows: HR, or PR where no ECG is expected. @param {string} tile */
  shown(tile) {
    return this.tile(tile)?.parameters?.[0] ?? tile;
  }

  /** @param {string} name */
  parameter(name) {
    return this.now?.parameters?.[name];
  }

  /** @param {string} name @returns {{priority: string, side: string, bound: number}[]} */
  limits(name) {
    return (this.now?.limits?.[name] ?? []).filter((/** @type {any} */ l) => l.bound !== null);
  }

  /** The innermost bounds. @param {string} name */
  bounds(name) {
    const side = (/** @type {string} */ s) =>
      this.limits(name).filter((l) => l.side === s).map((l) => l.bound);
    const [low, high] = [side("low"), side("high")];
    return {
      low: low.length ? Math.max(...low) : null,
      high: high.length ? Math.min(...high) : null,
    };
  }

  /** @param {number|null} id */
  source(id) {
    return (this.now?.sources ?? []).find((/** @type {any} */ s) => s.id === id) ?? null;
  }
}
