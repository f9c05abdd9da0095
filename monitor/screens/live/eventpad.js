// The event pad: one tap or one key for each thing that happens; notes and medicines beside it.

import { element, mark, say, show } from "./glass.js";
import { draftOf, dropOthers } from "./drafts.js";
import { Medication } from "./medication.js";
import { button, row } from "./sheet.js";
import { pressed } from "./taps.js";
import { When } from "./when.js";

const MOST = 500; // letters of a note

export class EventPad {
  /** @param {import("./visit.js").Visit} visit @param {AbortSignal} stop */
  constructor(visit, stop) {
    this.visit = visit;
    this.when = new When(visit.moment);
    this.medication = new Medication(visit);
    /** @type {Map<string, HTMLElement>} */ this.keys = new Map();
    this.session = /** @type {number|null|undefined} */ (undefined);
    const { part } = visit;
    part.when.append(this.when.node);
    part.note.addEventListener("click", () => this.note());
    part.medication.addEventListener("click", () => this.medication.open());
    document.addEventListener("keydown", (event) => this.key(event), { signal: stop, capture: true });
  }

  /** @param {HTMLElement} near @param {string} text @param {number|null} session */
  press(near, text, session) {
    this.record(near, { text }, text, session, this.when);
  }

  /** @param {HTMLElement} near @param {object} data @param {string} words
   * @param {number|null} session @param {When} when @param {() => void} [saved] */
  record(near, data, words, session, when, saved = () => {}) {
    const { pad, undo } = this.visit;
    const of = session === null ? {} : { session };
    const at = when.at_ms === null ? "" : ` at ${this.visit.moment().clock(when.at_ms).slice(0, 5)}`;
    pad.press(near, "event", { ...of, ...data, ...when.data }, `${words}${at}`, (entry) => {
      when.used();
      saved();
      undo.offer(session, entry, `${words}${at}`);
    });
  }

  /** A key is a press where nothing else wants it. @param {KeyboardEvent} event */
  key(event) {
    const { root, part } = this.visit;
    const wanted = this.wanted(event);
    if (!wanted || event.repeat || event.altKey) return;
    const at = /** @type {HTMLElement} */ (event.target);
    if (at.closest?.("input, textarea, select, [contenteditable]")) return;
    if (root.querySelector(".cs-cover:not([hidden])") || part.chair.offsetParent === null) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // Streamlit has keys of its own
    wanted();
  }

  /** What a key stands for: a button, or Ctrl+Z, as everywhere, for the undo that is offered.
   * @param {KeyboardEvent} event @returns {(() => void)|null} */
  wanted(event) {
    const { undo } = this.visit;
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      return key === "z" && !event.shiftKey && undo.last ? () => undo.take() : null;
    }
    const node = this.keys.get(key);
    return node ? () => node.click() : null;
  }

  note() {
    const { sheet, part, config, model } = this.visit;
    const session = model.now?.session?.id ?? null;
    const draft = draftOf(config().chair, session, "note");
    const when = new When(this.visit.moment);
    const label = element("label", "", "What happened");
    const text = /** @type {HTMLTextAreaElement} */ (document.createElement("textarea"));
    Object.assign(text, { rows: 4, maxLength: MOST, value: draft.read() ?? "" });
    Object.assign(text.dataset, { testid: "note-text", first: "" });
    text.addEventListener("input", () => (text.value ? draft.keep(text.value) : draft.drop()));
    label.append(text);
    const save = button("Save the note", () => {
      const said = text.value.trim();
      if (!said) return;
      sheet.close();
      this.record(part.note, { text: said }, "note", session, when, () => draft.drop());
    }, { testid: "note-save" });
    save.className = "cs-primary";
    const drop = button("Discard", () => {
      draft.drop();
      sheet.close();
    }, { testid: "note-drop" });
    sheet.open("note", "Note", [label, when.node, row([drop, save], "cs-dialog-foot")], part.note);
  }

  paint() {
    const { part, model, config } = this.visit;
    const session = model.now.session?.id ?? null;
    if (this.session !== session) {
      this.session = session;
      dropOthers(config().chair, session);
    }
    this.when.paint();
    this.buttons(model.now.pad ?? { events: [], error: "" });
    const open = (/** @type {string} */ form) => draftOf(config().chair, session, form).read() !== null;
    mark(part.note, "draft", String(open("note")));
    mark(part.medication, "draft", String(open("medication")));
  }

  /** The clinic's buttons, made anew where they changed.
   * @param {{error: string, events: {text: string, key: string}[]}} pad */
  buttons({ error, events }) {
    const { part, model } = this.visit;
    show(part["pad-error"], error !== "");
    say(part["pad-error"], error);
    const key = JSON.stringify(events);
    if (part.events.dataset.key === key) return;
    part.events.dataset.key = key;
    this.keys.clear();
    part.events.replaceChildren(...events.map(({ text, key: letter }) => {
      const node = button(text, () => {}, { event: text });
      if (letter) {
        const small = element("kbd", "", letter);
        small.setAttribute("aria-hidden", "true");
        node.append(small);
        node.setAttribute("aria-keyshortcuts", letter);
        this.keys.set(letter.toLowerCase(), node);
      }
      pressed(node, () => model.now?.session?.id ?? null, (session) => this.press(node, text, session));
      return node;
    }));
  }
}
