// A trend in few points: each bucket keeps the lowest and highest value of its time. Pure.

export const MOST = 900;

/** @typedef {{t: number[], min: number[], max: number[], broken: boolean[]}} Trace */

export class Buckets {
  /** @param {number} widthMs @param {number} gapMs a longer silence breaks the line */
  constructor(widthMs, gapMs) {
    this.width = widthMs;
    this.gapMs = gapMs;
    /** @type {number[]} */ this.t = [];
    /** @type {number[]} */ this.min = [];
    /** @type {number[]} */ this.max = [];
    /** @type {boolean[]} */ this.broken = [];
    this.lastMs = -Infinity;
    this.gap = false;
  }

  /** Take over what the server kept. @param {Trace} trace */
  load(trace) {
    for (const key of /** @type {const} */ (["t", "min", "max", "broken"])) {
      /** @type {any} */ (this)[key] = Array.from(trace[key]);
    }
    if (this.t.length > 0) this.lastMs = this.t[this.t.length - 1] + this.width;
    while (this.t.length > MOST) this.join();
    return this;
  }

  /** There was no value at that time: the line ends. */
  miss() {
    this.gap = true;
  }

  /** Add a value. Returns whether the drawing changes.
   * @param {number} tMs @param {number} value */
  add(tMs, value) {
    const start = Math.floor(tMs / this.width) * this.width;
    const last = this.t.length - 1;
    if (last >= 0 && start < this.t[last]) return this.widen(start, value);
    const broken = this.gap || tMs - this.lastMs > this.gapMs;
    this.gap = false;
    this.lastMs = Math.max(tMs, this.lastMs);
    if (last >= 0 && start === this.t[last]) {
      const newly = broken && !this.broken[last];
      if (newly) this.broken[last] = true;
      return this.stretch(last, value) || newly;
    }
    this.t.push(start);
    this.min.push(value);
    this.max.push(value);
    this.broken.push(broken || last < 0);
    while (this.t.length > MOST) this.join();
    return true;
  }

  /** A value that came late belongs to an older bucket, if that exists.
   * @param {number} start @param {number} value */
  widen(start, value) {
    const i = this.t.lastIndexOf(start);
    return i >= 0 && this.stretch(i, value);
  }

  /** @param {number} i @param {number} value */
  stretch(i, value) {
    const changed = value < this.min[i] || value > this.max[i];
    this.min[i] = Math.min(this.min[i], value);
    this.max[i] = Math.max(this.max[i], value);
    return changed;
  }

  /** Join pairs: half the buckets, twice as wide; no extreme and no gap is lost. */
  join() {
    const width = this.width * 2;
    /** @type {Trace} */
    const to = { t: [], min: [], max: [], broken: [] };
    this.t.forEach((t, i) => {
      const start = Math.floor(t / width) * width;
      const last = to.t.length - 1;
      if (last >= 0 && to.t[last] === start) {
        to.min[last] = Math.min(to.min[last], this.min[i]);
        to.max[last] = Math.max(to.max[last], this.max[i]);
        to.broken[last] = to.broken[last] || this.broken[i];
      } else {
        to.t.push(start);
        to.min.push(this.min[i]);
        to.max.push(this.max[i]);
        to.broken.push(this.broken[i]);
      }
    });
    Object.assign(this, to);
    this.width = width;
  }

  /** The outline of a ribbon from lowest to highest: along the top, back along the bottom.
   * Each unbroken stretch is a ribbon of its own; null stands between them.
   * @param {(tMs: number) => number} toX
   * @returns {{x: (number|null)[], y: (number|null)[]}} */
  ribbon(toX) {
    /** @type {(number|null)[]} */ const x = [];
    /** @type {(number|null)[]} */ const y = [];
    for (let from = 0, to; from < this.t.length; from = to) {
      to = from + 1;
      while (to < this.t.length && !this.broken[to]) to++;
      if (from > 0) {
        x.push(null);
        y.push(null);
      }
      const mids = this.t.slice(from, to).map((t) => toX(t + this.width / 2));
      const [tops, bottoms] = [this.max.slice(from, to), this.min.slice(from, to)];
      if (mids.length === 1) { // one bucket alone would be a point, which nobody sees
        mids.splice(0, 1, toX(this.t[from]), toX(this.t[from] + this.width));
        tops.push(tops[0]);
        bottoms.push(bottoms[0]);
      }
      x.push(...mids, ...mids.reverse());
      y.push(...tops, ...bottoms.reverse());
    }
    return { x, y };
  }

  /** Lowest and highest of all, or null. */
  extent() {
    if (this.t.length === 0) return null;
    return { low: Math.min(...this.min), high: Math.max(...this.max) };
  }
}
