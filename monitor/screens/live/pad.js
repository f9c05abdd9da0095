// What people press: who is on watch, events, notes, the infusion's start and stop.

import { mark, say } from "./glass.js";
import { Windows } from "./windows.js";

const ALL_CHAIRS = "All chairs";
const SURE_MS = 4000; // the second tap on "Infusion stopped" must come within this
const TWICE_MS = 500; // and not sooner: a finger that comes down twice is one tap
const NAMED_MS = 3000; // so long a name said here stands before the recorder's own word

export class Pad extends Windows {
  /**
   * @param {Record<string, HTMLElement>} part
   * @param {ParentNode} root
   * @param {import("./model.js").Model} model
   * @param {import("./press.js").Presses} presses
   */
  constructor(part, root, model, presses) {
    super(part);
    this.model = model;
    this.presses = presses;
    /** said here and saved, until the recorder says it too */
    this.named = /** @type {string|null} */ (null);
    this.namedAt = { ms: 0, tick: 0, watch: /** @type {string|null} */ (null) };
    this.armed = 0;
    this.armedFor = 0; // the session that the first tap was for
    /** the session that was on the glass when the finger came down */
    this.under = /** @type {number|null} */ (null);
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
  }

  /** Who is on watch, as far as this screen knows. */
  get watch() {
    return this.named ?? this.model.now?.watch ?? null;
  }

  /** Do it in the name of who is on watch; ask first where nobody is.
   * @param {HTMLElement} near @param {string} kind @param {object} data @param {string} words */
  press(near, kind, data, words) {
    if (!this.watch) {
      this.who(() => this.press(near, kind, data, words), near);
      return;
    }
    this.send(near, kind, this.watch, data, words);
  }

  /** @param {HTMLElement} near @param {string} kind @param {string} by @param {object} data
   * @param {string} words @returns {Promise<boolean>} */
  send(near, kind, by, data, words) {
    return this.sendBy(this.presses, near, kind, by, data, words);
  }

  /** Never over a number. @param {HTMLElement} near @param {DOMRect} box @param {number} width
   * @param {number} height @returns {[number, number]} */
  beside(near, box, width, height) {
    const inPad = this.part.pad.getBoundingClientRect();
    if (this.part.pad.contains(near)) {
      const low = box.top - inPad.top > inPad.height / 3;
      return [box.left, low ? box.top - height - 4 : box.bottom + 4];
    }
    if (this.part.alarm.contains(near)) return [box.right - width, box.top - height - 6];
    return super.beside(near, box, width, height);
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
    this.ask("Which chair?", [ALL_CHAIRS, ...chairs.map(name)], "", (said) => {
      if (said === ALL_CHAIRS) location.assign("/");
      const chosen = chairs.find((/** @type {any} */ c) => name(c) === said);
      if (chosen) location.assign(`/?chair=${chosen.id}`);
    });
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
}
