// The small window that asks for a word, and what is said of each press beside its button.

import { element, mark, say, show } from "./glass.js";

const TICK_MS = 4000; // how long "saved" stands
const HEARD = 60; // answers that are kept: one overtakes the word of its press by a second at most

/** @typedef {{id: number, accepted: boolean, press: string, text: string}} Told */
/** @typedef {{presses: import("./press.js").Presses, near: HTMLElement, words: string,
 *            saved: (entry: number) => void, kept: boolean}} Sent */

export class Windows {
  /** @param {Record<string, HTMLElement>} part */
  constructor(part) {
    this.part = part;
    this.hiding = 0;
    /** @type {Map<string, Sent>} sent, saved or not known to be, and not answered yet */
    this.sent = new Map();
    /** @type {Map<string, Told>} the newest answers: one may overtake the word that it was saved */
    this.heard = new Map();
    /** the press of which it stands here that it was not saved */
    this.unsure = "";
    /** @type {((value: string) => void)|null} */ this.chosen = null;
    /** @type {HTMLElement|null} where the keyboard was */ this.before = null;
    part.saved.addEventListener("click", () => (part.saved.hidden = true));
    part.cancel.addEventListener("click", () => this.close());
    part.cover.addEventListener("keydown", (e) => e.key === "Escape" && this.close());
    part.dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      const value = /** @type {HTMLInputElement} */ (part.entry).value.trim();
      if (value) this.choose(value);
    });
  }

  /** Send a press, and say what became of it. @param {import("./press.js").Presses} presses
   * @param {HTMLElement} near @param {string} kind @param {string} by @param {object} data
   * @param {string} words @param {(entry: number) => void} [saved] told the number of the entry
   * @returns {Promise<boolean>} whether it was saved, and is not refused yet */
  async sendBy(presses, near, kind, by, data, words, saved = () => {}) {
    this.said(near, "sending", `${words}…`);
    const { saved: kept, error, press, id, refused } = await presses.send(kind, by, data);
    const sent = { presses, near, words, saved, kept };
    const answer = this.heard.get(press);
    if (kept && id !== null && answer?.accepted !== false) saved(id);
    if (kept) this.said(near, "saved", `✓ saved: ${words}`);
    else if (refused && error) this.said(near, "failed", `Refused: ${error}`);
    else {
      this.said(near, "failed", `NOT SAVED: press again${error ? ` (${error})` : ""}`);
      this.unsure = press;
    }
    this.await(sent, press);
    return answer ? answer.accepted : kept;
  }

  /** The recorder's answer to what was sent is to come, or overtook us. @param {Sent} sent
   * @param {string} press */
  await(sent, press) {
    const answer = this.heard.get(press);
    if (answer) this.settle(sent, answer);
    else this.sent.set(press, sent);
  }

  /** What the recorder made of presses: what it refused is said as large as "saved" was.
   * @param {Told[]} answers */
  answered(answers) {
    for (const answer of answers) {
      this.heard.delete(answer.press);
      this.heard.set(answer.press, answer);
      const sent = this.sent.get(answer.press);
      if (sent) this.settle(sent, answer);
    }
    for (const press of [...this.heard.keys()].slice(0, -HEARD)) this.heard.delete(press);
  }

  /** A press is answered: the same thing pressed again is another press. Where it was said not to be
   * saved, and nothing was said since, that is taken back. @param {Sent} sent @param {Told} answer */
  settle({ presses, near, words, saved, kept }, { press, id, accepted, text }) {
    this.sent.delete(press);
    presses.answered(press);
    const unsure = this.unsure === press;
    if (!accepted && (kept || unsure)) this.said(near, "failed", `Refused: ${text}`);
    if (!accepted || kept) return;
    saved(id);
    if (unsure) this.said(near, "saved", `✓ saved: ${words}`);
  }

  /** Say it beside the button that was pressed, but never over a number.
   * @param {HTMLElement} near @param {string} state @param {string} text */
  said(near, state, text) {
    const node = this.part.saved;
    this.unsure = "";
    say(node, text);
    mark(node, "state", state);
    node.hidden = false;
    node.style.left = "0";
    const box = near.getBoundingClientRect();
    const [width, height] = [node.offsetWidth, node.offsetHeight];
    const [left, top] = this.beside(near, box, width, height);
    node.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`;
    node.style.top = `${Math.max(8, Math.min(top, window.innerHeight - height - 2))}px`;
    clearTimeout(this.hiding);
    if (state === "saved") this.hiding = setTimeout(() => (node.hidden = true), TICK_MS);
  }

  /** A panel comes: "saved" was read, and would stand over its words. What failed stays. */
  wasRead() {
    if (this.part.saved.dataset.state === "saved") this.part.saved.hidden = true;
  }

  /** Where the word of a press stands. @param {HTMLElement} _near @param {DOMRect} box
   * @param {number} width @param {number} height @returns {[number, number]} left, top */
  beside(_near, box, width, height) {
    return [box.left - width - 8, box.top + (box.height - height) / 2];
  }

  /** One small window for a choice or a line of text.
   * @param {string} title @param {string[]} choices @param {string} entry
   * @param {(value: string) => void} chosen @param {string} [text] */
  ask(title, choices, entry, chosen, text = "") {
    const { part } = this;
    this.wasRead();
    this.chosen = chosen;
    say(part["dialog-title"], title);
    say(part["dialog-text"], text);
    show(part["dialog-text"], text !== "");
    part.choices.replaceChildren(...choices.map((choice) => {
      const button = /** @type {HTMLButtonElement} */ (element("button", "", choice));
      button.type = "button";
      button.addEventListener("click", () => this.choose(choice));
      return button;
    }));
    say(part["entry-label"], entry);
    show(/** @type {HTMLElement} */ (part.entry.parentElement), entry !== "");
    show(part.submit, entry !== "");
    /** @type {HTMLInputElement} */ (part.entry).value = "";
    this.before ??= /** @type {HTMLElement|null} */ (document.activeElement);
    show(part.cover, true);
    part.dialog.tabIndex = -1;
    (choices.length === 0 ? part.entry : part.dialog).focus({ preventScroll: true });
  }

  /** @param {string} value */
  choose(value) {
    const { chosen } = this;
    this.close();
    chosen?.(value);
  }

  close() {
    this.chosen = null;
    show(this.part.cover, false);
    this.before?.focus({ preventScroll: true });
    this.before = null;
  }
}
