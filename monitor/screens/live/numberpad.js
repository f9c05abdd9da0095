// A number by touch or by keys; empty until somebody enters it.

import { element, say } from "./glass.js";
import { button, row } from "./sheet.js";

/** As the pad of what was measured by hand: a finger finds each digit in one place. */
const KEYS = ["7", "8", "9", "4", "5", "6", "1", "2", "3", ".", "0", "⌫"];

/** What a text says as a number; null where it says none. @param {string} text */
export function numberOf(text) {
  const plain = text.trim().replace(",", ".");
  return /^\d+(\.\d*)?$|^\.\d+$/.test(plain) ? Number(plain) : null;
}

export class NumberPad {
  /** @param {string} label @param {string} unit @param {(value: number|null) => void} changed
   * @param {Node[]} [below] what stands below the field, beside the keys */
  constructor(label, unit, changed, below = []) {
    this.changed = changed;
    const said = element("label", "cs-number", "");
    this.input = /** @type {HTMLInputElement} */ (element("input", "", ""));
    Object.assign(this.input, { type: "text", maxLength: 8, autocomplete: "off" });
    this.input.inputMode = "none"; // the keys below serve a finger; a keyboard types into it
    Object.assign(this.input.dataset, { testid: "number", first: "" });
    this.input.addEventListener("input", () => changed(this.value));
    this.unit = element("span", "", unit);
    said.append(element("span", "", label), this.input, this.unit);
    const keys = row(KEYS.map((key) => button(key, () => this.type(key))), "cs-keys");
    keys.querySelector(":last-child")?.setAttribute("aria-label", "Delete the last digit");
    this.node = row([row([said, ...below], "cs-side-by"), keys], "cs-numberpad");
  }

  get value() {
    return numberOf(this.input.value);
  }

  /** @param {string} key */
  type(key) {
    const { input } = this;
    if (key === "⌫") input.value = input.value.slice(0, -1);
    else if (input.value.length < input.maxLength) input.value += key;
    this.changed(this.value);
  }

  /** Another unit: what was entered was of the first. @param {string} unit */
  of(unit) {
    say(this.unit, unit);
    this.input.value = "";
    this.changed(null);
  }
}
