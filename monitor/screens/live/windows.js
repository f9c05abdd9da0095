// The small window that asks for a word, and what is said of each press beside its button.

import { element, mark, say, show } from "./glass.js";

const TICK_MS = 4000; // how long "saved" stands

export class Windows {
  /** @param {Record<string, HTMLElement>} part */
  constructor(part) {
    this.part = part;
    this.hiding = 0;
    /** @type {Map<string, HTMLElement>} saved, and not answered yet */
    this.sent = new Map();
    /** @type {Map<string, string>} refused before we heard that it was saved */
    this.refused = new Map();
    /** @type {{press: string, near: HTMLElement, words: string}|null} said not to be saved last */
    this.unsure = null;
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
   * @returns {Promise<boolean>} */
  async sendBy(presses, near, kind, by, data, words, saved = () => {}) {
    this.said(near, "sending", `${words}…`);
    const { saved: kept, error, press, id, refused } = await presses.send(kind, by, data);
    const refusal = this.refused.get(press);
    this.refused.clear();
    if (kept) this.sent.set(press, near);
    if (kept && id !== null && !refusal) saved(id);
    if (refusal) this.said(near, "failed", `Refused: ${refusal}`);
    else if (kept) this.said(near, "saved", `✓ saved: ${words}`);
    else if (refused && error) this.said(near, "failed", `Refused: ${error}`);
    else {
      this.unsure = { press, near, words };
      this.said(near, "failed", `NOT SAVED: press again${error ? ` (${error})` : ""}`);
    }
    return kept;
  }

  /** What the recorder made of presses: what it refused is said as large as "saved" was.
   * @param {{accepted: boolean, press: string, text: string}[]} answers */
  answered(answers) {
    for (const answer of answers) {
      const near = this.sent.get(answer.press);
      this.sent.delete(answer.press);
      const { unsure } = this;
      if (answer.accepted && unsure?.press === answer.press) { // it was saved, and only the word was late
        this.said(unsure.near, "saved", `✓ saved: ${unsure.words}`);
      }
      if (answer.accepted) continue;
      if (near) this.said(near, "failed", `Refused: ${answer.text}`);
      else this.refused.set(answer.press, answer.text);
    }
  }

  /** Say it beside the button that was pressed, but never over a number.
   * @param {HTMLElement} near @param {string} state @param {string} text */
  said(near, state, text) {
    const node = this.part.saved;
    say(node, text);
    mark(node, "state", state);
    node.hidden = false;
    node.style.left = "0";
    const box = near.getBoundingClientRect();
    const [width, height] = [node.offsetWidth, node.offsetHeight];
    const [left, top] = this.beside(near, box, width, height);
    node.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`;
    node.style.top = `${Math.max(8, Math.min(top, window.innerHeight - height - 8))}px`;
    clearTimeout(this.hiding);
    if (state === "saved") this.hiding = setTimeout(() => (node.hidden = true), TICK_MS);
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
