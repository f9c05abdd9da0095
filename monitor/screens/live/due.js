// What is due next: a countdown for each, and what can be entered of it. It orders nothing.

import { element, mark, say, show } from "./glass.js";
import { dueWords, shown } from "./duewords.js";
import { button, row } from "./sheet.js";

const NOT_NOW = "Not now (2 min)";

export class DueRail {
  /** @param {import("./visit.js").Visit} visit @param {import("./scorepad.js").ScorePad} scores */
  constructor(visit, scores) {
    this.visit = visit;
    this.scores = scores;
  }

  /** @param {import("./tiles.js").Moment} m */
  paint(m) {
    const { part, model } = this.visit;
    const session = model.now.session;
    const all = session ? shown(model.now.due ?? [], m.now) : [];
    const node = part["due"];
    const key = JSON.stringify([session?.id, all.map((due) => [due.id, due.name, due.kind])]);
    if (node.dataset.key !== key) {
      node.dataset.key = key;
      node.replaceChildren(...all.map((due) => this.card(session.id, due)), this.more());
    }
    all.forEach((due, i) => {
      const words = dueWords(due, m);
      const card = /** @type {HTMLElement} */ (node.children[i]);
      mark(card, "state", words.state);
      say(card.children[0], words.name);
      say(card.children[1], words.when);
    });
    this.count(all.length);
  }

  /** What has no room is counted. @param {number} all */
  count(all) {
    const node = this.visit.part["due"];
    const more = /** @type {HTMLElement} */ (node.lastElementChild);
    const cards = /** @type {HTMLElement[]} */ ([...node.children].slice(0, -1));
    const room = getComputedStyle(node).getPropertyValue("--room");
    const most = Number(room) || 4;
    const seen = all <= most ? all : most - 1;
    cards.forEach((card, i) => show(card, i < seen));
    show(more, seen < all);
    say(more, `${all - seen} more…`);
  }

  more() {
    return button("", () => {
      const { model, sheet, moment } = this.visit;
      const session = model.now.session;
      if (!session) return;
      const cards = shown(model.now.due ?? [], moment().now).map((due) => {
        const { name, when } = dueWords(due, moment());
        return button(`${name} ${when}`.trim(), () => this.offer(session.id, due));
      });
      sheet.open("due", "What is due", [row(cards)], this.visit.part.steps);
    }, { testid: "due-more" });
  }

  /** @param {number} session @param {import("./duewords.js").Due} due */
  card(session, due) {
    const node = button("", () => this.offer(session, due), { testid: `due-${due.id}` });
    node.append(element("span", "", ""), element("b", "", ""));
    return node;
  }

  /** What can be entered of it. @param {number} session @param {import("./duewords.js").Due} due */
  offer(session, due) {
    const { sheet, part, pad, undo, root, config } = this.visit;
    const near = part.steps;
    const of = { session, due: due.id, name: due.name };
    /** @type {HTMLElement[]} */ const acts = [];
    if (due.kind === "bp") {
      acts.push(button("Enter by hand…", () => {
        sheet.close();
        root.dispatchEvent(new CustomEvent("chairside:byhand", { detail: { what: "BP" } }));
      }));
    }
    if (due.kind === "task") {
      acts.push(button("Done", () => {
        sheet.close();
        pad.press(near, "done", of, `${due.name}: done`,
          (entry) => undo.offer(session, entry, `${due.name}: done`));
      }));
    }
    if (due.kind === "open") {
      acts.push(button("To the session's page", () => location.assign(config().session_url)));
    }
    const later = button(NOT_NOW, () => {
      sheet.close();
      pad.press(near, "not_now", of, `${due.name}: not now`);
    });
    if (due.kind === "score" && due.scale) {
      this.scores.open(due.scale, due.name, near, later);
      return;
    }
    acts.push(later);
    sheet.open("due", due.name, [...note(due), row(acts)], near);
  }
}

/** @param {import("./duewords.js").Due} due */
function note(due) {
  if (due.kind !== "bp") return [];
  return [element("p", "", "A reading that comes from the monitor counts by itself.")];
}
