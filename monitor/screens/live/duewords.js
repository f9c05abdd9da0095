// What is due, in words. Pure: time is an argument.

import { span } from "./format.js";

/**
 * A thing that is due, as the stream has it.
 * @typedef {{id: string, name: string, at_ms: number, not_before_ms: number|null, kind: string,
 *            scale: string|null, put_off?: number}} Due
 */

/** How a thing stands now, in words. @param {Due} due
 * @param {{now: number, sure: boolean, clock: (ms: number) => string}} m
 * @returns {{state: "waiting"|"overdue"|"later", name: string, when: string}} */
export function dueWords(due, { now, sure, clock }) {
  const { name, at_ms: at, not_before_ms: later, put_off: times = 0 } = due;
  const often = times > 1 ? ` ${times}×` : "";
  if (later !== null && (!sure || now < later)) {
    return { state: "later", name, when: `put off${often} until ${clock(later).slice(0, 5)}` };
  }
  if (!sure) return { state: "waiting", name, when: `due ${clock(at).slice(0, 5)}` };
  if (now < at) return { state: "waiting", name, when: `in ${span(at - now)}` };
  if (due.kind === "end") {
    return { state: "overdue", name: "Planned dose", when: `reached ${span(now - at)} ago` };
  }
  if (due.kind === "dose") return { state: "waiting", name, when: "rest is over" };
  if (due.kind === "open") return { state: "overdue", name, when: "" };
  return { state: "overdue", name, when: `overdue ${span(now - at)}${often && `, put off${often}`}` };
}

/** What stands in the rail: that a visit may be over is asked when it is time, not before.
 * @param {Due[]} all @param {number} now */
export function shown(all, now) {
  return all.filter((due) => due.kind !== "open" || due.at_ms <= now);
}

/** What is due, the most urgent first; nothing where the time is not known.
 * @param {any} chair as in the stream, or null
 * @param {{now: number, sure: boolean, clock?: (ms: number) => string}} m
 * @returns {{words: string, at_ms: number, late: boolean, kind: string}[]} */
export function dueOf(chair, m) {
  if (!m.sure || !chair?.session) return [];
  const rank = { overdue: 0, waiting: 1, later: 2 };
  return shown(chair.due ?? [], m.now)
    .map((/** @type {any} */ x) => ({ x, ...dueWords(x, { clock: () => "", ...m }) }))
    .sort((a, b) => rank[a.state] - rank[b.state] || a.x.at_ms - b.x.at_ms)
    .map(({ x, state, name, when }) => ({ words: `${name} ${when}`.trim(), at_ms: x.at_ms,
      late: state === "overdue", kind: x.kind }));
}
