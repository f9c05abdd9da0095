// Is what we show still true? Pure: time is an argument, in milliseconds of a monotonic clock.

// The estimate may lag behind the greatest message by this much of the elapsed time, so that a
// tablet's crystal that runs fast cannot, after a day, make live data look late.
const DRIFT = 5e-4;
const GAP_MS = 2500; // our own timer runs four times a second: a longer pause means we were asleep
const NAP_MS = 5000; // after such a pause nothing that was on its way to us is to be trusted
const OLD_MS = 3600000; // what is read now and then dims when it is so old: our choice

/** The recorder's time, judged from its ticks and the browser's monotonic clock. */
export class RecorderClock {
  constructor() {
    /** @type {{now_ms: number, at: number, rate: number}|null} the message that came least late */
    this.anchor = null;
    this.renew = true;
    /** @type {number|null} */
    this.tickMs = null;
    this.sure = false;
  }

  /** A new connection: its first tick is taken as it is. */
  connected() {
    this.renew = true;
    this.tickMs = null;
  }

  /** The page was asleep or hidden: the monotonic clock may have stood still. */
  slept() {
    this.renew = true;
    this.sure = false;
    this.tickMs = null;
  }

  /** A snapshot tells the time, but not how long ago it was: it is no heartbeat.
   * @param {number} nowMs @param {number} rate @param {number} at */
  hint(nowMs, rate, at) {
    if (!this.sure || this.anchor === null) this.anchor = { now_ms: nowMs, at, rate };
  }

  /** @param {number} nowMs @param {number} rate @param {number} at */
  tick(nowMs, rate, at) {
    if (this.renew || this.anchor === null || nowMs >= this.now(at)) {
      this.anchor = { now_ms: nowMs, at, rate };
    } else if (rate !== this.anchor.rate) {
      this.anchor = { now_ms: this.now(at), at, rate };
    }
    this.renew = false;
    this.sure = true;
    this.tickMs = Math.max(nowMs, this.tickMs ?? nowMs);
  }

  /** The recorder's time now; the greatest that any tick allows. @param {number} at */
  now(at) {
    const a = this.anchor;
    return a === null ? 0 : a.now_ms + a.rate * (at - a.at) * (1 - DRIFT);
  }

  /** Wall milliseconds since the newest tick was made; infinite where there is none.
   * @param {number} at */
  heartbeatAge(at) {
    if (this.tickMs === null || this.anchor === null) return Infinity;
    return (this.now(at) - this.tickMs) / this.anchor.rate;
  }
}

/** Notices that the page was asleep: its timer did not run, or the wall clock ran on without it. */
export class SleepWatch {
  /** @param {number} mono @param {number} wall */
  constructor(mono, wall) {
    this.mono = mono;
    this.wall = wall;
  }

  /** Call at each timer and before each message.
   * @param {number} mono @param {number} wall @returns {"awake"|"gap"|"nap"} */
  look(mono, wall) {
    const gap = Math.max(mono - this.mono, wall - this.wall);
    this.mono = mono;
    this.wall = wall;
    if (gap > NAP_MS) return "nap";
    return gap > GAP_MS ? "gap" : "awake";
  }
}

/**
 * What stands for a parameter on the glass.
 * @typedef {{value: number|null, dim: boolean, why: string, age_ms: number|null,
 *            questionable: boolean, last: {t_ms: number, value: number}|null}} Judged
 */

/**
 * @param {any} p the parameter as in the stream, or undefined
 * @param {number} now the recorder's time
 * @param {boolean} fresh heartbeat heard and page awake
 * @returns {Judged}
 */
export function judge(p, now, fresh) {
  const none = { value: null, dim: false, why: "", age_ms: null, questionable: false, last: null };
  if (!p) return none;
  const last = p.last ?? null;
  if (p.t_ms === null) return { ...none, last, why: p.reason || "no value yet" };
  const ageMs = Math.max(0, now - p.t_ms);
  const real = p.value !== null && (p.validity === "valid" || p.validity === "questionable");
  const shown = {
    value: real ? p.value : null, dim: false, why: p.reason || "", age_ms: ageMs,
    questionable: p.validity === "questionable", last,
  };
  if (p.episodic) return judgeEvent(p, shown, now);
  if (!fresh) return { ...shown, value: null, why: "no data" };
  if (ageMs >= p.dash_ms) return { ...shown, value: null, why: "no data" };
  if (!real) return { ...shown, why: p.reason || p.validity };
  return { ...shown, dim: ageMs >= p.dim_ms };
}

/** What is read now and then, or by hand, stays with its age, and dims after an hour; one from before
 * the connection never had a time.
 * @param {any} p @param {Judged} shown @param {number} now
 * @returns {Judged} */
function judgeEvent(p, shown, now) {
  if (shown.why.startsWith("before connection")) return { ...shown, value: null, age_ms: null };
  if (p.value !== null) {
    // The reading stays while the cuff measures anew, and when that fails; the word says which.
    const word = p.validity === "measuring" ? "measuring" : p.reason;
    const dim = now - p.t_ms >= OLD_MS;
    return { ...shown, dim, value: p.value, why: shown.questionable ? p.reason : word ?? "" };
  }
  return shown.value === null ? { ...shown, why: p.reason || p.validity } : shown;
}
