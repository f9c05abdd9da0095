// The infusion as staff entered it: how far it is, and what can be entered of it. It commands no pump.

import { element, mark, say, show } from "./glass.js";
import { span } from "./format.js";
import { endMs, figure, givenMg, planned, progress, rateWords, single, stateOf } from "./dose.js";
import { askDose } from "./nextstep.js";
import { NumberPad } from "./numberpad.js";
import { pumpDiffers, pumpWords } from "./pump.js";
import { button, choices, row } from "./sheet.js";
import { SETTLE_MS, Twice, pressed } from "./taps.js";

const MG_MIN = "mg/min";
const ML_H = "mL/h";
const NO_PUMP = "as entered; it commands no pump.";
const FAR = 2; // our choice

export class InfusionPanel {
  /** @param {import("./visit.js").Visit} visit */
  constructor(visit) {
    this.visit = visit;
    this.twice = new Twice();
    this.until = 0;
    this.stood = ""; // the state by which the buttons were painted last
    const { part } = visit;
    pressed(part.pump, () => ({ session: this.session?.id ?? null, stood: this.settled() }),
      (seen) => this.pump(seen));
    for (const name of /** @type {const} */ (["halt", "rate"])) {
      pressed(part[name], () => this.settled(), (stood) => {
        if (stood !== null && stood === this.settled()) this[name](this.session.id);
      });
    }
  }

  /** The session and its state, that a tap is for; null where that has just changed. */
  settled() {
    const now = stands(this.session);
    return !this.session || performance.now() < this.until || now !== this.stood ? null : now;
  }

  get session() {
    return this.visit.model.now?.session ?? null;
  }

  /** Started with one tap, unless the button has just changed; stopped with two, at any time.
   * @param {{session: number|null, stood: string|null}} seen */
  pump({ session, stood }) {
    const { pad, part, undo } = this.visit;
    if (session === null || !this.session) return;
    if (single(this.session)) {
      askDose(this.visit, session, part.pump);
      return;
    }
    if (!this.session.infusion) {
      if (stood === null || stood !== this.settled()) return;
      pad.press(part.pump, "infusion_start", { session }, "infusion started");
      return;
    }
    if (this.twice.tap(session, performance.now())) {
      const words = "infusion stopped";
      pad.press(part.pump, "infusion_stop", { session }, words,
        (entry) => undo.offer(session, entry, words));
    }
    this.paint(this.visit.moment());
  }

  /** Paused with the reason, or going on. @param {number} session */
  halt(session) {
    const { pad, part } = this.visit;
    if (stateOf(this.session.infusion) === "paused") {
      pad.press(part.halt, "infusion_resume", { session }, "infusion resumed");
      return;
    }
    pad.ask("Infusion paused: why?", this.session.pause_reasons ?? [], "Another reason", (reason) =>
      pad.press(part.halt, "infusion_pause", { session, reason }, "infusion paused"));
  }

  /** Another rate was set on the pump. @param {number} session */
  rate(session) {
    const { model, sheet, pad, part, moment } = this.visit;
    const infusion = this.session?.infusion;
    if (!infusion) return;
    const strength = model.now.session.plan.concentration_mg_ml ?? null;
    let unit = MG_MIN;
    /** @type {number|null} */ let rate = null;
    const then = element("p", "cs-then", "");
    then.dataset.testid = "rate-then";
    then.setAttribute("aria-live", "polite");
    const planned = model.now.session.plan.rate_mg_min ?? null;
    const sure = new Twice();
    const enter = button("", () => {
      if (rate === null) return;
      if (farFrom(planned, rate) && !sure.tap(rate, performance.now())) {
        say(enter, `Far from the planned ${rateWords(planned)}. Tap again: ${rateWords(rate)}`);
        return;
      }
      sheet.close();
      pad.press(part.rate, "infusion_rate", { session, rate_mg_min: rate }, rateWords(rate));
    }, { testid: "rate-enter" });
    enter.className = "cs-primary";
    const changed = (/** @type {number|null} */ value) => {
      const mgMin = value && unit === ML_H ? (value * strength) / 60 : value;
      rate = mgMin && mgMin > 0 ? mgMin : null;
      enter.disabled = rate === null;
      say(enter, rate === null ? "Say which rate the pump has"
        : `The pump runs at ${value} ${unit}`);
      say(then, rate === null ? "" : projected(this.session?.infusion ?? infusion, rate, moment()));
    };
    const keys = new NumberPad("Rate set on the pump", unit, changed, [then, enter]);
    const units = choices("Unit", [MG_MIN, ML_H], (chosen) => {
      unit = chosen;
      keys.of(chosen);
    });
    units.choose(unit);
    const now = element("p", "", `Now: ${rateWords(infusion.rate_mg_min, infusion.rate_ml_h)}. `
      + (strength ? `${figure(strength, 2)} mg/mL.` : "The concentration was not entered: mg/min only."));
    changed(null);
    sheet.open("rate", "Rate changed",
      [row([now, ...(strength ? [units.node] : [])], "cs-line"), keys.node], part.rate);
  }

  /** @param {import("./tiles.js").Moment} m */
  paint(m) {
    const { part } = this.visit;
    const session = this.session;
    const infusion = session?.infusion ?? null;
    const state = stateOf(infusion);
    show(part.start, !session);
    say(part.infusion, session ? planned(infusion ?? session.plan ?? {}) : "");
    const dose = (infusion ?? session?.plan)?.dose_mg;
    say(part.dose, dose && session?.weight_kg ? `${figure(dose / session.weight_kg, 2)} mg/kg ·` : "");
    const { model } = this.visit;
    say(part["pump-says"], pumpWords(model, m) || NO_PUMP);
    mark(part["pump-says"], "differs", String(m.fresh && pumpDiffers(model.now) !== ""));
    const done = infusion ? progress(session, m) : null;
    show(part.bar, done !== null && done.share !== null);
    const width = `${((done?.share ?? 0) * 100).toFixed(1)}%`;
    if (part.progress.style.width !== width) part.progress.style.width = width;
    mark(part.bar, "state", state);
    const before = session && single(session) ? "The clock starts with the first dose"
      : "The clock starts with “Infusion started”";
    say(part.given, done ? done.given : session ? before : "");
    say(part.left, done ? done.left : "");
    mark(part.left, "state", state);
    this.buttons(session, state);
  }

  /** @param {any} session @param {string} state */
  buttons(session, state) {
    const { part } = this.visit;
    const pump = /** @type {HTMLButtonElement} */ (part.pump);
    const doses = session && single(session);
    const runs = state === "running" || state === "paused";
    const now = stands(session);
    if (this.stood !== "" && this.stood !== now) this.until = performance.now() + SETTLE_MS;
    this.stood = now;
    const settling = performance.now() < this.until;
    for (const node of [part.halt, part.rate]) mark(node, "settling", String(settling));
    const armed = runs && this.twice.armed(session.id, performance.now());
    pump.disabled = !session || state === "stopped";
    say(pump, doses ? "Dose given…" : armed ? "Tap again: infusion stopped"
      : runs ? "Enter stop" : session?.infusion ? "Infusion stopped" : "Infusion started");
    mark(pump, "kind", session?.infusion && !doses ? "stop" : "start");
    mark(pump, "armed", String(Boolean(armed)));
    mark(pump, "settling", String(settling && !session?.infusion && !doses));
    show(part.controls, Boolean(session));
    show(part.halt, runs && !doses);
    say(part.halt, state === "paused" ? "Infusion resumed" : "Pause…");
    mark(part.halt, "state", state);
    show(part.rate, state === "running" && !doses);
    say(part.rate, session?.infusion?.rate_mg_min == null ? "Enter rate…" : "Change rate…");
  }
}

/** What the buttons are painted by. @param {any} session */
function stands(session) {
  return `${session?.id} ${stateOf(session?.infusion ?? null)}`;
}

/** A rate so far from the planned one that it may be a slip of the finger or the other unit: more
 * than twice, less than half. @param {number|null} planned @param {number} rate both in mg/min */
export function farFrom(planned, rate) {
  return planned !== null && (rate > planned * FAR || rate < planned / FAR);
}

/** When the planned dose would be given at that rate.
 * @param {any} infusion @param {number} rate @param {import("./tiles.js").Moment} m */
export function projected(infusion, rate, { now, sure, clock }) {
  if (!sure) return "When the planned dose is given cannot be said: no fresh time.";
  if (infusion.dose_mg == null) return "No dose was planned: no end can be said.";
  if (givenMg(infusion, now) == null) return "How much was given is not known: no end can be said.";
  const end = /** @type {number} */ (endMs(infusion, rate, now));
  if (end <= now) return "The planned dose is reached already.";
  return `Planned dose at ${clock(end)}, in ${span(end - now)}.`;
}
