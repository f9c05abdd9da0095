// Header, banner and footer.

import { stateOf } from "./dose.js";
import { span } from "./format.js";
import { element, mark, say, show } from "./glass.js";

const BANNER = /** @type {Record<string, string>} */ ({
  simulated: "SIMULATED MONITOR — NOT A PATIENT", replay: "REPLAY — NOT LIVE",
});

/** The step of the visit and how long it lasts; while the infusion runs, of how many minutes.
 * @param {any} session @param {number} now @param {boolean} sure */
export function phase(session, now, sure) {
  if (!session) return { text: "", kind: "none" };
  const { infusion, stage } = session;
  const since = (/** @type {number} */ t) => (sure ? ` ${span(now - t)}` : "");
  const state = stateOf(infusion);
  const kind = { none: "before", stopped: "after" }[/** @type {string} */ (state)] ?? state;
  if (state === "paused") return { text: `${stage.name} · PAUSED${since(infusion.paused_ms)}`, kind };
  if (stage.id !== "dosing") return { text: `${stage.name}${since(stage.since_ms)}`, kind };
  if (state === "stopped") return { text: `Infusion stopped${since(infusion.stopped_ms)}`, kind };
  const of = infusion?.minutes && sure ? ` / ${infusion.minutes}` : "";
  return { text: `${stage.name}${since(infusion?.started_ms ?? stage.since_ms)}${of}`, kind };
}

/**
 * @param {Record<string, HTMLElement>} part
 * @param {import("./model.js").Model} model
 * @param {import("./tiles.js").Moment & {watch: string|null}} m
 */
export function paintHeader(part, model, m) {
  const { chair, session, generation } = model.now;
  say(part.chair, chair.name);
  mark(part.chair, "more", "true");
  const weight = session?.weight_kg ? ` · ${session.weight_kg} kg` : "";
  const number = session?.number ? ` · session ${session.number}` : "";
  say(part.patient, session ? `${session.patient}${weight}${number}` : "NO SESSION");
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
