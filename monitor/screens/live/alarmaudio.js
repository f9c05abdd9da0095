// Everything of an alarm that is not the line itself: sound, pauses, what is off, who listens.

import { acknowledged } from "./alarmline.js";
import { mark, say, show } from "./glass.js";
import { Report } from "./report.js";
import { Lost, audioNow, due, highest } from "./signals.js";
import { Signs, scopeName, signs } from "./signs.js";
import { Sound } from "./sound.js";
import { SoundPanel } from "./soundpanel.js";

const PAUSE_S = 120;
const QUIET_REASONS = ["Staff watch in the room", "The bedside monitor is heard by staff"];
const OFF_REASONS = ["The probe does not hold", "Known, and accepted by the clinician"];

/** @typedef {{at: number, now: number, sure: boolean, fresh: boolean, awake: boolean,
 *             minute: (ms: number) => string}} Moment */

export class AlarmAudio {
  /**
   * @param {Record<string, HTMLElement>} part
   * @param {ParentNode} root
   * @param {import("./model.js").Model} model
   * @param {import("./pad.js").Pad} pad
   * @param {() => {token: string, chair: number}} config
   */
  constructor(part, root, model, pad, config) {
    this.part = part;
    this.model = model;
    this.pad = pad;
    this.sound = new Sound();
    this.lost = new Lost();
    this.report = new Report(config);
    this.signs = new Signs(part.signs, root, (sign) => this.pressed(sign));
    this.panel = new SoundPanel(part, this.sound, () => this.again());
    this.moment = /** @type {Moment|null} */ (null);
    this.lock = /** @type {any} */ (null);
    this.stop = new AbortController();
    window.addEventListener("pagehide", () => this.report.leave(), { signal: this.stop.signal });
    part.pause.addEventListener("click", () => this.pause());
    part["panel-pause"].addEventListener("click", () => this.pause());
    part["audio-off"].addEventListener("click", () => this.audioOff());
    part["alarm-off"].addEventListener("click", () => this.alarmOff());
  }

  /** At each look and message. A hidden page knows nothing of its chair: it is silent, and says
   * so to the recorder. @param {Moment} m */
  look(m) {
    this.moment = m;
    const { model, sound } = this;
    const alarms = model.now?.alarms ?? [];
    const audio = audioNow(model.now?.audio, m.now);
    sound.look(m.at);
    this.report.look(m.awake, sound.able, m.at);
    const open = highest(alarms.filter((/** @type {any} */ a) => !acknowledged(a))
      .map((/** @type {any} */ a) => a.priority));
    this.lost.look(m.awake && !m.fresh, this.dosing, open, m.at);
    const next = due(alarms, audio, this.lost);
    sound.want(m.awake ? next.name : null, next.byHand || !m.awake);
    if (m.awake) this.paint(m, audio, next.name);
    else this.lock = null; // the browser took it back
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

  /** Where nobody told us, it may be. */
  get dosing() {
    if (!this.model.now) return true;
    const infusion = this.model.now.session?.infusion;
    return Boolean(infusion) && infusion.stopped_ms === null;
  }

  /** @param {Moment} m @param {any} audio @param {string|null} name */
  paint(m, audio, name) {
    const { part, sound, model } = this;
    const all = signs(model.now, audio, sound.why, m);
    if (this.signs.paint(all, m.now, m.at) && sound.plays) sound.once("reminder");
    this.signs.paintTiles(model);
    mark(part.sound, "able", String(sound.able));
    say(part["sound-text"], sound.able ? "Sound on" : "SOUND OFF");
    if (!part["sound-cover"].hidden) this.panel.paint();
    show(part.pause, name !== null && m.fresh && audio.state === "on");
    show(part["panel-pause"], audio.state === "on");
    show(part["audio-off"], audio.state !== "off");
    this.stayAwake();
  }

  /** A tablet that turns its screen off hides this page. Where that cannot be held off, the page
   * is hidden, and reported so. */
  stayAwake() {
    if (!this.sound.able || !navigator.wakeLock || (this.lock && !this.lock.released)) return;
    this.lock = { released: false };
    navigator.wakeLock.request("screen").then((lock) => (this.lock = lock), console.warn);
  }

  // ---- presses -----------------------------------------------------------------------------

  /** @param {import("./signs.js").Sign} sign */
  pressed(sign) {
    if (sign.key === "sound") this.panel.open();
    else if (sign.kind === "audio-paused") this.press("audio_resume", {}, "pause ended");
    else if (sign.kind === "audio-off") this.press("audio_on", {}, "audio on");
    else this.press("alarm_on", { scope: sign.key }, `${scopeName(sign.key)} alarm on`);
  }

  pause() {
    this.panel.close();
    this.press("audio_pause", { seconds: PAUSE_S }, "audio paused");
  }

  audioOff() {
    this.panel.close();
    this.pad.ask("Audio off for this chair: why?", QUIET_REASONS, "Another reason", (reason) =>
      this.press("audio_off", { reason }, "audio off"),
    "No alarm of this chair sounds on any screen until somebody turns audio on. Alarms are still seen.");
  }

  alarmOff() {
    this.panel.close();
    const { now } = this.model;
    const off = (now?.alarms_off ?? []).map((/** @type {any} */ x) => x.scope);
    const parameters = Object.values(now?.tiles ?? {}).flatMap((/** @type {any} */ t) => t.parameters);
    const scopes = [...new Set(parameters), ...(this.dosing ? [] : ["no_data"])]
      .filter((scope) => !off.includes(scope));
    const text = this.dosing ? "NO DATA cannot be switched off while the infusion runs." : "";
    this.pad.ask("Alarm off: of what?", scopes.map(scopeName), "", (name) => {
      const scope = scopes.find((one) => scopeName(one) === name);
      this.pad.ask(`${name} alarm off: why?`, OFF_REASONS, "Another reason", (reason) =>
        this.press("alarm_off", { scope, reason }, `${name} alarm off`),
      "It neither sounds nor shows on any screen of this chair until somebody turns it on.");
    }, text);
  }

  /** @param {string} kind @param {object} data @param {string} words */
  press(kind, data, words) {
    this.pad.press(this.part.sound, kind, data, words);
  }

  remove() {
    this.stop.abort();
    this.report.leave();
    this.sound.remove();
    this.lock?.release?.();
  }
}
