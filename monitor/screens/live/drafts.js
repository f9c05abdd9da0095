// What was typed and not saved yet: it survives a reload and a crash of the browser.

const BEGINS = "chairside:draft:";

/** A draft belongs to one form of one session on one chair.
 * @param {number} chair @param {number|null} session @param {string} form */
export function draftOf(chair, session, form) {
  const key = `${BEGINS}${chair}:${session ?? "none"}:${form}`;
  return {
    /** @returns {any} */
    read: () => {
      const text = localStorage.getItem(key);
      return text === null ? null : JSON.parse(text);
    },
    /** @param {any} what */
    keep: (what) => localStorage.setItem(key, JSON.stringify(what)),
    drop: () => localStorage.removeItem(key),
  };
}

/** Another session is open now: what was typed for one before is not of it.
 * @param {number} chair @param {number|null} session */
export function dropOthers(chair, session) {
  const [of, keep] = [`${BEGINS}${chair}:`, `${BEGINS}${chair}:${session ?? "none"}:`];
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(of) && !key.startsWith(keep)) localStorage.removeItem(key);
  }
}
