// What staff entered of the infusion, reckoned on: nothing here is measured, by a pump or otherwise.

import { capital, span } from "./format.js";

const MINUTE = 60000;

/** A number for the eye: so many decimals and no zeros at its end ("1.0 mg" has been read as 10 mg);
 * a small one keeps two digits, so that what is more than nothing never reads 0.
 * @param {number} value @param {number} places */
export function figure(value, places) {
  const small = value ? 1 - Math.floor(Math.log10(Math.abs(value))) : 0;
  return String(Number(value.toFixed(Math.min(10, Math.max(places, small)))));
}

/** Milligrams given until then; null where a rate was not entered.
 * @param {any} infusion @param {number} t_ms */
export function givenMg(infusion, t_ms) {
  const { given_mg: mg, rate_mg_min: rate, at_ms: at } = infusion;
  if (mg == null || rate == null) return null;
  return mg + (rate * Math.max(0, t_ms - at)) / MINUTE;
}

/** When the planned dose is given at the rate set now, which may be past; null where nothing runs or
 * something is not known. @param {any} infusion @param {number} [rate] another rate, from then on
 * @param {number} [from_ms] */
export function endMs(infusion, rate = infusion.rate_mg_min, from_ms = infusion.at_ms) {
  const mg = givenMg(infusion, from_ms);
  if (mg == null || !rate || infusion.dose_mg == null) return null;
  return from_ms + ((infusion.dose_mg - mg) / rate) * MINUTE;
}

/** @param {any} infusion @returns {"none"|"running"|"paused"|"stopped"} */
export function stateOf(infusion) {
  if (!infusion) return "none";
  if (infusion.stopped_ms != null) return "stopped";
  return infusion.paused_ms != null ? "paused" : "running";
}

/** Given in single doses, not at a rate. @param {any} session */
export function single(session) {
  return session?.regimen?.infusion === false;
}

/** What was planned, in one line. @param {any} plan */
export function planned(plan) {
  const drug = plan.drug ? capital(plan.drug) : "Infusion";
  const dose = plan.dose_mg ? ` ${figure(plan.dose_mg, 1)} mg` : "";
  return `${drug}${dose}${plan.minutes ? ` over ${figure(plan.minutes, 1)} min` : ""}`;
}

/** A rate in both units, as far as they are known.
 * @param {number|null} rate mg/min @param {number|null} [mlH] */
export function rateWords(rate, mlH = null) {
  if (rate == null) return "rate not entered";
  return `${figure(rate, 2)} mg/min${mlH ? ` (${figure(mlH, 1)} mL/h)` : ""}`;
}

/** How far the infusion is, in words and as a share of the planned dose.
 * @param {any} session @param {import("./tiles.js").Moment} m
 * @returns {{share: number|null, given: string, left: string}} */
export function progress(session, { now, sure, clock }) {
  const infusion = session.infusion;
  const state = stateOf(infusion);
  const at = state === "stopped" ? infusion.stopped_ms : now;
  const known = sure || state !== "running" ? givenMg(infusion, at) : null;
  const dose = infusion.dose_mg;
  const of = dose ? ` of ${figure(dose, 1)} mg` : "";
  const doses = single(session);
  let given = known == null ? "" : `${figure(known, 1)}${of || " mg"}`;
  if (givenMg(infusion, at) == null) given = "How much was given is not known: a rate was not entered";
  else if (!doses) {
    const rate = state === "running" ? rateWords(infusion.rate_mg_min, infusion.rate_ml_h) : "";
    given = [given, volume(session, known), rate].filter(Boolean).join(" · ");
  }
  return { share: known == null || !dose ? null : Math.min(1, known / dose), given,
    left: doses ? lastDose(infusion, clock) : left(infusion, state, { now, sure, clock }) };
}

/** What was given as the syringe shows it. @param {any} session @param {number|null} mg */
function volume(session, mg) {
  const strength = session.plan?.concentration_mg_ml;
  return mg != null && strength ? `${figure(mg / strength, 1)} mL` : "";
}

/** @param {any} infusion @param {(ms: number) => string} clock */
function lastDose({ doses }, clock) {
  return doses.length > 0 ? `last dose ${clock(doses[doses.length - 1][0])}` : "";
}

/** @param {any} infusion @param {string} state
 * @param {{now: number, sure: boolean, clock: (ms: number) => string}} m */
function left(infusion, state, { now, sure, clock }) {
  if (state === "stopped") return `stopped ${clock(infusion.stopped_ms)}`;
  if (state === "paused") {
    const since = sure ? span(now - infusion.paused_ms) : `since ${clock(infusion.paused_ms)}`;
    return `PAUSED ${since}: ${infusion.paused_reason}`;
  }
  const end = endMs(infusion);
  if (end == null) return "";
  if (!sure) return `planned dose at ${clock(end)}`;
  if (now < end) return `${span(end - now)} left · ends ${clock(end)}`;
  return `planned dose reached ${span(now - end)} ago`;
}
