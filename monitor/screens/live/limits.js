// What differs from the clinic's limits, always in sight; and how far a value is from its baseline.

import { element, say, show } from "./glass.js";

const MINUS = "\u2212";

/** How far a value is from the baseline: "+14", "\u22123", "\u00b10". Rounded as the value is shown.
 * @param {number|null} value @param {number|null|undefined} baseline @param {number} decimals */
export function difference(value, baseline, decimals) {
  if (value === null || baseline === null || baseline === undefined) return "";
  const by = Number((value - baseline).toFixed(decimals));
  if (by === 0) return "\u00b10";
  return `${by > 0 ? "+" : MINUS}${Math.abs(by).toFixed(decimals)}`;
}

/** The chip, its words, and the window that lists all of them. */
export class ChangedLimits {
  /** @param {Record<string, HTMLElement>} part */
  constructor(part) {
    this.part = part;
    const chip = part["limits-changed"];
    const cover = part["changed-cover"];
    chip.addEventListener("click", () => {
      show(cover, true);
      part["changed-close"].focus();
    });
    const close = () => show(cover, false);
    part["changed-close"].addEventListener("click", close);
    cover.addEventListener("click", (e) => e.target === cover && close());
    cover.addEventListener("keydown", (e) => e.key === "Escape" && close());
  }

  /** @param {string[]} changes a sentence each */
  paint(changes) {
    const { part } = this;
    const chip = part["limits-changed"];
    show(chip, changes.length > 0);
    say(part["limits-count"], String(changes.length));
    const words = changes.join("\n");
    if (chip.title === words) return;
    chip.title = words;
    part.changes.replaceChildren(...changes.map((change) => element("li", "", change)));
    if (changes.length === 0) show(part["changed-cover"], false);
  }
}
