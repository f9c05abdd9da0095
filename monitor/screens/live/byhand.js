// Values entered by hand: what was measured, a number pad, and when it was taken.

import { age } from "./format.js";
import { element, mark, say, show } from "./glass.js";
import { KINDS, UNITS, typed, valuesOf } from "./handvalues.js";
import { read, write } from "./sound.js";

const MINUTE = 60000;
const AGO = [0, 2, 5, 10];
const KEPT = "chairside-by-hand";
const LATE_MS = 2 * MINUTE; // what was typed longer ago is not "now" any more
const LABELS = /** @type {Record<string, string>} */ ({ SpO2: "SpO₂" });
const KEYS = ["7", "8", "9", "4", "5", "6", "1", "2", "3", "/", "0", "back"];

/** @typedef {{session: number, kind: string, texts: Record<string, string>, ago: number|null,
 *            typed_ms: number, at_ms: number|null}} Draft */

export class ByHand {
  /**
   * @param {Record<string, HTMLElement>} part
   * @param {HTMLElement} root
   * @param {import("./model.js").Model} model
   * @param {import("./pad.js").Pad} pad
   * @param {() => number} now the recorder's time
   * @param {() => number} chair
   */
  constructor(part, root, model, pad, now, chair) {
    this.open = /** @type {HTMLButtonElement} */ (part["by-hand"]);
    this.other = part["pad-open"]; // where the event pad is closed
    this.model = model;
    this.pad = pad;
    this.now = now;
    this.chair = chair;
    this.draft = this.empty();
    this.told = "";
    this.build(root);
    this.open.addEventListener("click", () => this.show());
    root.addEventListener("chairside:byhand", (event) => {
      this.show();
      this.choose(/** @type {CustomEvent} */ (event).detail.what);
    });
  }

  /** @returns {Draft} */
  empty() {
    // A pressure first: it is what is mostly entered by hand, and nothing else looks like one.
    return { session: this.model.now?.session?.id ?? 0, kind: "BP", texts: {}, ago: 0, typed_ms: 0,
      at_ms: null };
  }

  /** @param {HTMLElement} root */
  build(root) {
    this.cover = element("div", "cs-cover cs-hand-cover", "");
    this.cover.hidden = true;
    const panel = element("section", "cs-dialog cs-hand", "");
    panel.tabIndex = -1;
    this.panel = panel;
    const names = { role: "dialog", "aria-modal": "true", "aria-label": "Values by hand",
      "data-testid": "by-hand-panel" };
    for (const [name, value] of Object.entries(names)) panel.setAttribute(name, value);
    const head = element("div", "cs-panel-head", "");
    head.append(element("h2", "", "Values by hand"));
    this.closing = this.button(head, "Close", "by-hand-close", () => this.close());
    const kinds = element("div", "cs-hand-kinds", "");
    this.kinds = KINDS.map((kind) =>
      this.button(kinds, "", `by-hand-${kind}`, () => this.choose(kind)));
    this.value = element("output", "cs-hand-value", "");
    this.value.dataset.testid = "by-hand-value";
    const keys = element("div", "cs-hand-keys", "");
    this.keys = KEYS.map((key) =>
      this.button(keys, key === "back" ? "⌫" : key, `key-${key}`, () => this.key(key)));
    this.keys[KEYS.indexOf("back")].setAttribute("aria-label", "Delete a digit");
    const times = element("div", "cs-hand-times", "");
    this.times = AGO.map((minutes) => this.button(times,
      minutes ? `${minutes} min ago` : "Now", `ago-${minutes}`, () => this.taken(minutes)));
    this.why = element("p", "cs-hand-why", "");
    this.why.dataset.testid = "by-hand-why";
    this.why.setAttribute("role", "status");
    this.saving = this.button(null, "Save", "by-hand-save", () => this.save());
    this.saving.className = "cs-primary";
    panel.append(head, kinds, this.value, keys, times, this.why, this.saving);
    this.cover.append(panel);
    root.append(this.cover);
    this.cover.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** @param {HTMLElement|null} to @param {string} text @param {string} id @param {() => void} tap */
  button(to, text, id, tap) {
    const button = /** @type {HTMLButtonElement} */ (element("button", "", text));
    button.type = "button";
    button.dataset.testid = id;
    button.addEventListener("click", tap);
    to?.append(button);
    return button;
  }

  show() {
    this.told = "";
    this.pad.wasRead();
    this.draft = this.kept();
    show(this.cover, true);
    this.panel.focus();
    this.paint();
  }

  close() {
    show(this.cover, false);
    this.open.focus();
  }

  /** What was typed before the page was loaded anew, where it is of this session. */
  kept() {
    const text = read("sessionStorage", `${KEPT}-${this.chair()}`);
    const draft = text ? JSON.parse(text) : null;
    return draft && draft.session === this.model.now?.session?.id ? draft : this.empty();
  }

  keep() {
    write("sessionStorage", `${KEPT}-${this.chair()}`, JSON.stringify(this.draft));
  }

  /** @param {string} kind */
  choose(kind) {
    this.draft.kind = kind;
    this.told = "";
    this.paint();
  }

  /** @param {string} key */
  key(key) {
    const { draft } = this;
    draft.texts[draft.kind] = typed(draft.kind, draft.texts[draft.kind] ?? "",
      key === "/" && draft.kind === "Temp" ? "." : key);
    draft.typed_ms = this.now();
    draft.at_ms = null;
    this.told = "";
    this.keep();
    this.paint();
  }

  /** @param {number} minutes */
  taken(minutes) {
    this.draft.ago = minutes;
    this.draft.typed_ms = this.now(); // said anew: so long before now
    this.draft.at_ms = null;
    this.told = "";
    this.keep();
    this.paint();
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key === "Backspace" ? "back" : event.key;
    if (key === "Escape") this.close();
    else if (key === "Enter" && event.target !== this.closing) this.save();
    else if (/^[0-9/.,]$/.test(key) || key === "back") this.key(key);
    else return;
    event.preventDefault();
  }

  save() {
    const { draft, model } = this;
    const session = model.now?.session?.id;
    const rate = model.shown("HR") === "PR" ? "PR" : "HR";
    const { values, why } = valuesOf(draft.texts, rate);
    const late = this.now() - draft.typed_ms;
    this.told = why;
    if (!why && (session === undefined || draft.session !== session)) {
      this.told = "Another session is open on this chair now: close this and begin anew.";
    } else if (!why && late > LATE_MS && draft.at_ms === null) {
      this.told = `This was typed ${age(late)} ago: say when it was taken.`;
      draft.ago = null;
    } else if (!why && draft.ago === null) {
      this.told = "Say when it was taken.";
    }
    this.paint();
    if (this.told) return;
    // Pressed again because it was not saved, it is the same press: with the same time.
    if (draft.ago && draft.at_ms === null) {
      draft.at_ms = Math.round(this.now() - draft.ago * MINUTE);
      this.keep();
    }
    const at = draft.ago ? { at_ms: draft.at_ms } : {};
    const words = this.words();
    // What becomes of it is said where the glass was touched: the panel is gone by then.
    const near = this.open.offsetParent ? this.open : this.other;
    const typed = JSON.stringify(draft.texts);
    this.pad.press(near, "reading", { session, values, ...at }, words, () => {
      if (JSON.stringify(this.draft.texts) !== typed) return; // saved late: others stand there now
      this.draft = this.empty();
      this.keep();
      if (!this.cover.hidden) this.close();
    });
  }

  words() {
    return KINDS.filter((kind) => this.draft.texts[kind])
      .map((kind) => `${this.label(kind)} ${this.draft.texts[kind].replaceAll(" ", "")}`).join(", ");
  }

  /** The heart rate is entered as what the tile shows: HR, or PR. @param {string} kind */
  label(kind) {
    return kind === "HR" ? this.model.shown("HR") : LABELS[kind] ?? kind;
  }

  /** Four times a second. */
  paint() {
    const session = this.model.now?.session?.id;
    this.open.disabled = session === undefined;
    if (this.cover.hidden) return;
    const { draft } = this;
    for (const [i, kind] of KINDS.entries()) {
      const text = draft.texts[kind];
      say(this.kinds[i], text ? `${this.label(kind)} ${text}` : this.label(kind));
      this.kinds[i].setAttribute("aria-pressed", String(draft.kind === kind));
    }
    const text = draft.texts[draft.kind] ?? "";
    mark(this.value, "empty", String(!text));
    say(this.value, `${text || (draft.kind === "BP" ? "sys / dia" : "–")} ${UNITS[draft.kind]}`);
    say(this.keys[KEYS.indexOf("/")], draft.kind === "Temp" ? "." : "/");
    this.keys[KEYS.indexOf("/")].disabled = !["BP", "Temp"].includes(draft.kind);
    for (const [i, minutes] of AGO.entries()) {
      this.times[i].setAttribute("aria-pressed", String(draft.ago === minutes));
    }
    say(this.why, this.told);
    this.saving.disabled = Object.values(draft.texts).every((x) => !x);
  }
}
