// What was typed and not saved yet: it survives a reload and a crash of the browser.

const BEGINS = "chairside:draft:";

/** Where the browser keeps nothing, a draft lives as long as the page.
 * @type {Map<string, string>} */
const held = new Map();

/** A draft belongs to one form of one session on one chair.
 * @param {number} chair @param {number|null} session @param {string} form */
export function draftOf(chair, session, form) {
  const key = `${BEGINS}${chair}:${session ?? "none"}:${form}`;
  return {
    /** @returns {any} */
    read: () => parsed(kept((storage) => storage.getItem(key)) ?? held.get(key) ?? null),
    /** @param {any} what */
    keep: (what) => {
      held.set(key, JSON.stringify(what));
      kept((storage) => storage.setItem(key, JSON.stringify(what)));
    },
    drop: () => {
      held.delete(key);
      kept((storage) => storage.removeItem(key));
    },
  };
}

/** Another session is open now: what was typed for one before is not of it.
 * @param {number} chair @param {number|null} session */
export function dropOthers(chair, session) {
  const [of, keep] = [`${BEGINS}${chair}:`, `${BEGINS}${chair}:${session ?? "none"}:`];
  const other = (/** @type {string} */ key) => key.startsWith(of) && !key.startsWith(keep);
  for (const key of [...held.keys()].filter(other)) held.delete(key);
  kept((storage) => Object.keys(storage).filter(other).forEach((key) => storage.removeItem(key)));
}

/** @template T @param {(storage: Storage) => T} act @returns {T|null} */
function kept(act) {
  try {
    return act(window.localStorage);
  } catch (error) {
    console.warn(error); // it may be forbidden, or full: the page goes on without it
    return null;
  }
}

/** @param {string|null} text */
function parsed(text) {
  try {
    return text === null ? null : JSON.parse(text);
  } catch (error) {
    console.warn(error);
    return null;
  }
}
