// For ten seconds after a press it can be taken back: the entry stays, struck through.

import { mark, say, show } from "./glass.js";
import { TWICE_MS } from "./taps.js";

const UNDO_MS = 10000;

export class Undo {
  /** @param {Record<string, HTMLElement>} part @param {import("./pad.js").Pad} pad */
  constructor(part, pad) {
    this.part = part;
    this.hiding = 0;
    this.settling = 0;
    /** @type {{session: number, entry: number}|null} */ this.last = null;
    this.pad = pad;
    part.undo.addEventListener("click", () => {
      if (part.undo.dataset.settling !== "true") this.take(); // else the finger meant what stood there
    });
  }

  /** Take back what is offered. */
  take() {
    const { last, part } = this;
    const words = part["undo-text"].textContent;
    this.hide();
    if (last) this.pad.press(part.timeline, "strike", { ...last, reason: "undo" }, `${words}: undone`);
  }

  /** @param {number|null} session @param {number} entry @param {string} words */
  offer(session, entry, words) {
    if (session === null) return; // what belongs to no session cannot be struck through
    this.last = { session, entry };
    mark(this.part.undo, "settling", "true");
    clearTimeout(this.settling);
    this.settling = setTimeout(() => mark(this.part.undo, "settling", "false"), TWICE_MS);
    say(this.part["undo-text"], words);
    show(this.part["undo-bar"], true);
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => this.hide(), UNDO_MS);
  }

  /** What was of another session cannot be taken back here. @param {number|null} session */
  paint(session) {
    if (this.last !== null && this.last.session !== session) this.hide();
  }

  hide() {
    this.last = null;
    show(this.part["undo-bar"], false);
  }
}
