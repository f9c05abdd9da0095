// Values that are typed on the number pad: what a key does to them, and what they are. Pure.

// As Parameter.range of the recorder, which has the last word.
export const RANGES = /** @type {Record<string, [number, number, string]>} */ ({
  HR: [10, 350, "/min"], PR: [10, 350, "/min"], SpO2: [1, 100, "%"], RR: [1, 200, "/min"],
  Temp: [15, 45, "°C"], NIBP_sys: [20, 300, "mmHg"], NIBP_dia: [10, 300, "mmHg"],
});
export const KINDS = ["BP", "SpO2", "HR", "RR", "Temp"];
export const UNITS = /** @type {Record<string, string>} */ ({
  BP: "mmHg", SpO2: "%", HR: "/min", RR: "/min", Temp: "°C" });

/** The text after a key: a digit, "/" (then the diastolic), "." or "back".
 * @param {string} kind @param {string} text @param {string} key */
export function typed(kind, text, key) {
  if (key === "back") return text.endsWith(" / ") ? text.slice(0, -3) : text.slice(0, -1);
  if (kind === "BP") return pressure(text, key);
  if (kind === "Temp") {
    if (key === "." || key === ",") return /^\d{2}$/.test(text) ? `${text}.` : text;
    if (!/^\d$/.test(key) || text.length >= 4) return text;
    return text.length === 2 ? `${text}.${key}` : text + key; // 366 is 36.6
  }
  return /^\d$/.test(key) && text.length < 3 ? text + key : text;
}

/** 12080 is 120 / 80: no systolic pressure of two digits begins with 1, 2 or 3.
 * @param {string} text @param {string} key */
function pressure(text, key) {
  const [systolic, diastolic] = text.split(" / ");
  if (key === "/") return diastolic === undefined && systolic ? `${systolic} / ` : text;
  if (!/^\d$/.test(key)) return text;
  if (diastolic !== undefined) return diastolic.length < 3 ? text + key : text;
  const whole = systolic.length === 3 || (systolic.length === 2 && systolic[0] > "3");
  return whole ? `${systolic} / ${key}` : text + key;
}

/** The values of what was typed, or why they cannot be.
 * @param {Record<string, string>} texts by kind @param {"HR"|"PR"} rate
 * @returns {{values: Record<string, number>, why: string}} */
export function valuesOf(texts, rate) {
  const values = /** @type {Record<string, number>} */ ({});
  for (const kind of KINDS) {
    const text = texts[kind] ?? "";
    if (!text) continue;
    const names = kind === "BP" ? ["NIBP_sys", "NIBP_dia"] : [kind === "HR" ? rate : kind];
    const parts = kind === "BP" ? text.split(" / ") : [text];
    for (const [i, name] of names.entries()) {
      const [low, high, unit] = RANGES[name];
      const value = parts[i] ? Number(parts[i]) : NaN;
      const word = { NIBP_sys: "systolic pressure", NIBP_dia: "diastolic pressure" }[name] ?? name;
      if (!(value >= low && value <= high)) {
        return { values: {}, why: `The ${word} must be between ${low} and ${high} ${unit}.` };
      }
      values[name] = value;
    }
  }
  if ("NIBP_sys" in values && values.NIBP_sys <= values.NIBP_dia) {
    return { values: {}, why: "The systolic pressure must be above the diastolic." };
  }
  if (Object.keys(values).length === 0) return { values, why: "Type a value first." };
  return { values, why: "" };
}
