// What a finger meant: the thing that stood there when it came down, and whether it came twice.

const SURE_MS = 4000; // the second tap must come within this
export const TWICE_MS = 500; // and not sooner: a finger that comes down twice is one tap

// A button that has just changed, or come under the finger, takes no tap: the finger meant what stood
// there.
export const SETTLE_MS = 1500;

/** A press that needs two taps. Pure: the time is an argument. */
export class Twice {
  constructor() {
    this.since = -Infinity;
    /** @type {any} */ this.what = null;
  }

  /** Is the second tap awaited for this? @param {any} what @param {number} at */
  armed(what, at) {
    return this.what === what && at < this.since + SURE_MS;
  }

  /** True at the second tap. @param {any} what @param {number} at */
  tap(what, at) {
    if (!this.armed(what, at)) {
      this.since = at;
      this.what = what;
      return false;
    }
    if (at < this.since + TWICE_MS) return false;
    this.since = -Infinity;
    return true;
  }
}

/** A press is for what stood there when the finger came down, not for what a tick puts there since.
 * @template T @param {HTMLElement} node @param {() => T} look @param {(what: T) => void} act */
export function pressed(node, look, act) {
  /** @type {{what: T}|null} */ let under = null;
  node.addEventListener("pointerdown", () => (under = { what: look() }));
  node.addEventListener("click", (event) => {
    const byKey = /** @type {MouseEvent} */ (event).detail === 0;
    const what = byKey || !under ? look() : under.what;
    under = null;
    act(what);
  });
}
