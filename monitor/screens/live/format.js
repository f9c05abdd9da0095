// How values, ages and times are written. Pure: no DOM, no clock.

export const DASHES = "---";

/** A value as it stands on the glass. @param {number|null} value @param {number} decimals */
export function number(value, decimals) {
  return value === null || !Number.isFinite(value) ? DASHES : value.toFixed(decimals);
}

/** Minutes and seconds, or hours: 0:14, 22:24, 1:02:09. @param {number} ms */
export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** The age of a value: seconds below a minute, then minutes. @param {number} ms */
export function age(ms) {
  return ms < 60000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : span(ms);
}

/** Milligrams without a false precision. @param {number} mg */
export function mg(mg) {
  return mg.toFixed(1);
}

/** @param {string} text */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A parameter's or tile's name for people. @param {string} name */
export function label(name) {
  return (
    { SpO2: "SpO₂", EtCO2: "EtCO₂", NIBP_sys: "NIBP systolic", NIBP_dia: "NIBP diastolic",
      NIBP_mean: "NIBP mean" }[name] ?? name
  );
}

/**
 * Wall times in the clinic's time zone, whatever the tablet's own zone is.
 * @param {string} tz
 */
export function clinicTime(tz) {
  const full = { timeZone: tz, hour12: false, hourCycle: "h23" };
  const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
  const time = new Intl.DateTimeFormat("en-GB", { ...full, ...parts });
  const date = new Intl.DateTimeFormat("en-GB", {
    ...full, ...parts, year: "numeric", month: "2-digit", day: "2-digit",
  });
  return {
    tz,
    /** 14:32:08 @param {number} ms */
    clock: (ms) => time.format(ms),
    /** 14:32 @param {number} ms */
    minute: (ms) => time.format(ms).slice(0, 5),
    /** How far the clinic's clock is ahead of UTC at that time. @param {number} ms */
    offset: (ms) => {
      const part = Object.fromEntries(date.formatToParts(ms).map((p) => [p.type, Number(p.value)]));
      const local = Date.UTC(
        part.year, part.month - 1, part.day, part.hour, part.minute, part.second,
      );
      return local - Math.floor(ms / 1000) * 1000;
    },
  };
}
