// What people press: who is on watch, events, notes, the infusion's start and stop.

import { element, mark, say, show } from "./glass.js";

const SURE_MS = 4000; // the second tap on "Infusion stopped" must come within this
const TWICE_MS = 500; // and not sooner: a finger that comes down twice is one tap
const NAMED_MS = 3000; // so long a name said here stands before the recorder's own word
const TICK_MS = 4000; // how long "saved" stands

export class Pad {
  /**
   * @param {Record<string, HTMLElement>} part
   * @param {ParentNode} root
   * @param {import("./model.js").Model} model
   * @param {import("./press.js").Presses} presses
   */
  constructor(part, root, model, presses) {
    this.part = part;
    this.model = model;
    this.presses = presses;
    /** said here and saved, until the recorder says it too */
    this.named = /** @type {string|null} */ (null);
    this.namedAt = { ms: 0, tick: 0, watch: /** @type {string|null} */ (null) };
    this.armed = 0;
    this.armedFor = 0; // the session that the first tap was for
    /** the session that was on the glass when the finger came down */
    this.under = /** @type {number|null} */ (null);
    this.hiding = 0;
    /** @type {Map<string, HTMLElement>} saved, and not answered yet */
    this.sent = new Map();
    /** @type {Map<string, string>} refused before we heard that it was saved */
    this.refused = new Map();
    /** @type {((value: string) => void)|null} */ this.chosen = null;
    for (const node of root.querySelectorAll("[data-event]")) {
      const button = /** @type {HTMLButtonElement} */ (node);
      const text = button.dataset.event ?? "";
      button.addEventListener("click", () => this.press(button, "event", { text }, text));
    }
    part.note.addEventListener("click", () => this.note());
    part.pump.addEventListener("pointerdown", () => {
      this.under = this.model.now?.session?.id ?? null;
    });
    part.pump.addEventListener("click", (event) => {
      const byKey = /** @type {MouseEvent} */ (event).detail === 0;
      const session = byKey ? null : this.under;
      this.under = null;
      this.pump(session ?? this.model.now?.session?.id);
    });
    part.watch.addEventListener("click", () => this.who(() => {}, part.watch));
    part.chair.addEventListener("click", () => this.chairs());
    part["pad-open"].addEventListener("click", () => this.toggle());
    part.cancel.addEventListener("click", () => this.close());
    part.cover.addEventListener("keydown", (e) => e.key === "Escape" && this.close());
    part.dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      const value = /** @type {HTMLInputElement} */ (part.entry).value.trim();
      if (value) this.choose(value);
    });
  }

  /** Who is on watch, as far as this screen knows. */
  get watch() {
    return this.named ?? this.model.now?.watch ?? null;
  }

  /** Do it in the name of who is on watch; ask first where nobody is.
   * @param {HTMLElement} near @param {string} kind @param {object} data @param {string} words
   * @returns {Promise<boolean>} whether it was saved */
  press(near, kind, data, words) {
    if (this.watch) return this.send(near, kind, this.watch, data, words);
    return new Promise((done) =>
      this.who(() => done(this.press(near, kind, data, words)), near));
  }

  /** @param {HTMLElement} near @param {string} kind @param {string} by @param {object} data
   * @param {string} words @returns {Promise<boolean>} */
  async send(near, kind, by, data, words) {
    this.said(near, "sending", `${words}…`);
    const { saved, error, press } = await this.presses.send(kind, by, data);
    const refusal = this.refused.get(press);
    this.refused.clear();
    if (saved) this.sent.set(press, near);
    if (refusal) this.said(near, "failed", `Refused: ${refusal}`);
    else if (saved) this.said(near, "saved", `✓ saved: ${words}`);
    else this.said(near, "failed", `NOT SAVED: press again${error ? ` (${error})` : ""}`);
    return saved;
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
    const inPad = this.part.pad.getBoundingClientRect();
    let [left, top] = [box.left - width - 8, box.top + (box.height - height) / 2];
    if (this.part.pad.contains(near)) {
      const low = box.top - inPad.top > inPad.height / 3;
      [left, top] = [box.left, low ? box.top - height - 4 : box.bottom + 4];
    } else if (this.part.alarm.contains(near)) {
      [left, top] = [box.right - width, box.top - height - 6];
    }
    node.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`;
    node.style.top = `${Math.max(8, Math.min(top, window.innerHeight - height - 8))}px`;
    clearTimeout(this.hiding);
    if (state === "saved") this.hiding = setTimeout(() => (node.hidden = true), TICK_MS);
  }

  /** Ask who is on watch, save it, then go on. @param {() => void} then @param {HTMLElement} near */
  who(then, near) {
    this.ask("Who is on watch?", this.model.now?.staff ?? [], "Another name", async (name) => {
      if (!(await this.send(near, "watch", name, {}, `${name} is on watch`))) return;
      this.named = name;
      const { tick, now } = this.model;
      this.namedAt = { ms: performance.now(), tick, watch: now?.watch ?? null };
      then();
    });
  }

  note() {
    this.ask("Note", [], "What happened", (text) =>
      this.press(this.part.note, "event", { text }, "note"));
  }

  /** Go to another chair. */
  chairs() {
    const chairs = this.model.now?.chairs ?? [];
    if (chairs.length < 2) return;
    const name = (/** @type {any} */ c) => c.removed ? `${c.name} (removed)` : c.name;
    this.ask("Which chair?", chairs.map(name), "", (said) => {
      const chosen = chairs.find((/** @type {any} */ c) => name(c) === said);
      if (chosen) location.assign(`/?chair=${chosen.id}`);
    });
  }

  /** What the recorder made of presses: what it refused is said as large as "saved" was.
   * @param {{accepted: boolean, press: string, text: string}[]} answers */
  answered(answers) {
    for (const answer of answers) {
      const near = this.sent.get(answer.press);
      this.sent.delete(answer.press);
      if (answer.accepted) continue;
      if (near) this.said(near, "failed", `Refused: ${answer.text}`);
      else this.refused.set(answer.press, answer.text);
    }
  }

  /** A different monitor is on this chair: a named person says that it is the right one.
   * The press names the one that this window shows, whatever is on the port when it is pressed.
   * @param {any} source */
  confirmMonitor({ id, name, detail, identity }) {
    this.ask(`${name} is a different monitor`, ["It belongs to this chair"], "",
      () => this.press(this.part.links, "confirm_monitor", { source: id, identity },
        `${name} confirmed`), detail);
  }

  /** Started with one tap; stopped with two. It records what staff did: it commands no pump.
   * @param {number} seen the session that was on the glass when the finger came down */
  pump(seen) {
    const session = this.model.now?.session;
    const { pump } = this.part;
    if (!session) return;
    if (session.id !== seen) {
      this.said(pump, "failed", "Refused: another session is open on this chair now.");
      return;
    }
    if (!session.infusion) {
      this.press(pump, "infusion_start", { session: seen }, "infusion started");
      return;
    }
    const now = performance.now();
    const sure = this.armedFor === seen && now < this.armed;
    if (sure && now < this.armed - SURE_MS + TWICE_MS) return;
    if (!sure) {
      this.armed = now + SURE_MS;
      this.armedFor = seen;
      this.paint();
      return;
    }
    this.armed = 0;
    this.press(pump, "infusion_stop", { session: seen }, "infusion stopped");
  }

  /** The recorder's word on who is on watch came, be it another name than was said here. */
  answeredWatch() {
    const { model, named, namedAt: then } = this;
    const watch = model.now?.watch ?? null;
    const late = performance.now() - then.ms > NAMED_MS && model.tick > then.tick + 1;
    return watch === named || watch !== then.watch || late;
  }

  /** Four times a second: what the buttons offer now. */
  paint() {
    const { part, model } = this;
    if (this.named !== null && this.answeredWatch()) this.named = null;
    const session = model.now?.session ?? null;
    const running = session?.infusion && session.infusion.stopped_ms === null;
    const armed = running && this.armedFor === session.id && performance.now() < this.armed;
    const pump = /** @type {HTMLButtonElement} */ (part.pump);
    pump.disabled = !session || Boolean(session.infusion && !running);
    say(pump, armed ? "Tap again: infusion stopped"
      : session?.infusion ? "Infusion stopped" : "Infusion started");
    mark(pump, "kind", session?.infusion ? "stop" : "start");
    mark(pump, "armed", String(Boolean(armed)));
  }

  toggle() {
    const open = this.part.pad.dataset.open !== "true";
    mark(this.part.pad, "open", String(open));
    this.part["pad-open"].setAttribute("aria-expanded", String(open));
    say(this.part["pad-open"], open ? "Close" : "Record an event…");
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
    show(part.cover, true);
    if (choices.length === 0) part.entry.focus();
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
  }
}
