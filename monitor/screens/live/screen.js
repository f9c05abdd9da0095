// The chairside screen: one chair, from the stream to the glass.

import { AlarmAudio } from "./alarmaudio.js";
import { AlarmBar } from "./alarmbar.js";
import { NO_DATA, alarmLine } from "./alarmline.js";
import { ByHand } from "./byhand.js";
import { Chart, loadPlotly } from "./chart.js";
import { clinicTime, span } from "./format.js";
import { RecorderClock, SleepWatch } from "./freshness.js";
import { mark, parts, say, show } from "./glass.js";
import { paintFooter, paintHeader, paintInfusion, paintLinks } from "./header.js";
import { ChangedLimits } from "./limits.js";
import { Model } from "./model.js";
import { Pad } from "./pad.js";
import { Presses } from "./press.js";
import { Stream } from "./stream.js";
import { Tiles, several } from "./tiles.js";

const LOOK_MS = 250;
const START_MS = 3000; // so long may a page take to get its first tick before it raises an alarm
const STUCK_MS = 10000;

/**
 * @typedef {{chair: number, token: string, stream: string, journal: string, plotly: string,
 *            session_url: string, review_url: string, limits_url: string}} Config
 */

export class Screen {
  /** @param {HTMLElement} root @param {Config} config */
  constructor(root, config) {
    this.root = root;
    this.config = config;
    this.part = parts(root);
    this.model = new Model();
    this.clock = new RecorderClock();
    this.sleep = new SleepWatch(performance.now(), Date.now());
    this.stream = new Stream(() => this.address(), (kind, data) => this.heard(kind, data));
    this.presses = new Presses(() => this.config);
    this.pad = new Pad(this.part, root, this.model, this.presses);
    this.hand = new ByHand(this.part, root, this.model, this.pad,
      () => this.clock.now(performance.now()), () => this.config.chair);
    this.audio = new AlarmAudio(this.part, root, this.model, this.pad, () => this.config);
    this.alarms = new AlarmBar(this.part, (occurrence, near) => this.acknowledge(occurrence, near));
    this.tiles = new Tiles(root);
    this.changed = new ChangedLimits(this.part);
    this.time = clinicTime("UTC");
    /** @type {Chart|null} */ this.chart = null;
    this.drawing = false;
    this.wakeAt = performance.now();
    this.startedAt = performance.now();
    this.halted = false; // the server says that the recorder is not running
    this.freshAt = performance.now();
    this.cause = "connecting to the recorder";
    this.stop = new AbortController();
    this.begin();
  }

  begin() {
    const on = { signal: this.stop.signal };
    document.addEventListener("visibilitychange", () => this.turned(), on);
    window.addEventListener("pageshow", (e) => e.persisted && this.woke("asleep"), on);
    document.addEventListener("resume", () => this.woke("asleep"), on);
    this.root.addEventListener("keydown", (e) => e.stopPropagation(), on); // Streamlit's own keys
    this.deadline = 0;
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.links();
    if (this.awake) this.stream.open(performance.now());
    this.loadChart();
    this.paint();
  }

  /** @param {Config} config */
  update(config) {
    const other = config.chair !== this.config.chair;
    this.config = config;
    this.links();
    if (!other) return; // a new token serves from the next connection on
    this.model.now = null;
    this.clock = new RecorderClock();
    this.stream.open(performance.now());
    this.paint();
  }

  remove() {
    this.stop.abort();
    clearInterval(this.timer);
    clearTimeout(this.deadline);
    this.stream.close();
    this.audio.remove();
    this.chart?.remove();
  }

  address() {
    const url = new URL(this.config.stream, location.origin);
    url.searchParams.set("chair", String(this.config.chair));
    url.searchParams.set("token", this.config.token);
    return url.href;
  }

  links() {
    const { part, config } = this;
    for (const name of ["start", "session-link"]) part[name].setAttribute("href", config.session_url);
    part["review-link"].setAttribute("href", config.review_url);
    const limits = [part["limits-link"], part["changed-link"], ...this.tiles.limitLinks];
    for (const link of limits) link.setAttribute("href", config.limits_url);
  }

  async loadChart() {
    try {
      const Plotly = await loadPlotly(this.config.plotly);
      if (this.stop.signal.aborted) return;
      this.chart = new Chart(Plotly, this.part, () => this.draw());
      show(this.part["chart-note"], false);
      this.draw();
    } catch (error) {
      say(this.part["chart-note"], String(/** @type {Error} */ (error).message));
      setTimeout(() => this.stop.signal.aborted || this.loadChart(), 5000);
    }
  }

  // ---- freshness -------------------------------------------------------------------------

  get awake() {
    return document.visibilityState === "visible";
  }

  /** Live: a tick was heard lately, on a page that was awake since. @param {number} at */
  fresh(at) {
    return this.awake && !this.halted
      && this.clock.heartbeatAge(at) <= (this.model.now?.heartbeat_limit_ms ?? 3000);
  }

  /** Before each message and at each timer: were we away? */
  attend() {
    if (this.sleep.look(performance.now(), Date.now()) !== "awake") this.woke("asleep");
  }

  /** What is on its way to us may be old: forget it, and ask anew. @param {string} why */
  woke(why) {
    this.clock.slept();
    this.cause = `this page was ${why}, waiting for fresh values`;
    this.wakeAt = performance.now();
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
    if (this.halted || this.model.server) return this.model.server?.text ?? "";
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
    this.model.snapshot(data);
    this.clock.hint(data.now_ms, data.rate, at);
    if (this.time.tz !== data.tz) this.time = clinicTime(data.tz);
    this.pad.answered(data.answers ?? []); // a refusal may have come while we were not connected
    if (this.awake) {
      this.paint();
      this.draw();
    }
  }

  /** @param {any} data @param {number} at */
  tick(data, at) {
    if (!this.model.add(data)) return;
    if (data.answers) this.pad.answered(data.answers);
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
    this.deadline = setTimeout(() => this.look(), (this.model.now.heartbeat_limit_ms ?? 3000) + 5);
  }

  /** @param {{recorder: string, text: string}} data */
  told(data) {
    this.model.server = data;
    if (data.recorder !== "late") this.halted = true;
    if (this.awake) this.paint();
  }

  /** NO DATA is this page's own alarm: that it was seen needs no server.
   * @param {string} occurrence @param {HTMLElement} near */
  acknowledge(occurrence, near) {
    if (occurrence !== NO_DATA) {
      this.pad.press(near, "acknowledge", { occurrence }, "acknowledged");
      return;
    }
    this.audio.lost.acknowledge(performance.now());
    this.paint();
  }

  // ---- the glass -------------------------------------------------------------------------

  paint() {
    const at = performance.now();
    const fresh = this.fresh(at);
    const now = this.clock.now(at);
    mark(this.root, "fresh", String(fresh));
    const starting = at - this.startedAt < START_MS && this.clock.tickMs === null && !this.halted;
    const { awake, audio, clock } = this;
    audio.tryLook({ at, now, sure: clock.sure, fresh, awake, minute: this.time.minute });
    const { lost } = audio;
    const cause = this.why(at);
    const line = alarmLine(this.model, now, { fresh, starting, cause, lost, able: audio.sound.able });
    this.alarms.paint(line, now, this.clock.sure);
    if (this.model.now === null) return;
    const { part, model } = this;
    const moment = { now, fresh, sure: this.clock.sure, clock: this.time.clock };
    mark(this.root, "several", String(several(model)));
    this.tiles.paint(model, moment);
    paintHeader(part, model, { ...moment, watch: this.pad.watch });
    this.changed.paint(model.now.limits_changed ?? []);
    paintLinks(part.links, model, moment, (source) => this.pad.confirmMonitor(source));
    paintInfusion(part, model, moment);
    paintFooter(part.recorder, model, moment);
    this.pad.paint();
    this.hand.paint();
    mark(this.root, "tick", String(model.tick));
  }

  /** The chart comes after the numerals, in the next frame. */
  draw() {
    if (this.drawing || this.model.now === null) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      if (this.stop.signal.aborted || this.model.now === null) return;
      const now = this.clock.now(performance.now());
      this.chart?.update(this.model, now, this.time.offset(now));
      const detail = { tick: this.model.tick, chart: this.chart !== null };
      window.dispatchEvent(new CustomEvent("chairside:painted", { detail }));
    });
  }
}
