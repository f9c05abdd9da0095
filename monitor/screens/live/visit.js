// The visit on the live screen: its next step, the infusion, what is due, what is recorded.

import { mark, say, show } from "./glass.js";
import { DueRail } from "./due.js";
import { EventPad } from "./eventpad.js";
import { InfusionPanel } from "./infusion.js";
import { NextStep } from "./nextstep.js";
import { ScorePad } from "./scorepad.js";
import { Sheet } from "./sheet.js";
import { Timeline } from "./timeline.js";
import { Undo } from "./undo.js";

/**
 * What every part of the visit needs.
 * @typedef {{root: HTMLElement, part: Record<string, HTMLElement>,
 *   model: import("./model.js").Model, pad: import("./pad.js").Pad, sheet: Sheet, undo: Undo,
 *   moment: () => import("./tiles.js").Moment,
 *   config: () => {session_url: string, chair: number}}} Visit
 */

export class VisitPanel {
  /** @param {Omit<Visit, "sheet"|"undo">} given @param {AbortSignal} stop */
  constructor(given, stop) {
    const sheet = new Sheet(given.part, () => given.pad.wasRead());
    const undo = new Undo(given.part, given.pad);
    /** @type {Visit} */ const visit = { ...given, sheet, undo };
    this.visit = visit;
    this.next = new NextStep(visit);
    this.infusion = new InfusionPanel(visit);
    this.scores = new ScorePad(visit);
    this.due = new DueRail(visit, this.scores);
    this.events = new EventPad(visit, stop);
    this.timeline = new Timeline(visit);
  }

  /** Four times a second. @param {import("./tiles.js").Moment} moment */
  paint(moment) {
    const { part, model } = this.visit;
    const session = model.now.session;
    mark(part["foot-row"], "session", String(Boolean(session)));
    this.flags(session);
    this.visit.undo.paint(session?.id ?? null);
    for (const one of [this.next, this.infusion, this.due, this.events, this.timeline]) one.paint(moment);
  }

  /** What the visit's record warns of, and what is open before the first dose. @param {any} session */
  flags(session) {
    const { part } = this.visit;
    const flags = session?.flags ?? [];
    const open = session && !session.infusion ? session.checks_open ?? 0 : 0;
    const offered = session?.next?.kind === "form";
    show(part["flags"], flags.length > 0);
    say(part["flags-text"], flags.join(" · "));
    mark(part["flags"], "count", String(flags.length));
    show(part["preflight"], open > 0 && !offered);
    say(part["preflight"], `Pre-flight: ${open} open`);
    part["preflight"].setAttribute("href", this.visit.config().session_url);
  }
}
