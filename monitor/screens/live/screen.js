// The chairside screen: one chair, from the stream to the glass.

import { AlarmAudio } from "./alarmaudio.js";
import { AlarmBar } from "./alarmbar.js";
import { NO_DATA, alarmLine } from "./alarmline.js";
import { ByHand } from "./byhand.js";
import { Chart, loadPlotly } from "./chart.js";
import { mark, say, show } from "./glass.js";
import { paintFooter, paintHeader, paintLinks } from "./header.js";
import { ChangedLimits } from "./limits.js";
import { Model } from "./model.js";
import { Pad } from "./pad.js";
import { Page } from "./page.js";
import { Presses } from "./press.js";
import { offerThemes } from "./themes.js";
import { Tiles, several } from "./tiles.js";
import { VisitPanel } from "./visit.js";

/**
 * @typedef {{chair: number, token: string, stream: string, journal: string, plotly: string,
 *            session_url: string, review_url: string, limits_url: string}} Config
 */

export class Screen extends Page {
  /** @param {HTMLElement} root @param {Config} config */
  constructor(root, config) {
    super(root, config);
    this.model = new Model();
    this.presses = new Presses(() => this.config);
    this.pad = new Pad(this.part, this.model, this.presses);
    const { part, model, pad } = this;
    this.hand = new ByHand(part, root, model, pad, () => this.clock.now(performance.now()),
      () => this.config.chair);
    this.visit = new VisitPanel({ root, part, model, pad, moment: () => this.moment(),
      config: () => this.config }, this.stop.signal);
    this.audio = new AlarmAudio(this.part, root, this.model, this.pad, () => this.config);
    this.alarms = new AlarmBar(this.part, (occurrence, near) => this.acknowledge(occurrence, near));
    this.tiles = new Tiles(root);
    this.changed = new ChangedLimits(this.part);
    /** @type {Chart|null} */ this.chart = null;
    this.drawing = false;
    offerThemes(root, this.part.theme, this.pad, () => {
      this.model.changed.layout = true; // the chart has its colours from the page
      this.draw();
    }, this.stop.signal);
    this.links();
    this.begin();
    this.loadChart();
  }

  /** @param {Config} config */
  update(config) {
    const other = config.chair !== this.config.chair;
    this.config = config;
    this.links();
    if (!other) return; // a new token serves from the next connection on
    this.model.now = null;
    this.restart();
  }

  remove() {
    super.remove();
    this.audio.remove();
    this.chart?.remove();
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

  // ---- the stream ------------------------------------------------------------------------

  /** @param {any} data */
  take(data) {
    this.model.snapshot(data);
    this.pad.answered(data.answers ?? []); // a refusal may have come while we were not connected
  }

  /** @param {any} data */
  add(data) {
    if (!this.model.add(data)) return false;
    if (data.answers) this.pad.answered(data.answers);
    return true;
  }

  /** @param {{recorder: string, text: string}} data */
  told(data) {
    this.model.server = data;
    super.told(data);
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
    const { at, now, fresh, starting, cause } = this.seen(performance.now());
    mark(this.root, "fresh", String(fresh));
    const { awake, audio, clock } = this;
    audio.tryLook({ at, now, sure: clock.sure, fresh, awake, minute: this.time.minute });
    const { lost } = audio;
    const { able } = audio.sound;
    const line = alarmLine(this.model, now, { fresh, starting, cause, lost, able, sure: clock.sure });
    this.alarms.paint(line, now, this.clock.sure);
    if (this.model.now === null) return;
    const { part, model } = this;
    const moment = this.moment(now, fresh);
    mark(this.root, "several", String(several(model)));
    this.tiles.paint(model, moment);
    paintHeader(part, model, { ...moment, watch: this.pad.watch });
    this.changed.paint(model.now.limits_changed ?? []);
    paintLinks(part.links, model, moment, (source) => this.pad.confirmMonitor(source));
    paintFooter(part.recorder, model, moment);
    this.pad.paint();
    this.visit.paint(moment); // after the numbers: nothing in it may keep one from the glass
    this.hand.paint();
    mark(this.root, "tick", String(model.tick));
  }

  /** What every part of the glass is painted by.
   * @returns {import("./tiles.js").Moment} */
  moment(now = this.clock.now(performance.now()), fresh = this.fresh(performance.now())) {
    return { now, fresh, sure: this.clock.sure, clock: this.time.clock };
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
