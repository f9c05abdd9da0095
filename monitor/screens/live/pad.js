// What people press goes out in the name of who is on watch; and the small questions around it.

import { mark, say, show } from "./glass.js";
import { Windows } from "./windows.js";

const ALL_CHAIRS = "All chairs";
const NAMED_MS = 3000; // so long a name said here stands before the recorder's own word

export class Pad extends Windows {
  /**
   * @param {Record<string, HTMLElement>} part
   * @param {import("./model.js").Model} model
   * @param {import("./press.js").Presses} presses
   */
  constructor(part, model, presses) {
    super(part);
    this.model = model;
    this.presses = presses;
    /** said here and saved, until the recorder says it too */
    this.named = /** @type {string|null} */ (null);
    this.namedAt = { ms: 0, tick: 0, watch: /** @type {string|null} */ (null) };
    part.watch.addEventListener("click", () => this.who(() => {}, part.watch));
    part.chair.addEventListener("click", () => this.chairs());
    part["pad-open"].addEventListener("click", () => this.toggle());
  }

  /** Who is on watch, as far as this screen knows. */
  get watch() {
    return this.named ?? this.model.now?.watch ?? null;
  }

  /** Do it in the name of who is on watch; ask first where nobody is.
   * @param {HTMLElement} near @param {string} kind @param {object} data @param {string} words
   * @param {(entry: number) => void} [saved] told the number of the entry
   * @returns {Promise<boolean>} whether it was saved */
  press(near, kind, data, words, saved) {
    if (this.watch) return this.send(near, kind, this.watch, data, words, saved);
    return new Promise((done) =>
      this.who(() => done(this.press(near, kind, data, words, saved)), near));
  }

  /** @param {HTMLElement} near @param {string} kind @param {string} by @param {object} data
   * @param {string} words @param {(entry: number) => void} [saved] @returns {Promise<boolean>} */
  send(near, kind, by, data, words, saved) {
    show(this.part["undo-bar"], false); // it offers to take back what came before this
    return this.sendBy(this.presses, near, kind, by, data, words, saved);
  }

  /** Never over a number. @param {HTMLElement} near @param {DOMRect} box @param {number} width
   * @param {number} height @returns {[number, number]} */
  beside(near, box, width, height) {
    const inPad = this.part.pad.getBoundingClientRect();
    if (this.part.pad.contains(near)) {
      const low = box.top - inPad.top > inPad.height / 3;
      return [box.left, low ? box.top - height - 4 : box.bottom + 4];
    }
    // Beside a button of the foot stand others, and the numbers of the infusion: so below them.
    if (this.part["foot-row"].contains(near)) return [box.left, window.innerHeight - height];
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

  /** Go to another chair, or to a page beside the glass. */
  chairs() {
    const chairs = this.model.now?.chairs ?? [];
    const link = (/** @type {string} */ name) => this.part[name].getAttribute("href") ?? "/";
    const pages = { Session: link("session-link"), "Alarm limits": link("limits-link"),
      Review: link("review-link"), Patients: "/patients" };
    const name = (/** @type {any} */ c) => c.removed ? `${c.name} (removed)` : c.name;
    this.ask("Which chair, which page?", [ALL_CHAIRS, ...chairs.map(name), ...Object.keys(pages)], "", (said) => {
      if (said === ALL_CHAIRS) location.assign("/");
      if (said in pages) location.assign(pages[/** @type {keyof typeof pages} */ (said)]);
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

  /** The recorder's word on who is on watch came, be it another name than was said here. */
  answeredWatch() {
    const { model, named, namedAt: then } = this;
    const watch = model.now?.watch ?? null;
    const late = performance.now() - then.ms > NAMED_MS && model.tick > then.tick + 1;
    return watch === named || watch !== then.watch || late;
  }

  /** Four times a second. */
  paint() {
    if (this.named !== null && this.answeredWatch()) this.named = null;
  }

  toggle() {
    const open = this.part.pad.dataset.open !== "true";
    mark(this.part.pad, "open", String(open));
    this.part["pad-open"].setAttribute("aria-expanded", String(open));
    say(this.part["pad-open"], open ? "Close" : "Record an event…");
  }
}
