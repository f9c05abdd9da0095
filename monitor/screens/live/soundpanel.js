// The small window for sound: turning it on, testing it, and the chair's alarm controls.

import { mark, say, show } from "./glass.js";
import { FLOOR } from "./sound.js";

export class SoundPanel {
  /**
   * @param {Record<string, HTMLElement>} part
   * @param {import("./sound.js").Sound} sound
   * @param {() => void} changed
   */
  constructor(part, sound, changed) {
    this.part = part;
    this.sound = sound;
    this.changed = changed;
    /** @type {"idle"|"asked"|"unheard"} */ this.step = "idle";
    this.told = "";
    part.sound.addEventListener("click", () => this.open());
    part["sound-close"].addEventListener("click", () => this.close());
    part["sound-cover"].addEventListener("keydown", (e) => e.key === "Escape" && this.close());
    part["sound-cover"].addEventListener("click", (e) =>
      e.target === part["sound-cover"] && this.close());
    part["sound-on"].addEventListener("click", () => this.test("medium", true));
    part["sound-yes"].addEventListener("click", () => this.answer(true));
    part["sound-no"].addEventListener("click", () => this.answer(false));
    part["test-high"].addEventListener("click", () => this.test("high", false));
    part["test-medium"].addEventListener("click", () => this.test("medium", false));
    const volume = /** @type {HTMLInputElement} */ (part.volume);
    volume.min = String(FLOOR * 100);
    volume.value = String(Math.round(sound.volume * 100));
    volume.addEventListener("input", () => {
      sound.turn(Number(volume.value) / 100);
      this.paint();
    });
    this.paint();
  }

  open() {
    this.step = "idle";
    this.told = "";
    this.paint();
    show(this.part["sound-cover"], true);
    this.part["sound-close"].focus();
  }

  close() {
    this.step = "idle";
    show(this.part["sound-cover"], false);
  }

  /** Play a test burst, and ask whether it was heard where that is not known.
   * @param {string} name @param {boolean} ask */
  test(name, ask) {
    this.sound.begin();
    const played = this.sound.once(name);
    this.told = played ? "" : "An alarm sounds now: this is no time for a test.";
    if (ask && (played || this.sound.wanted !== null)) this.step = "asked";
    this.paint();
  }

  /** @param {boolean} heard */
  answer(heard) {
    this.sound.answer(heard);
    this.step = heard ? "idle" : "unheard";
    this.changed();
    this.paint();
  }

  /** Four times a second while it is open. */
  paint() {
    const { part, sound, step } = this;
    const why = sound.why;
    mark(part.panel, "step", step);
    mark(part["sound-state"], "able", String(sound.able));
    say(part["sound-state"], sound.able
      ? "SOUND ON: somebody heard the test on this screen."
      : `SOUND OFF: ${why}.`);
    show(part["sound-on"], step !== "asked" && !sound.able);
    say(part["sound-on"], step === "unheard" ? "Try again" : "Turn sound on");
    show(part["sound-asked"], step === "asked");
    show(part["sound-unheard"], step === "unheard");
    say(part["sound-told"], this.told);
    show(part["sound-told"], this.told !== "");
    say(part["volume-text"], `Volume of this screen: ${Math.round(sound.volume * 100)} %`);
  }
}
