// A page that judges by itself whether it is fresh: its stream, the recorder's clock, its sleep.

import { clinicTime, span } from "./format.js";
import { RecorderClock, SleepWatch } from "./freshness.js";
import { parts } from "./glass.js";
import { Stream } from "./stream.js";
import { dress, theme } from "./themes.js";

const LOOK_MS = 250;
const START_MS = 3000; // so long may a page take to get its first tick before it raises an alarm
const STUCK_MS = 10000;
const HEARTBEAT_MS = 3000;

/**
 * @typedef {{now: number, fresh: boolean, starting: boolean, cause: string, at: number}} Seen
 */

export class Page {
  /** @param {HTMLElement} root @param {{stream: string, token: string, chair: number|string}} config */
  constructor(root, config) {
    this.root = root;
    this.config = config;
    this.part = parts(root);
    dress(root, theme());
    this.clock = new RecorderClock();
    this.sleep = new SleepWatch(performance.now(), Date.now());
    this.stream = new Stream(() => this.address(), (kind, data) => this.heard(kind, data));
    this.time = clinicTime("UTC");
    this.heartbeatMs = HEARTBEAT_MS;
    this.startedAt = performance.now();
    this.halted = false; // the server says that the recorder is not running
    /** @type {{recorder: string, text: string}|null} */ this.server = null;
    this.freshAt = performance.now();
    this.cause = "connecting to the recorder";
    this.stop = new AbortController();
  }

  begin() {
    const on = { signal: this.stop.signal };
    document.addEventListener("visibilitychange", () => this.turned(), on);
    window.addEventListener("pageshow", (e) => e.persisted && this.woke("asleep"), on);
    document.addEventListener("resume", () => this.woke("asleep"), on);
    this.root.addEventListener("keydown", (e) => e.stopPropagation(), on); // Streamlit's own keys
    this.deadline = 0;
    this.timer = setInterval(() => this.look(), LOOK_MS);
    if (this.awake) this.stream.open(performance.now());
    this.paint();
  }

  /** Another chair, or another database: what we knew is not of it. */
  restart() {
    this.clock = new RecorderClock();
    this.stream.open(performance.now());
    this.paint();
  }

  remove() {
    this.stop.abort();
    clearInterval(this.timer);
    clearTimeout(this.deadline);
    this.stream.close();
  }

  address() {
    const url = new URL(this.config.stream, location.origin);
    url.searchParams.set("chair", String(this.config.chair));
    url.searchParams.set("token", this.config.token);
    return url.href;
  }

  // ---- freshness -------------------------------------------------------------------------

  get awake() {
    return document.visibilityState === "visible";
  }

  /** Live: a tick was heard lately, on a page that was awake since. @param {number} at */
  fresh(at) {
    return this.awake && !this.halted && this.clock.heartbeatAge(at) <= this.heartbeatMs;
  }

  /** What the glass is painted by. @param {number} at @returns {Seen} */
  seen(at) {
    const starting = at - this.startedAt < START_MS && this.clock.tickMs === null && !this.halted;
    return { at, now: this.clock.now(at), fresh: this.fresh(at), starting, cause: this.why(at) };
  }

  /** Before each message and at each timer: were we away? */
  attend() {
    if (this.sleep.look(performance.now(), Date.now()) !== "awake") this.woke("asleep");
  }

  /** What is on its way to us may be old: forget it, and ask anew. @param {string} why */
  woke(why) {
    this.clock.slept();
    this.cause = `this page was ${why}, waiting for fresh values`;
    if (this.awake) this.stream.open(performance.now());
    this.paint();
  }

  turned() {
    this.clock.slept();
    this.cause = "this page was hidden, waiting for fresh values";
    if (this.awake) this.woke("hidden");
    else this.stream.close(); // a browser has few connections, and other tabs need them
    this.paint(); // no number stays on a page that nobody sees: it would be old when it is seen
  }

  look() {
    const at = performance.now();
    this.attend();
    if (!this.awake) return;
    this.stream.watch(at);
    if (this.fresh(at)) this.freshAt = at;
    else if (at - this.freshAt > STUCK_MS && at - this.stream.openedAt > STUCK_MS) {
      this.stream.open(at); // ticks come, but never in time: begin anew
    }
    this.paint();
  }

  /** @param {number} at */
  why(at) {
    if (this.halted || this.server) return this.server?.text ?? "";
    if (this.stream.lost) return "connection to the server lost";
    if (this.clock.tickMs === null) return this.cause;
    const age = this.clock.heartbeatAge(at);
    return `nothing heard from the recorder for ${span(age)}`;
  }

  // ---- the stream ------------------------------------------------------------------------

  /** @param {"snapshot"|"tick"|"server"} kind @param {any} data */
  heard(kind, data) {
    const openedAt = this.stream.openedAt;
    this.attend();
    if (this.stream.openedAt !== openedAt) return; // we were asleep: this came from before
    const at = performance.now();
    if (kind === "snapshot") this.snapshot(data, at);
    else if (kind === "tick") this.tick(data, at);
    else this.told(data);
  }

  /** @param {any} data @param {number} at */
  snapshot(data, at) {
    this.clock.connected();
    this.server = null;
    this.heartbeatMs = data.heartbeat_limit_ms ?? HEARTBEAT_MS;
    this.take(data);
    this.clock.hint(data.now_ms, data.rate, at);
    if (this.time.tz !== data.tz) this.time = clinicTime(data.tz);
    if (this.awake) {
      this.paint();
      this.draw();
    }
  }

  /** @param {any} data @param {number} at */
  tick(data, at) {
    if (!this.add(data)) return;
    this.server = null;
    if (data.past) this.clock.hint(data.now_ms, data.rate, at);
    else this.beat(data, at);
    if (!this.awake) return;
    this.paint();
    this.draw();
  }

  /** The recorder lives. @param {any} data @param {number} at */
  beat(data, at) {
    this.halted = false;
    this.clock.tick(data.now_ms, data.rate, at);
    clearTimeout(this.deadline); // at the limit itself, not at the next look after it
    this.deadline = setTimeout(() => this.look(), this.heartbeatMs + 5);
  }

  /** @param {{recorder: string, text: string}} data */
  told(data) {
    this.server = data;
    if (data.recorder !== "late") this.halted = true;
    if (this.awake) this.paint();
  }

  // ---- what each page does in its own way --------------------------------------------------

  /** A snapshot replaces all that was known. @param {any} _data */
  take(_data) {}

  /** A tick; false where it is not newer than what we hold. @param {any} _data */
  add(_data) {
    return false;
  }

  /** Four times a second, and at each message. */
  paint() {}

  /** What may come after the numerals. */
  draw() {}
}
