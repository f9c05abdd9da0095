// The sounds of alarms, after the pulse tables of IEC 60601-1-8 (tables 3 and 4). Pure.
//
// All times are milliseconds. A pulse lasts from 90 % of its height to 90 % again; the gap to the
// next is counted between the same points, the rise from 10 % to 90 %.

const RISE = 0.15; // of the pulse; the table allows 10 to 20 %
const FALL_MS = 40; // from full height to none; rise and fall together stay within the shortest gap
// The fundamental and five harmonics; none is weaker than the fundamental by more than 8 dB.
const PARTIALS = [1, 0.8, 0.7, 0.6, 0.5, 0.4];
const STEPS = 4096; // of one cycle

/**
 * high: 3 + 2 pulses, and again; medium: 3; reminder: one, of its own pitch, never repeated.
 * @type {Record<string, {f0: number, pulse: number, gaps: number[], every: number, level: number}>}
 */
export const BURSTS = {
  high: {
    f0: 523, pulse: 150, gaps: [100, 100, 350, 100, 700, 100, 100, 350, 100], every: 8000, level: 1,
  },
  medium: { f0: 440, pulse: 200, gaps: [200, 200], every: 15000, level: 0.9 },
  reminder: { f0: 330, pulse: 200, gaps: [], every: 1000, level: 0.6 },
};

/** When each pulse begins to rise. @param {string} name @returns {number[]} */
export function starts(name) {
  const { pulse, gaps } = BURSTS[name];
  const out = [0];
  for (const gap of gaps) out.push(out[out.length - 1] + pulse + gap);
  return out;
}

/** How long one burst is heard. @param {string} name */
export function length(name) {
  const { pulse } = BURSTS[name];
  const all = starts(name);
  return all[all.length - 1] + pulse + 0.9 * (riseOf(pulse) + FALL_MS);
}

/** From nothing to full height, in a straight line. @param {number} pulse */
function riseOf(pulse) {
  return (RISE * pulse) / 0.8;
}

/** The height of a pulse at a time after its beginning, 0 to 1. @param {number} t @param {number} pulse */
function height(t, pulse) {
  const rise = riseOf(pulse);
  const fallAt = 0.9 * rise + pulse - 0.1 * FALL_MS;
  return Math.max(0, Math.min(1, t / rise, 1 - (t - fallAt) / FALL_MS));
}

/** One cycle of the tone, at most 1 high. The phases are spread so that it is loud for its height. */
function cycle() {
  const wave = new Float32Array(STEPS);
  for (let i = 0; i < STEPS; i++) {
    PARTIALS.forEach((height, k) => {
      const phase = (Math.PI * k * (k + 1)) / PARTIALS.length;
      wave[i] += height * Math.sin((2 * Math.PI * (k + 1) * i) / STEPS - phase);
    });
  }
  const peak = wave.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return wave.map((x) => x / peak);
}

/** The samples of one burst. @param {string} name @param {number} rate samples a second */
export function render(name, rate) {
  const { f0, pulse, level } = BURSTS[name];
  const wave = cycle();
  const out = new Float32Array(Math.ceil((length(name) * rate) / 1000));
  const size = Math.ceil(((pulse + riseOf(pulse) + FALL_MS) * rate) / 1000);
  for (const start of starts(name)) {
    const first = Math.round((start * rate) / 1000);
    for (let i = 0; i < size && first + i < out.length; i++) {
      const step = Math.floor(((i * f0) / rate) * STEPS) % STEPS;
      out[first + i] += level * height((i * 1000) / rate, pulse) * wave[step];
    }
  }
  return out;
}

/** A burst and the silence after it, to be looped: the sound card then keeps the time by itself.
 * @param {BaseAudioContext} context @param {string} name */
export function buffer(context, name) {
  const samples = Math.round((BURSTS[name].every * context.sampleRate) / 1000);
  const out = context.createBuffer(1, samples, context.sampleRate);
  out.copyToChannel(render(name, context.sampleRate), 0);
  return out;
}
