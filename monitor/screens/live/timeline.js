// What was entered in this visit, the newest first. Nothing is erased: it is struck through.

import { element } from "./glass.js";
import { button } from "./sheet.js";

/** The newest first; of the same time, the one entered later. @param {any[]} events */
export function newestFirst(events) {
  return [...events].sort((a, b) => b.t_ms - a.t_ms || b.entry - a.entry);
}

export class Timeline {
  /** @param {import("./visit.js").Visit} visit */
  constructor(visit) {
    this.visit = visit;
    this.key = "";
    visit.part.timeline.addEventListener("click", () => {
      this.key = "";
      visit.sheet.open("timeline", "Timeline", [], visit.part.timeline);
      this.paint();
    });
  }

  /** Made anew only where something was entered: a hand may be on it. */
  paint() {
    const { sheet, part, model } = this.visit;
    if (sheet.name !== "timeline") return;
    const session = model.now?.session ?? null;
    const events = newestFirst(session?.events ?? []);
    const key = JSON.stringify([session?.id, events]);
    if (this.key === key) return;
    this.key = key;
    const list = element("ol", "cs-timeline", "");
    list.append(...events.map((event) => this.line(session.id, event)));
    const none = element("p", "", session ? "Nothing was entered yet." : "There is no session.");
    part["sheet-body"].replaceChildren(events.length ? list : none);
  }

  /** @param {number} session @param {any} event */
  line(session, event) {
    const { moment } = this.visit;
    const node = element("li", "", "");
    node.dataset.entry = String(event.entry);
    const words = element(event.struck ? "s" : "span", "cs-entry", event.text);
    const who = element("span", "cs-soft", event.by);
    node.append(element("time", "", moment().clock(event.t_ms)), words, who);
    if (event.struck) {
      node.append(element("em", "", `struck through by ${event.struck.by}: ${event.struck.why}`));
    } else if (event.strikable) {
      node.append(button("Strike through…", () => this.strike(session, event)));
    }
    return node;
  }

  /** @param {number} session @param {{entry: number, text: string, kind: string}} event */
  strike(session, { entry, text, kind }) {
    const { pad, part } = this.visit;
    const pump = kind.startsWith("infusion_")
      ? " The visit is then as if it had not been entered; a pump runs on as it runs." : "";
    pad.ask(`Strike through: ${text}`, ["Wrong button", "Wrong patient", "Wrong value"], "Why",
      (reason) => pad.press(part.timeline, "strike", { session, entry, reason }, "struck through"),
      `The entry stays, struck through, with your name and the reason.${pump}`);
  }
}
