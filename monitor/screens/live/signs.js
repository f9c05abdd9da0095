// What is off, and who said so: a row under the alarm line that is there as long as it holds.

import { acknowledged, worst } from "./alarmline.js";
import { label, span } from "./format.js";
import { element, mark, say, show } from "./glass.js";
import { Reminders } from "./signals.js";

const REMIND_SHOWN_MS = 10000;

/**
 * One sign. `kind` chooses the symbol; `press` is what its button does, and says.
 * @typedef {{key: string, kind: string, text: string, detail: string, action: string,
 *            since_ms: number|null}} Sign
 */

/** What a parameter, or "no_data", is called in words. @param {string} scope */
export function scopeName(scope) {
  return scope === "no_data" ? "NO DATA" : label(scope);
}

/**
 * All that is off now, in words.
 * @param {any} model the chair's state as in the stream @param {any} audio as it holds now
 * @param {string} why this screen cannot sound
 * @param {{now: number, sure: boolean, minute: (ms: number) => string}} m
 * @returns {Sign[]}
 */
export function signs(model, audio, why, m) {
  /** @type {Sign[]} */ const out = [];
  const since = (/** @type {number|null} */ ms) => ms !== null && `since ${m.minute(ms)}`;
  const words = (/** @type {any[]} */ ...all) => all.filter(Boolean).join(" · ");
  if (why) {
    out.push({ key: "sound", kind: "audio-off", text: "SOUND OFF", action: "Turn sound on…",
      detail: `Nobody would hear an alarm of this screen: ${why}`, since_ms: null });
  }
  if (audio.state === "paused") {
    const left = m.sure && audio.until_ms !== null ? ` ${span(audio.until_ms - m.now + 999)}` : "";
    out.push({ key: "audio", kind: "audio-paused", text: `AUDIO PAUSED${left}`, action: "End pause",
      detail: words("this chair, on all screens", audio.by), since_ms: null });
  }
  if (audio.state === "off") {
    out.push({ key: "audio", kind: "audio-off", text: "AUDIO OFF", action: "Audio on",
      detail: words(audio.reason, audio.by, since(audio.since_ms)), since_ms: audio.since_ms });
  }
  for (const off of model?.alarms_off ?? []) {
    out.push({ key: off.scope, kind: "alarm-off", text: `${scopeName(off.scope)} ALARM OFF`,
      action: "Alarm on", detail: words(off.reason, off.by, since(off.since_ms)),
      since_ms: off.since_ms });
  }
  return out;
}

/** The press that ends what a sign says. @param {Sign} sign */
export function undoing(sign) {
  if (sign.kind === "audio-paused") return { kind: "audio_resume", data: {}, words: "pause ended" };
  if (sign.kind === "audio-off") return { kind: "audio_on", data: {}, words: "audio on" };
  return { kind: "alarm_on", data: { scope: sign.key }, words: `${scopeName(sign.key)} alarm on` };
}

export class Signs {
  /** @param {HTMLElement} node @param {ParentNode} root @param {(sign: Sign) => void} pressed */
  constructor(node, root, pressed) {
    this.node = node;
    this.tiles = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-tile]")]);
    this.pressed = pressed;
    this.all = /** @type {Sign[]} */ ([]);
    this.reminders = new Reminders();
    /** @type {Map<string, number>} when a reminder began to be seen */
    this.reminded = new Map();
  }

  /** Returns true where a reminder is due now.
   * @param {Sign[]} all @param {number} now the recorder's time @param {number} at */
  paint(all, now, at) {
    const { node } = this;
    const key = all.map((s) => s.key + s.kind).join("|");
    if (node.dataset.key !== key) {
      node.dataset.key = key;
      node.replaceChildren(...all.map((sign) => this.sign(sign.key)));
    }
    const off = all.filter((s) => s.since_ms !== null);
    const due = this.reminders.due(/** @type {any[]} */ (off), now);
    for (const one of due) this.reminded.set(one, at);
    this.all = all;
    all.forEach((sign, i) => {
      const box = /** @type {HTMLElement} */ (node.children[i]);
      mark(box, "kind", sign.kind);
      mark(box, "reminder", String(at - (this.reminded.get(sign.key) ?? -Infinity) < REMIND_SHOWN_MS));
      const [, words, action] = box.children;
      say(words.children[0], sign.text);
      say(words.children[1], sign.detail);
      say(action, sign.action);
    });
    show(node, all.length > 0);
    return due.length > 0;
  }

  /** @param {string} key */
  sign(key) {
    const box = element("div", "cs-sign", "");
    Object.assign(box.dataset, { testid: "sign", sign: key });
    const action = /** @type {HTMLButtonElement} */ (element("button", "", ""));
    action.type = "button";
    action.addEventListener("click", () => {
      const sign = this.all.find((one) => one.key === key);
      if (sign) this.pressed(sign);
    });
    const words = element("div", "", "");
    words.append(element("b", "", ""), element("span", "", ""));
    box.append(element("i", "cs-symbol", ""), words, action);
    return box;
  }

  /** Each tile says that an alarm of it is off, and flashes with the alarm that signals there.
   * @param {import("./model.js").Model} model */
  paintTiles(model) {
    const off = (model.now?.alarms_off ?? []).map((/** @type {any} */ x) => x.scope);
    const open = (model.now?.alarms ?? []).filter((/** @type {any} */ a) => !acknowledged(a));
    for (const tile of this.tiles) {
      const name = tile.dataset.tile ?? "";
      const parameters = model.tile(name)?.parameters ?? [name];
      mark(tile, "signal", worst(open, parameters)?.priority ?? "");
      const here = parameters.filter((/** @type {string} */ p) => off.includes(p));
      const parts = name === "NIBP" && here.length < parameters.length
        ? here.map((/** @type {string} */ p) => label(p).replace("NIBP ", "")).join(", ") : "";
      let badge = /** @type {HTMLElement|null} */ (tile.querySelector(".cs-off"));
      if (here.length > 0 && badge === null) {
        badge = element("div", "cs-off", "");
        badge.dataset.testid = `off-${name}`;
        badge.append(element("i", "cs-symbol", ""), element("b", "", ""));
        tile.append(badge);
      }
      if (badge === null) continue;
      say(/** @type {Element} */ (badge.lastElementChild),
        parts ? `ALARM OFF: ${parts}` : "ALARM OFF");
      show(badge, here.length > 0);
    }
  }
}
