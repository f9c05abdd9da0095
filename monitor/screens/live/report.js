// This screen says, every five seconds and at each change, that it is seen and can sound.

const EVERY_MS = 5000;
const WAIT_MS = 4000;

export class Report {
  /** @param {() => {token: string, chair: number}} config */
  constructor(config) {
    this.config = config;
    this.screen = Array.from(crypto.getRandomValues(new Uint8Array(12)),
      (n) => n.toString(16).padStart(2, "0")).join("");
    this.said = "";
    this.saidAt = -Infinity;
    this.number = 0; // a report that is overtaken on its way counts no more
  }

  /** @param {boolean} visible @param {boolean} sounds @param {number} at */
  look(visible, sounds, at) {
    const now = JSON.stringify([this.config().chair, visible, sounds]);
    if (now === this.said && at - this.saidAt < EVERY_MS) return;
    this.said = now;
    this.saidAt = at;
    fetch(this.address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: this.body(visible, sounds),
      keepalive: true,
      signal: globalThis.AbortSignal.timeout(WAIT_MS),
    }).catch(() => {}); // what does not arrive, the recorder misses: that is its alarm, not ours
  }

  /** The page goes away. */
  leave() {
    this.said = "";
    navigator.sendBeacon(this.address, this.body(false, false));
  }

  get address() {
    return new URL("/api/screen", location.origin).href;
  }

  /** @param {boolean} visible @param {boolean} sounds */
  body(visible, sounds) {
    const { token, chair } = this.config();
    this.number += 1;
    return JSON.stringify({ token, chair, screen: this.screen, visible, sounds,
      number: this.number });
  }
}
