// What a card of the board says beside its numerals. Pure: time is an argument.

import { alarmLine } from "./alarmline.js";
import { givenMg, single } from "./dose.js";
import { dueOf } from "./duewords.js";
import { capital, mg, span } from "./format.js";
import { phase } from "./header.js";

/**
 * @typedef {{now: number, sure: boolean, clock?: (ms: number) => string}} When the recorder's time,
 *     and whether it is known
 */

/** Whose chair it is, and their how manieth session.
 * @param {any} session */
export function patientOf(session) {
  if (!session) return "NO SESSION";
  return session.number ? `${session.patient} · session ${session.number}` : String(session.patient);
}

/** The stage as the chair's screen says it: "Dosing 22:24 / 40".
 * @param {any} session @param {When} m @returns {{text: string, kind: string}} */
export function stageOf(session, m) {
  return phase(session, m.now, m.sure);
}

/** The bar's share, none where there is nothing to show, and the words under it.
 * @param {any} session @param {When} m @returns {{share: number|null, text: string}} */
export function doseOf(session, m) {
  const { infusion = null, plan = null } = session ?? {};
  if (!infusion) return { share: null, text: planned(session, plan) };
  const given = givenMg(infusion, m.now);
  if (given === null) return { share: null, text: "given: not known, no rate entered" };
  if (!m.sure && infusion.stopped_ms === null) return { share: null, text: "" };
  const of = infusion.dose_mg;
  const runs = infusion.stopped_ms === null;
  const past = of && given > of + 0.05 ? ", past the plan" : "";
  const word = runs || single(session) ? past : ", stopped";
  return { share: of ? Math.min(1, given / of) : null,
    text: `${mg(given)}${of ? ` of ${mg(of)}` : ""} mg${word}` };
}

/** @param {any} session @param {any} plan */
function planned(session, plan) {
  if (!plan?.dose_mg) return "";
  const weight = session.weight_kg;
  const perKg = plan.mg_per_kg ?? (weight ? plan.dose_mg / weight : null);
  return [perKg && `${perKg.toFixed(2)} mg/kg`, `${mg(plan.dose_mg)} mg`,
    plan.minutes && `${plan.minutes} min`].filter(Boolean).join(" · ");
}

/** The foot's right: what is next. @param {any} chair as in the stream, or null @param {When} m
 * @returns {{text: string, late: boolean}} */
export function nextOf(chair, m) {
  const due = dueOf(chair, m);
  const late = due.filter((x) => x.late);
  if (late.length > 0) {
    return { text: `${late[0].words}${late.length > 1 ? ` +${late.length - 1}` : ""}`, late: true };
  }
  if (due.length > 0) return { text: `Next: ${due[0].words}`, late: false };
  const step = chair?.session?.next;
  return { text: step ? `Next: ${step.label}` : "", late: false };
}

/**
 * The card's line. What is in doubt stands in one line there, without the words before it.
 * @param {import("./model.js").Model} model @param {number} now
 * @param {Parameters<typeof alarmLine>[2] & {failed?: string}} link
 */
export function cardLine(model, now, link) {
  if (link.failed) {
    return alarmLine(model, now, { ...link, fresh: false, starting: false, cause: link.failed });
  }
  const line = alarmLine(model, now, link);
  if (line.state !== "incomplete" || !line.detail) return line;
  return { ...line, text: capital(line.detail), detail: "" };
}

/**
 * The header's words on all chairs: how many are occupied, what alarms, what is next.
 * @param {{name: string, told: any, line: import("./alarmline.js").Line}[]} cards
 * @param {When} m
 */
export function summaryOf(cards, m) {
  const count = (/** @type {number} */ n, /** @type {string} */ word) =>
    `${n} ${word}${n === 1 ? "" : "s"}`;
  const lost = cards.filter((c) => c.line.state === "no-data").length;
  const alarms = cards.reduce((n, c) => n + (c.line.alarm ? 1 : 0) + c.line.others.length, 0);
  const odd = cards.filter((c) => c.line.state === "incomplete").length;
  const due = cards.flatMap((c) => dueOf(c.told, m).map((x) => ({ ...x, chair: c.name })))
    .sort((a, b) => Number(b.late) - Number(a.late) || a.at_ms - b.at_ms);
  const calm = lost === 0 && odd === 0 && !cards.some((c) => c.line.state === "starting");
  return [
    `${cards.filter((c) => c.told?.session).length} occupied`,
    lost > 0 && `NO DATA: ${count(lost, "chair")}`,
    alarms > 0 ? count(alarms, "alarm") : calm && "no alarm",
    odd > 0 && `${count(odd, "chair")} to look at`,
    due.length > 0 && `${due[0].late ? "" : "next: "}${due[0].chair}: ${due[0].words}`,
  ].filter(Boolean).join(" · ");
}

const MADE_UP = /** @type {Record<string, [string, string]>} */ ({
  simulated: ["SIMULATED MONITORS — NOT PATIENTS", "SIMULATED"],
  replay: ["REPLAY — NOT LIVE", "REPLAY"],
});

/** The banner, and what each card says where not all of them are made up alike.
 * @param {string[]} generations @returns {{kind: string, text: string, mixed: boolean}} */
export function bannerOf(generations) {
  const kinds = new Set(generations);
  const kind = ["simulated", "replay"].find((one) => kinds.has(one)) ?? "";
  if (!kind) return { kind, text: "", mixed: false };
  if (kinds.size === 1) return { kind, text: MADE_UP[kind][0], mixed: false };
  return { kind, text: "SOME MONITORS ARE NOT PATIENTS: SEE THE CHAIRS", mixed: true };
}

/** @param {string} generation */
export function madeUp(generation) {
  return MADE_UP[generation]?.[1] ?? "";
}

/** Who is on watch, over all chairs. @param {(string|null)[]} names one for each chair */
export function watchWords(names) {
  const people = [...new Set(names.filter(Boolean))];
  const nobody = names.filter((name) => !name).length;
  if (people.length === 0) return "On watch: nobody";
  const rest = nobody > 0 ? ` (${nobody} without)` : "";
  return `On watch: ${people.join(", ")}${rest}`;
}

/** How many columns and rows let the cards be largest: a card is about twice as wide as high.
 * @param {number} n @param {number} width @param {number} height @returns {[number, number]} */
export function gridOf(n, width, height) {
  let best = /** @type {[number, number]} */ ([1, Math.max(1, n)]);
  let most = 0;
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns);
    const size = Math.min(width / columns / 2, height / rows);
    if (size > most) [best, most] = [[columns, rows], size];
  }
  return best;
}
