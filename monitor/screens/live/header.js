// Header, banner, infusion panel and footer.

import { capital, mg, span } from "./format.js";
import { element, mark, say, show } from "./glass.js";

const BANNER = /** @type {Record<string, string>} */ ({
  simulated: "SIMULATED MONITOR — NOT A PATIENT", replay: "REPLAY — NOT LIVE",
});

/** @param {any} session @param {number} now @param {boolean} sure */
export function phase(session, now, sure) {
  if (!session) return { text: "", kind: "none" };
  const infusion = session.infusion;
  if (!infusion) return { text: "Before infusion", kind: "before" };
  const since = (/** @type {number} */ t) => (sure ? ` ${span(now - t)}` : "");
  if (infusion.stopped_ms !== null) {
    return { text: `After infusion${since(infusion.stopped_ms)}`, kind: "after" };
  }
  return { text: `Infusion${since(infusion.started_ms)}`, kind: "running" };
}

/**
 * @param {Record<string, HTMLElement>} part
 * @param {import("./model.js").Model} model
 * @param {import("./tiles.js").Moment & {watch: string|null}} m
 */
export function paintHeader(part, model, m) {
  const { chair, session, generation } = model.now;
  say(part.chair, chair.name);
  mark(part.chair, "more", String(model.now.chairs.length > 1));
  const weight = session?.weight_kg ? ` · ${session.weight_kg} kg` : "";
  say(part.patient, session ? `${session.patient}${weight}` : "NO SESSION");
  mark(part.patient, "none", String(!session));
  const now = phase(session, m.now, m.sure);
  say(part.phase, now.text);
  mark(part.phase, "kind", now.kind);
  show(part.phase, now.text !== "");
  say(part.watch, m.watch ? `On watch: ${m.watch}` : "On watch: nobody");
  mark(part.watch, "none", String(!m.watch));
  say(part.clock, m.sure ? m.clock(m.now) : "--:--:--");
  mark(part.clock, "fresh", String(m.fresh));
  say(part.banner, BANNER[generation] ?? "");
  mark(part.banner, "generation", generation ?? "");
  show(part.banner, generation in BANNER);
}

/**
 * One chip for each link; made anew only when a link changed.
 * @param {HTMLElement} node @param {import("./model.js").Model} model
 * @param {import("./tiles.js").Moment} m @param {(source: any) => void} confirm
 */
export function paintLinks(node, model, m, confirm) {
  const sources = model.now.sources ?? [];
  const key = JSON.stringify(sources.map((/** @type {any} */ s) => [s.id, s.name, different(s)]));
  if (node.dataset.key !== key) {
    node.dataset.key = key;
    node.replaceChildren(...sources.map((/** @type {any} */ s) => chip(s, () => confirm(model.source(s.id)))));
  }
  sources.forEach((/** @type {any} */ s, /** @type {number} */ i) => {
    const one = /** @type {HTMLElement} */ (node.children[i]);
    const since = m.sure && s.state !== "connected" ? ` ${span(m.now - s.since_ms)}` : "";
    const state = m.fresh || s.state !== "connected" ? s.state : "unknown";
    mark(one, "state", state);
    const text = different(s)
      ? `${s.name}: DIFFERENT MONITOR. Confirm…`
      : `${s.name} · ${state}${since}${s.detail ? ` · ${s.detail}` : ""}`;
    say(/** @type {HTMLElement} */ (one.lastElementChild), text);
    if (one.title !== text) one.title = text;
  });
}

/** @param {any} source */
function different(source) {
  return source.state === "different";
}

/** @param {any} source @param {() => void} confirm with what is known of it by then */
function chip(source, confirm) {
  const node = element(different(source) ? "button" : "span", "cs-chip cs-link", "");
  node.dataset.testid = `link-${source.id}`;
  node.append(element("i", "cs-dot", ""), element("span", "", source.name));
  if (different(source)) node.addEventListener("click", confirm);
  return node;
}

/**
 * What the clock says of the dose. The pump is not connected: nothing here is measured.
 * @param {Record<string, HTMLElement>} part
 * @param {import("./model.js").Model} model
 * @param {import("./tiles.js").Moment} m
 */
export function paintInfusion(part, model, m) {
  const session = model.now.session;
  const infusion = session?.infusion ?? null;
  show(part.start, !session);
  show(part.bar, Boolean(infusion));
  const plan = infusion ?? session?.plan ?? null;
  say(part.infusion, plan ? planned(plan) : "");
  const { dose_mg: dose, minutes } = plan ?? {};
  say(part.dose, dose && session.weight_kg ? `${(dose / session.weight_kg).toFixed(2)} mg/kg` : "");
  for (const name of ["given", "left"]) say(part[name], "");
  if (!infusion) {
    say(part.given, session ? "The clock starts with “Infusion started”" : "");
    return;
  }
  const { started_ms: start, stopped_ms: stop } = infusion;
  if (!dose || !minutes) {
    show(part.bar, false);
    say(part.given, "dose or duration not entered");
    say(part.left, stop === null ? "" : `stopped ${m.clock(stop)}`);
    return;
  }
  const end = start + minutes * 60000;
  const at = Math.max(start, Math.min(stop ?? m.now, end));
  const share = (at - start) / (minutes * 60000);
  const width = `${(share * 100).toFixed(1)}%`;
  if (part.progress.style.width !== width) part.progress.style.width = width;
  const sure = m.sure || stop !== null;
  const by = stop === null ? "by the clock" : `by ${m.clock(stop)}`;
  const pump = stop === null ? "if the pump runs as entered" : "if the pump ran as entered";
  say(part.given, sure ? `about ${mg(dose * share)} mg ${by}, ${pump}` : "");
  say(part.left, remaining(m, stop, end));
}

/** What was entered of the infusion. @param {any} plan */
function planned(plan) {
  const drug = plan.drug ? capital(plan.drug) : "Infusion";
  const dose = plan.dose_mg ? ` ${mg(plan.dose_mg)} mg` : "";
  return `${drug}${dose}${plan.minutes ? ` over ${plan.minutes} min` : ""}`;
}

/** @param {import("./tiles.js").Moment} m @param {number|null} stop @param {number} end */
function remaining(m, stop, end) {
  if (stop !== null) return `stopped ${m.clock(stop)}`;
  if (!m.sure) return `planned end ${m.clock(end)}`;
  if (m.now < end) return `${span(end - m.now)} left · planned end ${m.clock(end)}`;
  return `planned end passed ${span(m.now - end)} ago`;
}

/**
 * @param {HTMLElement} node
 * @param {import("./model.js").Model} model
 * @param {import("./tiles.js").Moment} m
 */
export function paintFooter(node, model, m) {
  const row = model.savedMs === null ? "" : ` · last row saved ${m.clock(model.savedMs)}`;
  const speed = model.rate === 1 ? "" : ` · time runs ×${model.rate}`;
  const state = m.fresh ? "live" : (model.server?.recorder ?? "not heard");
  say(node, `Recorder ${state}${row}${speed}`);
  mark(node, "fresh", String(m.fresh));
}
