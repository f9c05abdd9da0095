// When it happened: now, or some minutes ago, by the recorder's clock.

import { button, row } from "./sheet.js";
import { say } from "./glass.js";

const AGO = [0, 2, 5, 10];
const STANDS_MS = 60000; // a time chosen and left: it would be taken for another press
const AFTER_MS = 1200; // the second tap of the same finger is still of the same time

export class When {
  /** @param {() => import("./tiles.js").Moment} moment */
  constructor(moment) {
    this.moment = moment;
    /** @type {number|null} the time chosen; null for now */ this.at_ms = null;
    this.ago = 0;
    this.until = Infinity;
    this.chips = AGO.map((minutes) => button("", () => this.choose(minutes), { ago: String(minutes) }));
    this.node = row(this.chips, "cs-chips-row");
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", "When");
    this.paint();
  }

  /** What goes with a press. */
  get data() {
    return this.at_ms === null ? {} : { at_ms: this.at_ms };
  }

  /** @param {number} minutes */
  choose(minutes) {
    const { now, sure } = this.moment();
    this.ago = sure ? minutes : 0;
    this.at_ms = this.ago === 0 ? null : Math.round(now - minutes * 60000);
    this.until = performance.now() + STANDS_MS;
    this.paint();
  }

  /** It was used: the next press is of now again. */
  used() {
    this.until = performance.now() + AFTER_MS;
  }

  paint() {
    if (performance.now() > this.until) {
      this.until = Infinity;
      this.choose(0);
      return;
    }
    const { clock } = this.moment();
    this.chips.forEach((chip, i) => {
      const chosen = AGO[i] === this.ago;
      const words = AGO[i] === 0 ? "now" : `${AGO[i]} min${i === 1 ? " ago" : ""}`;
      say(chip, chosen && this.at_ms !== null ? `${words} · ${clock(this.at_ms).slice(0, 5)}` : words);
      if (chip.getAttribute("aria-pressed") !== String(chosen)) {
        chip.setAttribute("aria-pressed", String(chosen));
      }
    });
  }
}
