// What the infusion pump itself says, beside what staff entered of it. Pure.

import { figure } from "./dose.js";
import { judge } from "./freshness.js";

/** How the pump differs from what was entered; empty where it does not, or cannot be told.
 * @param {any} told the chair as in the stream */
export function pumpDiffers(told) {
  return told?.pump?.differs?.text ?? "";
}

/** What the pump says now, in one line; empty where no pump is connected.
 * @param {import("./model.js").Model} model @param {{now: number, fresh: boolean}} m */
export function pumpWords(model, { now, fresh }) {
  const told = model.now?.pump;
  if (!told) return "";
  const rate = judge(model.parameter("Pump_rate"), now, fresh);
  const count = judge(model.parameter("Pump_volume"), now, fresh);
  if (rate.value === null) return `pump: ${rate.why || "no value"}`;
  const differs = pumpDiffers(model.now);
  const says = differs ? lower(differs) : `pump says ${figure(rate.value, 1)} mL/h`;
  if (count.value === null || told.from_ml == null) return says;
  return `${says} · ${figure(count.value - told.from_ml, 1)} mL pumped`;
}

/** @param {string} text */
function lower(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
