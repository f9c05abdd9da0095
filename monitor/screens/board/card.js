// One chair on the board: its line, its numerals, its dose, and what is next.

import { AlarmBar } from "./alarmbar.js";
import { acknowledged, shape } from "./alarmline.js";
import { cardLine, doseOf, madeUp, nextOf, patientOf, stageOf } from "./cardwords.js";
import { dueOf } from "./duewords.js";
import { mark, parts, say, show } from "./glass.js";
import { Model } from "./model.js";
import { Presses } from "./press.js";
import { pumpDiffers } from "./pump.js";
import { Lost, audioNow } from "./signals.js";
import { Signs, signs, undoing } from "./signs.js";
import { Tiles } from "./tiles.js";

/** @typedef {import("./page.js").Seen & {sure: boolean, able: boolean, mixed: boolean,
 *             clock: (ms: number) => string, minute: (ms: number) => string}} Moment */

/** The line of a card; its button is for the alarm that stands there. */
class CardBar extends AlarmBar {
  /** @param {any[]} alarms @param {number} now @param {boolean} sure */
  others(alarms, now, sure) {
    super.others(alarms, now, sure);
    const { count } = this.part;
    show(count, alarms.length > 0);
    say(count, `+${alarms.length} ${alarms.map(shape).join(" ")}`);
    const words = alarms.map((a) => a.text).join(", ");
    if (count.title !== words) count.title = words;
  }
}

export class Card {
  /**
   * @param {HTMLElement} node a copy of the template
   * @param {{id: number, name: string, removed: boolean}} chair
   * @param {{config: () => any, press: (card: Card, near: HTMLElement, kind: string, data: object,
   *          words: string) => void, lost: () => void}} board
   */
  constructor(node, chair, board) {
    this.node = node;
    this.chair = chair;
    this.part = parts(node);
    this.model = new Model();
    this.lost = new Lost();
    this.failed = ""; // why the server cannot tell of this chair
    this.presses = new Presses(() => ({ ...board.config(), chair: chair.id }));
    this.tiles = new Tiles(node);
    this.signs = new Signs(this.part.signs, node, (sign) => {
      const { kind, data, words } = undoing(sign);
      board.press(this, this.part.signs, kind, data, words);
    });
    this.bar = new CardBar(this.part, (occurrence, near) => {
      if (occurrence === "no-data") board.lost();
      else board.press(this, near, "acknowledge", { occurrence }, `${chair.name} acknowledged`);
    });
    /** @type {import("./alarmline.js").Line|null} */ this.line = null;
    node.dataset.chair = String(chair.id);
    this.part.open.setAttribute("href", `/?chair=${chair.id}`);
    this.part.open.setAttribute("aria-label", `Open ${chair.name}`);
    say(this.part.name, chair.name);
  }

  /** Who is on watch there, as the recorder says. */
  get watch() {
    return this.model.now?.watch ?? null;
  }

  /** @param {Moment} m */
  paint(m) {
    const { part, model, node } = this;
    const fresh = m.fresh && !this.failed;
    const moment = { ...m, fresh };
    const line = cardLine(model, m.now, { ...m, fresh, lost: this.lost, failed: this.failed });
    this.line = line;
    this.bar.paint(line, m.now, m.sure);
    const signal = line.alarm ? !acknowledged(line.alarm) : line.state === "no-data" && !line.seen;
    mark(node, "priority", line.priority);
    mark(node, "signal", String(signal));
    mark(node, "fresh", String(fresh));
    const session = model.now?.session ?? null;
    this.tiles.paint(model, moment);
    const stage = stageOf(session, m);
    say(part.stage, stage.text);
    mark(part.stage, "kind", stage.kind);
    show(part.stage, stage.text !== "");
    say(part.patient, model.now ? patientOf(session) : "");
    mark(part.patient, "none", String(Boolean(model.now) && !session));
    const made = m.mixed ? madeUp(model.now?.generation) : "";
    say(part.made, made);
    show(part.made, made !== "");
    const dose = doseOf(session, m);
    const differs = fresh && pumpDiffers(model.now) !== "";
    say(part.dose, [dose.text, differs && "pump differs"].filter(Boolean).join(" · "));
    mark(part.dose, "differs", String(differs));
    mark(part.bar, "none", String(dose.share === null));
    const width = `${((dose.share ?? 0) * 100).toFixed(1)}%`;
    if (part.progress.style.width !== width) part.progress.style.width = width;
    const next = nextOf(model.now, m);
    say(part.next, next.text);
    mark(part.next, "late", String(next.late));
    mark(node, "bp", String(dueOf(model.now, m).some((x) => x.kind === "bp" && x.late)));
    mark(node, "tick", String(model.tick));
  }

  /** What is off on this chair; true where a reminder is due. @param {Moment} m */
  paintSigns(m) {
    const { model } = this;
    const all = signs(model.now, audioNow(model.now?.audio, m.now), "", m);
    this.signs.paintTiles(model);
    return this.signs.paint(all, m.now, m.at);
  }
}
