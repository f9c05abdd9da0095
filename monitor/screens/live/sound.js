// What this browser can be heard with: one burst at a time, and whether it can sound at all.
//
// A browser plays nothing before somebody touched the page, and only a person can say whether the
// loudspeaker was heard. The answer holds as long as this tab; the volume is kept by the device.

import { BURSTS, buffer, length } from "./pulses.js";

const HEARD = "chairside.heard";
const VOLUME = "chairside.volume";
export const FLOOR = 0.4; // no volume below this
const STUCK_MS = 1500; // the sound card's clock stood still for so long
const FADE_S = 0.015;

/** @typedef {{name: string, source: AudioBufferSourceNode, gain: GainNode, loop: boolean,
 *             from: number}} Playing */

export class Sound {
  /** @param {() => AudioContext} [make] */
  constructor(make = () => new AudioContext()) {
    this.make = make;
    /** @type {AudioContext|null} */ this.context = null;
    /** @type {GainNode|null} */ this.out = null;
    /** @type {Map<string, AudioBuffer>} */ this.buffers = new Map();
    /** @type {Playing|null} */ this.playing = null;
    this.wanted = /** @type {string|null} */ (null);
    this.failed = ""; // why there is no context
    this.stuck = false;
    this.changed = false; // the sound devices changed since somebody heard us
    this.moved = { time: -1, at: 0 };
    this.heard = read("sessionStorage", HEARD) === "yes";
    this.volume = bounded(Number(read("localStorage", VOLUME) ?? 1));
    this.stop = new AbortController();
    const on = { signal: this.stop.signal, capture: true };
    for (const kind of ["pointerdown", "keydown"]) {
      document.addEventListener(kind, () => this.heard && this.begin(), on);
    }
    navigator.mediaDevices?.addEventListener("devicechange", () => (this.changed = true), on);
    if (this.heard) this.begin(); // it may be allowed to: the tab was touched on the page before
  }

  /** Why nobody would hear an alarm of this screen; "" where it can sound. */
  get why() {
    if (this.failed) return this.failed;
    if (!this.heard) return "sound is not turned on";
    if (this.context?.state !== "running") return "the browser stopped it: touch the screen";
    if (this.stuck) return "the loudspeaker does not answer";
    if (this.changed) return "the sound devices changed: test it again";
    return "";
  }

  get able() {
    return this.why === "";
  }

  /** Something can be played, also where nobody knows whether it is heard. */
  get plays() {
    return this.context?.state === "running";
  }

  /** Begin, or go on; from a touch of the page. */
  begin() {
    if (this.context?.state === "closed") this.context = null;
    if (this.context === null) {
      try {
        this.context = this.make();
      } catch (error) {
        this.failed = "this browser cannot play sound";
        console.error(error);
        return;
      }
      this.buffers.clear();
      this.out = this.context.createGain();
      this.out.gain.value = this.volume;
      this.out.connect(this.context.destination);
    }
    if (this.context.state !== "running") {
      this.context.resume().catch(console.error); // the sign says so as long as it does not run
    }
  }

  /** A person said whether the test was heard. @param {boolean} heard */
  answer(heard) {
    this.heard = heard;
    this.changed = false;
    write("sessionStorage", HEARD, heard ? "yes" : "no");
    if (!heard) this.want(null, true);
  }

  /** @param {number} volume FLOOR to 1 */
  turn(volume) {
    this.volume = bounded(volume);
    write("localStorage", VOLUME, String(this.volume));
    if (this.out) this.out.gain.value = this.volume;
  }

  /** Four times a second: does the sound card run? @param {number} at */
  look(at) {
    const time = this.context?.currentTime ?? -1;
    if (time !== this.moved.time || !this.plays) this.moved = { time, at };
    this.stuck = at - this.moved.at > STUCK_MS;
  }

  /** What is to sound from now on, at once. What ends by itself finishes its burst; what a person
   * ended stops. @param {string|null} name @param {boolean} byHand */
  want(name, byHand) {
    this.wanted = this.heard ? name : null;
    if (!this.plays) {
      this.end();
    } else if (this.wanted !== null) {
      if (this.playing?.name !== this.wanted || !this.playing.loop) this.play(this.wanted, true);
    } else if (this.playing?.loop) {
      if (byHand) this.end();
      else this.finish(this.playing);
    }
  }

  /** One burst, as a test or a reminder; an alarm that sounds goes first. @param {string} name */
  once(name) {
    if (this.wanted !== null || !this.context) return false;
    this.play(name, false);
    return true;
  }

  /** @param {string} name @param {boolean} loop */
  play(name, loop) {
    const { context, out } = this;
    if (!context || !out) return;
    this.end();
    if (!this.buffers.has(name)) this.buffers.set(name, buffer(context, name));
    const source = new AudioBufferSourceNode(context, { buffer: this.buffers.get(name), loop });
    const gain = context.createGain();
    source.connect(gain).connect(out);
    source.start();
    const playing = { name, source, gain, loop, from: context.currentTime };
    this.playing = playing;
    if (!loop) this.finish(playing);
    source.onended = () => {
      gain.disconnect();
      if (this.playing === playing) this.playing = null;
    };
  }

  /** To the end of the burst that is heard now, if one is. @param {Playing} playing */
  finish(playing) {
    const now = this.context?.currentTime ?? 0;
    const begun = ((now - playing.from) * 1000) % BURSTS[playing.name].every;
    playing.loop = false;
    if (begun < length(playing.name)) playing.source.stop(now + (length(playing.name) - begun) / 1000);
    else this.end();
  }

  end() {
    const { context, playing } = this;
    this.playing = null;
    if (!context || !playing) return;
    playing.gain.gain.setTargetAtTime(0, context.currentTime, FADE_S / 3);
    playing.source.stop(context.currentTime + FADE_S);
  }

  remove() {
    this.stop.abort();
    this.end();
    this.context?.close().catch(console.error);
  }
}

/** @param {number} volume */
function bounded(volume) {
  return Number.isFinite(volume) ? Math.min(1, Math.max(FLOOR, volume)) : 1;
}

/** What the browser kept; nothing where it may keep nothing. @param {"localStorage"|"sessionStorage"} where @param {string} key */
export function read(where, key) {
  try {
    return window[where].getItem(key);
  } catch (error) {
    console.warn(error);
    return null;
  }
}

/** @param {"localStorage"|"sessionStorage"} where @param {string} key @param {string} value */
export function write(where, key, value) {
  try {
    window[where].setItem(key, value);
  } catch (error) {
    console.warn(error); // then it holds for this page only
  }
}
