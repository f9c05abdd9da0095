// The board: all chairs on one screen, by one stream.

import { Card } from "./card.js";
import { bannerOf, gridOf, summaryOf, watchWords } from "./cardwords.js";
import { Desk } from "./desk.js";
import { mark, say, show } from "./glass.js";
import { paintFooter } from "./header.js";
import { Page } from "./page.js";
import { PageAudio } from "./pageaudio.js";
import { Signs, signs } from "./signs.js";
import { offerThemes } from "./themes.js";

const ALL_CHAIRS = 0; // under this number a screen of all chairs reports
const AUDIO_ON = { state: "on", by: null, reason: "", since_ms: null, until_ms: null };

/** @typedef {import("./pageaudio.js").Moment} Moment */

/** The sound of all chairs: the worst of them is heard. */
class BoardAudio extends PageAudio {
  /** @param {Screen} board */
  constructor(board) {
    super(board.part, () => [...board.cards.values()],
      () => ({ token: board.config.token, chair: ALL_CHAIRS }));
    this.board = board;
    this.signs = new Signs(board.part.signs, board.part.signs, () => this.panel.open());
  }

  /** @param {Moment} m */
  paint(m) {
    this.signs.paint(signs(null, AUDIO_ON, this.sound.why, m), m.now, m.at);
    const due = [...this.board.cards.values()].map((card) => card.paintSigns(
      /** @type {any} */ (m)));
    if (due.some(Boolean) && this.sound.plays) this.sound.once("reminder");
    super.paint(m);
  }
}

export class Screen extends Page {
  /** @param {HTMLElement} root @param {any} config */
  constructor(root, config) {
    super(root, config);
    /** @type {Map<number, Card>} */ this.cards = new Map();
    /** what is common to all chairs @type {any} */
    this.common = null;
    this.tickNumber = -1;
    this.saved = { savedMs: /** @type {number|null} */ (null), rate: 1,
      server: /** @type {any} */ (null) };
    this.template = /** @type {HTMLTemplateElement} */ (
      root.querySelector("template"));
    this.desk = new Desk(this.part, () => [...this.cards.values()], () => this.common?.staff ?? []);
    this.audio = new BoardAudio(this);
    offerThemes(root, this.part.theme, this.desk, () => {}, this.stop.signal);
    this.fitting = new ResizeObserver(() => this.fit());
    this.fitting.observe(this.part.cards);
    this.begin();
  }

  /** @param {any} config */
  update(config) {
    this.config = config; // a new token serves from the next connection on
  }

  remove() {
    super.remove();
    this.fitting.disconnect();
    this.audio.remove();
  }

  // ---- the stream ------------------------------------------------------------------------

  /** @param {any} data */
  take(data) {
    const { each, ...common } = data;
    this.common = common;
    this.tickNumber = data.tick;
    this.saved = { savedMs: data.now_ms, rate: data.rate, server: null };
    const chairs = /** @type {any[]} */ (data.chairs);
    const same = chairs.map((c) => `${c.id} ${c.name}`).join() ===
      [...this.cards.values()].map((c) => `${c.chair.id} ${c.chair.name}`).join();
    if (!same) this.arrange(chairs);
    for (const [id, card] of this.cards) {
      card.chair = chairs.find((chair) => chair.id === id);
      this.whole(card, each[id] ?? { failed: "it is not told" });
    }
  }

  /** A card for each chair. @param {any[]} chairs */
  arrange(chairs) {
    this.cards = new Map(chairs.map((chair) => {
      const copy = /** @type {DocumentFragment} */ (this.template.content.cloneNode(true));
      return [chair.id, new Card(/** @type {HTMLElement} */ (copy.firstElementChild), chair, {
        config: () => this.config,
        press: (card, near, kind, data, words) => this.desk.press(card, near, kind, data, words),
        lost: () => this.acknowledgeLost(),
      })];
    }));
    this.part.cards.replaceChildren(...[...this.cards.values()].map((card) => card.node));
    this.fit();
  }

  /** The cards as large as the glass allows. */
  fit() {
    const { cards } = this.part;
    const [columns, rows] = gridOf(this.cards.size, cards.clientWidth, cards.clientHeight);
    cards.style.setProperty("--columns", String(columns));
    cards.style.setProperty("--rows", String(rows));
  }

  /** Everything of a chair. @param {Card} card @param {any} told */
  whole(card, told) {
    card.failed = told.failed ?? "";
    if (card.failed) {
      card.model.now = null;
      return;
    }
    card.model.snapshot({ ...this.common, ...told });
    this.desk.answered(told.answers ?? []);
  }

  /** @param {any} data */
  add(data) {
    if (this.common === null || data.tick <= this.tickNumber) return false;
    const { each, ...when } = data;
    this.tickNumber = data.tick;
    Object.assign(this.common, { tick: data.tick, now_ms: data.now_ms, rate: data.rate });
    this.saved = { savedMs: data.now_ms, rate: data.rate, server: null };
    for (const [id, card] of this.cards) {
      const told = each[id] ?? {};
      if (told.failed || told.chair) this.whole(card, told);
      else if (!card.failed) card.model.add({ ...when, ...told });
      if (told.answers) this.desk.answered(told.answers);
    }
    return true;
  }

  /** @param {{recorder: string, text: string}} data */
  told(data) {
    this.saved.server = data;
    super.told(data);
  }

  /** NO DATA is this page's own alarm, and one for all chairs: that it was seen needs no server. */
  acknowledgeLost() {
    for (const card of this.cards.values()) card.lost.acknowledge(performance.now());
    this.paint();
  }

  // ---- the glass -------------------------------------------------------------------------

  paint() {
    const seen = this.seen(performance.now());
    const { at, now, fresh } = seen;
    const { part, audio, time } = this;
    const { sure } = this.clock;
    mark(this.root, "fresh", String(fresh));
    const when = { now, sure, clock: time.clock };
    audio.tryLook({ at, ...when, fresh, awake: this.awake, minute: time.minute });
    show(part.alarm, this.cards.size === 0);
    if (this.cards.size === 0) {
      this.paintEmpty(seen);
      return;
    }
    const cards = [...this.cards.values()];
    const demo = this.common.demo ? "simulated" : null; // also a chair that is watched by hand
    const banner = bannerOf(cards.map((card) => demo ?? card.model.now?.generation ?? "real"));
    const moment = { ...seen, sure, able: audio.sound.able, mixed: banner.mixed,
      clock: time.clock, minute: time.minute };
    for (const card of cards) card.paint(moment);
    say(part.summary, summaryOf(cards.map((card) => ({ name: card.chair.name,
      told: card.model.now, line: /** @type {any} */ (card.line) })), when));
    say(part.banner, banner.text);
    mark(part.banner, "generation", banner.kind);
    show(part.banner, banner.text !== "");
    const watch = cards.map((card) => card.watch);
    say(part.watch, watchWords(watch));
    mark(part.watch, "none", String(watch.includes(null)));
    say(part.clock, sure ? time.clock(now) : "--:--:--");
    mark(part.clock, "fresh", String(fresh));
    paintFooter(part.recorder, /** @type {any} */ (this.saved), { ...when, fresh });
    mark(this.root, "tick", String(this.tickNumber));
  }

  /** Before the first snapshot there are no cards. @param {import("./page.js").Seen} seen */
  paintEmpty(seen) {
    const { part } = this;
    mark(part.alarm, "state", seen.starting ? "starting" : "no-data");
    mark(part.alarm, "priority", seen.starting ? "none" : "high");
    say(part["alarm-shape"], seen.starting ? "" : "■■■");
    say(part["alarm-text"], seen.starting ? "Connecting…" : "NO DATA");
    say(part["alarm-detail"], seen.starting ? "" : `${seen.cause} · look at the patients`);
  }
}
