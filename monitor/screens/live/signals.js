// What sounds now, and why it may be silent. Pure: time is an argument.

import { acknowledged } from "./alarmline.js";

const ORDER = ["low", "medium", "high"];
const MEDIUM_MS = 10000;
const HIGH_MS = 60000;
const AGAIN_MS = 180000; // an acknowledged high NO DATA signals anew after this
export const REMIND_MS = 180000;

/** The highest of some priorities, or null. @param {(string|null)[]} priorities */
export function highest(priorities) {
  return ORDER.findLast((one) => priorities.includes(one)) ?? null;
}

/** The chair's audio. A pause whose time is over has ended, also where nobody is left to say so.
 * @param {any} audio as in the stream, or undefined @param {number} now the recorder's time */
export function audioNow(audio, now) {
  const on = { state: "on", by: null, reason: "", since_ms: null, until_ms: null };
  if (!audio) return on;
  return audio.state === "paused" && audio.until_ms !== null && now >= audio.until_ms ? on : audio;
}

/** This page's own NO DATA: low at once, medium 10 s later, high after 60 s while the infusion
 * runs. It needs no server, and so does its acknowledgement, which holds for this screen alone. */
export class Lost {
  constructor() {
    this.sinceAt = /** @type {number|null} */ (null);
    this.step = /** @type {string|null} */ (null);
    /** with the alarms that were open when the data went @type {string|null} */
    this.priority = null;
    this.acknowledged = false;
    this.acknowledgedAt = 0;
  }

  /** @param {boolean} lost @param {boolean} dosing also where nobody knows
   * @param {string|null} known the highest priority that is open as far as we know
   * @param {number} at */
  look(lost, dosing, known, at) {
    if (!lost) {
      Object.assign(this, { sinceAt: null, step: null, priority: null, acknowledged: false });
      return;
    }
    this.sinceAt ??= at;
    const age = at - this.sinceAt;
    const before = this.priority;
    this.step = age >= HIGH_MS && dosing ? "high" : age >= MEDIUM_MS ? "medium" : "low";
    this.priority = highest([this.step, known]);
    const rose = ORDER.indexOf(this.priority ?? "") > ORDER.indexOf(before ?? "");
    const over = this.priority === "high" && at - this.acknowledgedAt >= AGAIN_MS;
    if (rose || over) this.acknowledged = false;
  }

  /** Somebody has seen it. @param {number} at */
  acknowledge(at) {
    if (this.sinceAt !== null) Object.assign(this, { acknowledged: true, acknowledgedAt: at });
  }
}

/** The burst that is due, and whether a person's deed keeps others silent.
 * A pause does not cover NO DATA: it is newer than the pause, or the pause cannot be ended.
 * @param {any[]} alarms @param {{state: string}} audio @param {Lost} lost */
export function due(alarms, audio, lost) {
  const open = alarms.filter((a) => !acknowledged(a)).map((a) => a.priority);
  const byHand = audio.state !== "on" || lost.acknowledged || alarms.some(acknowledged);
  if (audio.state === "off" || lost.acknowledged) return { name: null, byHand };
  const name = highest([lost.step, ...(audio.state === "on" ? open : [])]);
  return { name: name === "low" ? null : name, byHand };
}

/** Every three minutes of what is off; not again when a page is loaded anew. */
export class Reminders {
  constructor() {
    this.told = /** @type {Map<string, number>} */ (new Map());
  }

  /** The keys that are due now. @param {{key: string, since_ms: number}[]} off
   * @param {number} now the recorder's time */
  due(off, now) {
    const count = new Map(off.map((x) => [x.key, Math.floor((now - x.since_ms) / REMIND_MS)]));
    const found = off.map((x) => x.key)
      .filter((key) => (count.get(key) ?? 0) > (this.told.get(key) ?? Infinity));
    this.told = count;
    return found;
  }
}
