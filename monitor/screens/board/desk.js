// What is pressed on the board: who is on watch, and acknowledgements.

import { element, mark } from "./glass.js";
import { Windows } from "./windows.js";

export class Desk extends Windows {
  /**
   * @param {Record<string, HTMLElement>} part
   * @param {() => import("./card.js").Card[]} cards
   * @param {() => string[]} staff
   */
  constructor(part, cards, staff) {
    super(part);
    this.cards = cards;
    this.staff = staff;
    /** which chairs the name is for @type {Map<import("./card.js").Card, HTMLElement>} */
    this.chosenCards = new Map();
    this.row = element("div", "bd-chosen", "");
    this.row.setAttribute("role", "group");
    this.row.setAttribute("aria-label", "For which chairs");
    part.choices.before(this.row);
    part.watch.addEventListener("click", () => this.who(part.watch, this.here, () => {}));
  }

  /** In the name of who is on watch at that chair; asked first where nobody is.
   * @param {import("./card.js").Card} card @param {HTMLElement} near @param {string} kind
   * @param {object} data @param {string} words */
  press(card, near, kind, data, words) {
    const send = (/** @type {string} */ by) =>
      this.sendBy(card.presses, near, kind, by, data, words);
    if (card.watch) send(card.watch);
    else this.who(near, this.here.filter((one) => !one.watch), send);
  }

  /** The chairs of the clinic's file: for one that it names no more, nobody comes on watch. */
  get here() {
    return this.cards().filter((card) => !card.chair.removed);
  }

  /** Ask once who is on watch, and write it for each of the chosen chairs.
   * @param {HTMLElement} near @param {import("./card.js").Card[]} offered
   * @param {(name: string) => void} then */
  who(near, offered, then) {
    this.ask("Who is on watch?", this.staff(), "Another name", async (name) => {
      const chosen = [...this.chosenCards].filter(([, node]) => node.ariaPressed === "true")
        .map(([card]) => card);
      if (await this.watch(near, name, chosen)) then(name);
    }, "For these chairs; touch one to leave it out:");
    this.chosenCards = new Map(offered.map((card) => [card, chip(card)]));
    this.row.replaceChildren(...this.chosenCards.values());
  }

  /** @param {HTMLElement} near @param {string} name @param {import("./card.js").Card[]} cards */
  async watch(near, name, cards) {
    if (cards.length === 0) {
      this.said(near, "failed", "NOT SAVED: no chair was chosen");
      return false;
    }
    const words = `${name} is on watch`;
    this.said(near, "sending", `${words}…`);
    const answers = await Promise.all(cards.map((card) => card.presses.send("watch", name, {})));
    const failed = cards.filter((_, i) => !answers[i].saved).map((card) => card.chair.name);
    if (failed.length === 0) this.said(near, "saved", `✓ saved: ${words}`);
    else this.said(near, "failed", `NOT SAVED for ${failed.join(", ")}: press again`);
    for (const [i, { saved: kept, press }] of answers.entries()) {
      this.await({ presses: cards[i].presses, near, words, saved: () => {}, kept }, press);
    }
    return failed.length === 0;
  }

  close() {
    super.close();
    this.row.replaceChildren();
  }
}

/** @param {import("./card.js").Card} card */
function chip(card) {
  const node = /** @type {HTMLButtonElement} */ (element("button", "", card.chair.name));
  node.type = "button";
  node.ariaPressed = "true";
  mark(node, "testid", "for-chair");
  node.addEventListener("click", () => {
    node.ariaPressed = node.ariaPressed === "true" ? "false" : "true";
  });
  return node;
}
