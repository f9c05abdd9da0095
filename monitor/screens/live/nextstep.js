// The one large button that makes the next sensible step; beside it the step after it, where the
// next may be left out freely, and the other steps.

import { element, mark, say, show } from "./glass.js";
import { stateOf } from "./dose.js";
import { NumberPad } from "./numberpad.js";
import { button, row } from "./sheet.js";
import { SETTLE_MS, Twice, pressed } from "./taps.js";

const JUST_MS = 2 * 60000; // a dose so soon after the last may be the same one: our choice

export class NextStep {
  /** @param {import("./visit.js").Visit} visit */
  constructor(visit) {
    this.visit = visit;
    this.twice = new Twice();
    this.until = 0;
    this.stood = ""; // what the buttons offered when they were painted last
    const { part } = visit;
    for (const name of /** @type {const} */ (["next", "beside"])) {
      pressed(part[name], () => this.seen(name), (seen) => this.make(seen, part[name]));
    }
    part.steps.addEventListener("click", () => this.others());
  }

  /** The session and a button's step, as they stand on the glass; null where it takes no tap.
   * @param {"next"|"beside"} name */
  seen(name) {
    const session = this.visit.model.now?.session;
    if (!session?.[name] || offers(session) !== this.stood) return null;
    return performance.now() < this.until ? null : { session: session.id, ...session[name] };
  }

  /** @param {{session: number, kind: string, label: string, to: string|null, mg: number|null}|null} step
   * @param {HTMLElement} near */
  make(step, near) {
    const { pad, undo, config } = this.visit;
    if (step === null) return;
    const at = performance.now();
    const { session, kind, label, to } = step;
    if (kind === "form") {
      location.assign(config().session_url);
      return;
    }
    if (kind === "dose") {
      askDose(this.visit, session, near);
      return;
    }
    if (kind === "infusion_stop" && !this.twice.tap(session, at)) {
      this.paint();
      return;
    }
    this.until = at + SETTLE_MS;
    this.paint();
    // A start is not taken back by one tap: the pump runs all the same.
    const taken = kind === "infusion_start" ? undefined
      : (/** @type {number} */ entry) => undo.offer(session, entry, label);
    pad.press(near, kind, { session, ...(to === null ? {} : { to }) }, label, taken);
  }

  /** What may be done else; what leaves a step out asks why. */
  others() {
    const { model, sheet, part, config } = this.visit;
    const session = model.now?.session;
    if (!session) return;
    const steps = (session.steps ?? []).map((/** @type {any} */ step) =>
      button(step.regular ? step.label : `${step.label}…`, () => this.to(session.id, step)));
    if (stateOf(session.infusion) === "stopped" && session.regimen?.infusion !== false) {
      steps.push(button("Infusion goes on again…", () => this.why(session.id, "infusion_resume",
        {}, "Infusion goes on again")));
    }
    const page = /** @type {HTMLAnchorElement} */ (document.createElement("a"));
    page.href = config().session_url;
    page.textContent = "Checks, plan, end of the visit";
    sheet.open("steps", "Other step", [row(steps), page], part.steps);
  }

  /** @param {number} session @param {any} step */
  to(session, { to, label, regular }) {
    const { pad, sheet, part } = this.visit;
    if (!regular) {
      this.why(session, "stage", { to }, label);
      return;
    }
    sheet.close();
    pad.press(part.steps, "stage", { session, to }, label);
  }

  /** @param {number} session @param {string} kind @param {object} data @param {string} label */
  why(session, kind, data, label) {
    const { pad, sheet, part } = this.visit;
    sheet.close();
    pad.ask(label, [], "Why", (reason) =>
      pad.press(part.steps, kind, { session, ...data, reason }, label), "It needs a reason.");
  }

  paint() {
    const { part, model } = this.visit;
    const session = model.now?.session ?? null;
    show(part.visit, session !== null);
    if (session === null) return;
    const { next: step, beside } = session;
    const now = offers(session);
    if (this.stood !== "" && this.stood !== now) this.until = performance.now() + SETTLE_MS;
    this.stood = now;
    const armed = step?.kind === "infusion_stop" && this.twice.armed(session.id, performance.now());
    show(part.next, Boolean(step));
    show(part.beside, Boolean(beside));
    mark(part.next, "kind", step?.kind ?? "");
    mark(part.next, "armed", String(armed));
    const settling = performance.now() < this.until; // seen: a tap now would be passed over
    for (const node of [part.next, part.beside]) mark(node, "settling", String(settling));
    say(part["beside-label"], beside?.label ?? "");
    say(part["next-label"], armed ? `Tap again: ${step.label}` : step?.label ?? "");
  }
}

/** What the buttons would do, to see that it has changed. @param {any} session */
function offers({ id, next, beside }) {
  return [id, next?.kind, next?.to, beside?.to].join(" ");
}

/** Ask how much was given; nothing is chosen before somebody does. What was given last is said, and
 * where that was just now, a second tap says that this is one more.
 * @param {import("./visit.js").Visit} visit @param {number} session @param {HTMLElement} near */
export function askDose({ model, sheet, pad, undo, moment }, session, near) {
  const { regimen, plan, infusion } = model.now.session;
  const [last_ms, last_mg] = infusion?.doses?.at(-1) ?? [null, null];
  const sure = new Twice();
  /** @type {number|null} */ let mg = null;
  const enter = button("", () => {
    if (mg === null) return;
    const just = last_ms !== null && moment().now - last_ms < JUST_MS;
    if (just && !sure.tap(mg, performance.now())) {
      say(enter, `${last_mg} mg was entered just now. Tap again: ${mg} mg more`);
      return;
    }
    sheet.close();
    const words = `${mg} mg given`;
    pad.press(near, "dose", { session, mg }, words, (entry) => undo.offer(session, entry, words));
  }, { testid: "dose-enter" });
  enter.className = "cs-primary";
  const chosen = (/** @type {number|null} */ value) => {
    mg = value !== null && value > 0 ? value : null;
    enter.disabled = mg === null;
    say(enter, mg === null ? "Say how much was given" : `${mg} mg was given`);
  };
  // One device at a time: what is entered is what was given, and the rest before the next counts.
  const offered = regimen?.device_mg ? [regimen.device_mg]
    : [...new Set([...(regimen?.choices_mg ?? []), ...(plan.dose_mg ? [plan.dose_mg] : [])])];
  const keys = new NumberPad(offered.length > 0 ? "Another dose" : "Dose", "mg", chosen);
  const before = element("p", "", last_ms === null ? ""
    : `Given last: ${last_mg} mg at ${moment().clock(last_ms)}.`);
  before.dataset.testid = "dose-before";
  show(before, last_ms !== null);
  const taps = offered.map((dose) => button(`${dose} mg`, () => {
    keys.input.value = String(dose);
    chosen(dose);
  }));
  chosen(null);
  sheet.open("dose", "Dose given", [before, row(taps, "cs-chips-row"), keys.node, enter], near);
}
