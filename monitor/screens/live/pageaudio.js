// What a page sounds for the chairs that it shows, and its word that it is seen and could be heard.

import { acknowledged } from "./alarmline.js";
import { mark, say } from "./glass.js";
import { Report } from "./report.js";
import { audioNow, due, highest } from "./signals.js";
import { Sound } from "./sound.js";
import { SoundPanel } from "./soundpanel.js";

/** @typedef {{at: number, now: number, sure: boolean, fresh: boolean, awake: boolean,
 *             minute: (ms: number) => string}} Moment */

/** One chair, this page's own alarm of it, and why the server cannot tell of it.
 * @typedef {{model: import("./model.js").Model, lost: import("./signals.js").Lost,
 *            failed?: string}} Watched */

export class PageAudio {
  /**
   * @param {Record<string, HTMLElement>} part
   * @param {() => Watched[]} watched
   * @param {() => {token: string, chair: number}} report
   */
  constructor(part, watched, report) {
    this.part = part;
    this.watched = watched;
    this.sound = new Sound();
    this.report = new Report(report);
    this.panel = new SoundPanel(part, this.sound, () => this.again());
    this.moment = /** @type {Moment|null} */ (null);
    this.lock = /** @type {any} */ (null);
    this.name = /** @type {string|null} */ (null); // the burst that is due now
    /** what each chair made sound until now @type {Map<Watched, string|null>} */
    this.before = new Map();
    this.stop = new AbortController();
    window.addEventListener("pagehide", () => this.report.leave(), { signal: this.stop.signal });
  }

  /** At each look and message. A hidden page knows nothing of its chairs: it is silent, and says
   * so to the recorder. @param {Moment} m */
  look(m) {
    this.moment = m;
    const { sound } = this;
    sound.look(m.at);
    this.report.look(m.awake, sound.able, m.at);
    const next = this.next(m);
    this.name = next.name;
    sound.want(m.awake ? next.name : null, next.byHand || !m.awake);
    if (m.awake) this.paint(m);
    else this.lock = null; // the browser took it back
  }

  /** The worst of all chairs. One that a person made silent keeps no other one silent.
   * @param {Moment} m */
  next(m) {
    const all = this.watched();
    let byHand = false;
    for (const one of all) {
      const { model, lost } = one;
      const alarms = model.now?.alarms ?? [];
      const open = highest(alarms.filter((/** @type {any} */ a) => !acknowledged(a))
        .map((/** @type {any} */ a) => a.priority));
      lost.look(m.awake && (!m.fresh || Boolean(one.failed)), dosing(model), open, m.at);
      const its = due(alarms, audioNow(model.now?.audio, m.now), lost);
      // Only where the sound of this very chair changes does it matter who ended it.
      if (its.byHand && (this.before.get(one) ?? null) !== its.name) byHand = true;
      this.before.set(one, its.name);
    }
    for (const one of this.before.keys()) if (!all.includes(one)) this.before.delete(one);
    return { name: highest([...this.before.values()]), byHand };
  }

  /** What fails here must not keep the numbers and the alarm line from the glass: then the sound is
   * off, and says so. @param {Moment} m */
  tryLook(m) {
    try {
      this.look(m);
    } catch (error) {
      this.sound.failed = "its program failed: load the page again";
      mark(this.part.sound, "able", "false");
      say(this.part["sound-text"], "SOUND OFF");
      console.error("The sound of this page failed.", error);
    }
  }

  /** Somebody pressed: do not wait for the next look. */
  again() {
    if (this.moment) this.look(this.moment);
  }

  /** @param {Moment} _m */
  paint(_m) {
    const { part, sound } = this;
    mark(part.sound, "able", String(sound.able));
    say(part["sound-text"], sound.able ? "Sound on" : "SOUND OFF");
    if (!part["sound-cover"].hidden) this.panel.paint();
    this.stayAwake();
  }

  /** A tablet that turns its screen off hides this page. Where that cannot be held off, the page
   * is hidden, and reported so. */
  stayAwake() {
    if (!this.sound.able || !navigator.wakeLock || (this.lock && !this.lock.released)) return;
    this.lock = { released: false };
    navigator.wakeLock.request("screen").then((lock) => (this.lock = lock), console.warn);
  }

  remove() {
    this.stop.abort();
    this.report.leave();
    this.sound.remove();
    this.lock?.release?.();
  }
}

/** An infusion runs. Where nobody told us, it may. @param {import("./model.js").Model} model */
export function dosing(model) {
  if (!model.now) return true;
  const infusion = model.now.session?.infusion;
  return Boolean(infusion) && infusion.stopped_ms === null;
}
