// A score in a few taps: the answers of a short scale, or the total of one. Nothing is chosen before.

import { element, say } from "./glass.js";
import { NumberPad } from "./numberpad.js";
import { button, row } from "./sheet.js";
import { When } from "./when.js";

const MOST = 200; // what any total may be, where the scale is not known here

/**
 * @typedef {{id: string, name: string, low: number, high: number, ask: string, weeks: boolean,
 *            choices: {value: number, text: string}[]}} Scale
 */

/** What a number is on that scale: itself, or why not. @param {Scale} scale @param {number|null} value */
export function totalOf(scale, value) {
  if (value === null) return { total: null, why: "" };
  const fits = Number.isInteger(value) && value >= scale.low && value <= scale.high;
  return fits ? { total: value, why: "" }
    : { total: null, why: `It is a whole number from ${scale.low} to ${scale.high}.` };
}

export class ScorePad {
  /** @param {import("./visit.js").Visit} visit */
  constructor(visit) {
    this.visit = visit;
    visit.part.scores.addEventListener("click", () => this.list());
  }

  /** @returns {Scale[]} */
  get scales() {
    return this.visit.model.now?.pad?.scales ?? [];
  }

  list() {
    const { sheet, part } = this.visit;
    const offered = this.scales.filter((scale) => !scale.weeks);
    const none = element("p", "", "No short scale is set up.");
    sheet.open("scores", "Score", offered.length
      ? [row(offered.map((scale) => button(scale.name, () => this.open(scale.id, scale.name, part.scores))))]
      : [none], part.scores);
  }

  /** @param {string} id @param {string} name of what is due @param {HTMLElement} near
   * @param {HTMLElement} [later] the button that puts off what is due */
  open(id, name, near, later) {
    const { sheet, model } = this.visit;
    const session = model.now?.session?.id ?? null;
    const known = this.scales.find((scale) => scale.id === id);
    const scale = known ?? { id, name, low: 0, high: MOST, ask: "", weeks: false, choices: [] };
    /** @type {number|null} */ let total = null;
    const why = element("p", "cs-then", "");
    const when = new When(this.visit.moment);
    const save = button("", () => {
      if (total === null || session === null) return;
      sheet.close();
      this.save(near, session, { scale: id, name: scale.name, total, ...when.data });
    }, { testid: "score-save" });
    save.className = "cs-primary";
    const chosen = (/** @type {number|null} */ value) => {
      const found = totalOf(scale, value);
      total = found.total;
      say(why, session === null ? "There is no session to save it in." : found.why);
      save.disabled = total === null || session === null;
      say(save, total === null ? "Choose first" : `Save: ${scale.name} ${total}`);
    };
    const answers = scale.choices.length ? this.answers(scale, chosen)
      : new NumberPad(`Total, ${scale.low} to ${scale.high}`, "", chosen).node;
    chosen(null);
    const ask = scale.ask ? [element("p", "", scale.ask)] : [];
    sheet.open("score", scale.name, [...ask, answers, when.node, why,
      row([...(later ? [later] : []), save], "cs-dialog-foot")], near);
  }

  /** @param {Scale} scale @param {(value: number) => void} chosen */
  answers(scale, chosen) {
    const short = scale.choices.every(({ value, text }) => text.length < 4 || text === `${value}`);
    const few = scale.choices.length > 7 || short;
    const nodes = scale.choices.map(({ value, text }) => {
      const words = text.startsWith(String(value)) ? text : `${value}  ${text}`;
      const node = button(words, () => {
        for (const one of nodes) one.setAttribute("aria-pressed", String(one === node));
        chosen(value);
      }, { score: String(value) });
      node.setAttribute("aria-pressed", "false");
      return node;
    });
    const node = row(nodes, few ? "cs-scale" : "cs-words-list");
    node.setAttribute("role", "group");
    node.setAttribute("aria-label", scale.name);
    return node;
  }

  /** @param {HTMLElement} near @param {number} session
   * @param {{name: string, total: number} & Record<string, any>} data */
  save(near, session, data) {
    const { pad, undo } = this.visit;
    const words = `${data.name}: ${data.total}`;
    pad.press(near, "score", { session, ...data }, words, (entry) => undo.offer(session, entry, words));
  }
}
