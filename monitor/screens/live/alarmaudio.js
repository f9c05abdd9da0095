// Everything of an alarm that is not the line itself: sound, pauses, what is off, who listens.

import { show } from "./glass.js";
import { PageAudio, dosing } from "./pageaudio.js";
import { Lost, audioNow } from "./signals.js";
import { Signs, scopeName, signs, undoing } from "./signs.js";

const PAUSE_S = 120;
const QUIET_REASONS = ["Staff watch in the room", "The bedside monitor is heard by staff"];
const OFF_REASONS = ["The probe does not hold", "Known, and accepted by the clinician"];

/** @typedef {import("./pageaudio.js").Moment} Moment */

export class AlarmAudio extends PageAudio {
  /**
   * @param {Record<string, HTMLElement>} part
   * @param {ParentNode} root
   * @param {import("./model.js").Model} model
   * @param {import("./pad.js").Pad} pad
   * @param {() => {token: string, chair: number}} config
   */
  constructor(part, root, model, pad, config) {
    const watched = { model, lost: new Lost() };
    super(part, () => [watched], config);
    this.model = model;
    this.lost = watched.lost;
    this.pad = pad;
    this.signs = new Signs(part.signs, root, (sign) => this.pressed(sign));
    part.pause.addEventListener("click", () => this.pause());
    part["panel-pause"].addEventListener("click", () => this.pause());
    part["audio-off"].addEventListener("click", () => this.audioOff());
    part["alarm-off"].addEventListener("click", () => this.alarmOff());
  }

  /** Where nobody told us, it may be. */
  get dosing() {
    return dosing(this.model);
  }

  /** @param {Moment} m */
  paint(m) {
    const { part, sound, model } = this;
    const audio = audioNow(model.now?.audio, m.now);
    const all = signs(model.now, audio, sound.why, m);
    if (this.signs.paint(all, m.now, m.at) && sound.plays) sound.once("reminder");
    this.signs.paintTiles(model);
    show(part.pause, this.name !== null && m.fresh && audio.state === "on");
    show(part["panel-pause"], audio.state === "on");
    show(part["audio-off"], audio.state !== "off");
    super.paint(m);
  }

  // ---- presses -----------------------------------------------------------------------------

  /** @param {import("./signs.js").Sign} sign */
  pressed(sign) {
    if (sign.key === "sound") {
      this.panel.open();
      return;
    }
    const { kind, data, words } = undoing(sign);
    this.press(kind, data, words);
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
}
