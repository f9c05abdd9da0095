// What was given beside the infusion. Nothing is filled in but the name of who is on watch.

import { element, say } from "./glass.js";
import { draftOf } from "./drafts.js";
import { numberOf } from "./numberpad.js";
import { button, choices, field, row } from "./sheet.js";
import { When } from "./when.js";

const UNITS = ["mg", "mcg", "mL", "L/min", "puffs"];

export class Medication {
  /** @param {import("./visit.js").Visit} visit */
  constructor(visit) {
    this.visit = visit;
  }

  open() {
    const { sheet, part, model, pad, config } = this.visit;
    const session = model.now?.session?.id ?? null;
    const draft = draftOf(config().chair, session, "medication");
    const kept = draft.read();
    const offered = /** @type {{drug: string, routes: string[]}[]} */ (model.now?.pad?.medications ?? []);
    const fields = {
      drug: field("Medicine", "med-drug"),
      dose: field("Dose", "med-dose", { maxLength: 10, inputMode: "decimal" }),
      unit: field("Unit", "med-unit", { maxLength: 20 }),
      route: field("Route", "med-route", { maxLength: 40 }),
      given_by: field("Given by", "med-given-by", { value: pad.watch ?? "" }),
      ordered_by: field("Ordered by", "med-ordered-by"),
    };
    const names = /** @type {(keyof typeof fields)[]} */ (Object.keys(fields));
    if (kept) for (const name of names) fields[name].input.value = kept[name] ?? "";
    const routes = element("div", "", "");
    const when = new When(this.visit.moment);
    const why = element("p", "cs-then", "");
    why.dataset.testid = "med-why";
    const keep = () => draft.keep(Object.fromEntries(names.map((n) => [n, fields[n].input.value])));
    const put = (/** @type {keyof typeof fields} */ name) => (/** @type {string} */ text) => {
      fields[name].input.value = text;
      keep();
      if (name === "drug") offerRoutes();
    };
    const offerRoutes = () => {
      const of = offered.find(({ drug }) => drug === fields.drug.input.value)?.routes ?? [];
      const chips = choices("Route", of, put("route"));
      chips.choose(fields.route.input.value);
      routes.replaceChildren(...(of.length ? [chips.node] : []));
    };
    const drugs = choices("Medicine", offered.map(({ drug }) => drug), put("drug"));
    const units = choices("Unit", UNITS, put("unit"));
    drugs.choose(fields.drug.input.value);
    units.choose(fields.unit.input.value);
    offerRoutes();
    for (const name of names) fields[name].input.addEventListener("input", keep);
    fields.drug.input.addEventListener("input", offerRoutes);
    const save = button("Save", () => {
      const text = (/** @type {keyof typeof fields} */ name) => fields[name].input.value.trim();
      const dose = numberOf(text("dose"));
      const missing = names.filter((name) => name !== "ordered_by" && !text(name));
      if (missing.length || dose === null) {
        say(why, missing.length ? `Missing: ${missing.map((n) => fields[n].label.textContent?.toLowerCase()).join(", ")}.`
          : "The dose is no number.");
        return;
      }
      const data = { drug: text("drug"), dose, unit: text("unit"), route: text("route"),
        given_by: text("given_by"), ordered_by: text("ordered_by"), ...when.data };
      sheet.close();
      this.save(session, data, () => draft.drop());
    }, { testid: "med-save" });
    save.className = "cs-primary";
    const drop = button("Discard", () => {
      draft.drop();
      sheet.close();
    }, { testid: "med-drop" });
    const side = (/** @type {HTMLElement[]} */ ...nodes) => row(nodes, "cs-side-by");
    const pair = (/** @type {HTMLElement[]} */ ...nodes) => row(nodes, "cs-pair");
    sheet.open("medication", "Medication given", [
      drugs.node, pair(fields.drug.label, side(fields.route.label, routes)),
      pair(fields.dose.label, side(fields.unit.label, units.node)),
      pair(fields.given_by.label, fields.ordered_by.label), when.node,
      row([why, drop, save], "cs-dialog-foot"),
    ], part.medication);
  }

  /** @param {number|null} session @param {{drug: string, dose: number, unit: string}} data
   * @param {() => void} saved */
  save(session, data, saved) {
    const { pad, part, undo } = this.visit;
    const words = `${data.drug} ${data.dose} ${data.unit}`;
    const of = session === null ? {} : { session };
    pad.press(part.medication, "medication", { ...of, ...data }, words, (entry) => {
      saved();
      undo.offer(session, entry, words);
    });
  }
}
