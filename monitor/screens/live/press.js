// What people do: sent once, with an id of its own, and said to be saved only when it is.

const ANSWER_MS = 1000;
const DOUBLE_MS = 1000; // pressed again within this, a finger came down twice: it is one press
const SAME_MS = 60000; // not saved, and pressed again within this, it is the same press; later it is a new event

/** Also where crypto.randomUUID is missing: a page that is not served over https. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, (n) => n.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** `id` is the number of the entry that was stored; `refused`: to press again changes nothing.
 * @typedef {{saved: boolean, error: string, press: string, id: number|null, refused: boolean}} Answer */

export class Presses {
  /** @param {() => {journal: string, token: string, chair: number}} config */
  constructor(config) {
    this.config = config;
    /** @type {Map<string, {press: string, at: number}>} ids of what is not known to be saved */
    this.open = new Map();
    /** @type {Map<string, {at: number, answer: Promise<Answer>}>} sent, or saved just now */
    this.underway = new Map();
  }

  /** The same press again, until it is saved, carries the same id.
   * @param {string} kind @param {string} by @param {object} data @returns {Promise<Answer>} */
  send(kind, by, data) {
    const key = JSON.stringify([this.config().chair, kind, by, data]);
    const now = performance.now();
    this.forget(now - DOUBLE_MS);
    const running = this.underway.get(key);
    if (running) return running.answer;
    if (kind === "strike") this.forget(); // who takes it back and presses again means it
    const before = this.open.get(key);
    const press = before && now - before.at < SAME_MS ? before.press : uuid();
    this.open.set(key, { press, at: now });
    const answer = this.post({ press, kind, by, data }).then((result) => {
      if (result.saved) this.open.delete(key);
      else this.underway.delete(key);
      return result;
    });
    this.underway.set(key, { at: now, answer });
    return answer;
  }

  /** Forget what was sent until then and is answered. @param {number} [until] */
  forget(until = Infinity) {
    for (const [of, { at }] of this.underway) {
      if (at < until && !this.open.has(of)) this.underway.delete(of);
    }
  }

  /** The recorder answered a press: the same thing done from now on is another one.
   * @param {string} press */
  answered(press) {
    for (const [key, of] of this.open) if (of.press === press) this.open.delete(key);
  }

  /** @param {{press: string} & Record<string, any>} body @returns {Promise<Answer>} */
  async post(body) {
    const { press } = body;
    const { journal, token, chair } = this.config();
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), ANSWER_MS);
    try {
      const response = await fetch(new URL(journal, location.origin), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...body, token, chair }),
        signal: stop.signal,
      });
      const result = await response.json();
      const saved = response.ok && result.saved === true;
      const id = saved && Number.isInteger(result.id) ? result.id : null;
      const refused = response.status === 400;
      return { saved, error: String(result.error ?? ""), press, id, refused };
    } catch {
      return { saved: false, error: "", press, id: null, refused: false };
    } finally {
      clearTimeout(timer);
    }
  }
}
