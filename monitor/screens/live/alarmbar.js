// The alarm line on the page: always in the same place, nothing hidden.

import { NO_DATA, acknowledged, lengthOf, shape } from "./alarmline.js";
import { span } from "./format.js";
import { element, mark, say, show } from "./glass.js";


export class AlarmBar {
  /**
   * @param {Record<string, HTMLElement>} part
   * @param {(occurrence: string, near: HTMLElement) => void} acknowledge
   */
  constructor(part, acknowledge) {
    this.part = part;
    this.acknowledge = acknowledge;
    /** what stood there when the finger came down */
    this.under = "";
    part.acknowledge.addEventListener("pointerdown", () => {
      this.under = part.alarm.dataset.occurrence ?? "";
    });
    part.acknowledge.addEventListener("click", (event) => {
      const byKey = /** @type {MouseEvent} */ (event).detail === 0;
      const occurrence = byKey || !this.under ? (part.alarm.dataset.occurrence ?? "") : this.under;
      this.under = "";
      if (occurrence) acknowledge(occurrence, part.acknowledge);
    });
  }

  /** @param {import("./alarmline.js").Line} line @param {number} now @param {boolean} sure */
  paint(line, now, sure) {
    const { part } = this;
    mark(part.alarm, "priority", line.priority);
    mark(part.alarm, "state", line.state);
    const own = line.state === "no-data" ? { occurrence: NO_DATA, kind: "technical" } : null;
    const signal = line.alarm ?? (own && { ...own, priority: line.priority });
    mark(part.alarm, "occurrence", signal?.occurrence ?? "");
    mark(part.alarm, "seen", String(line.seen ?? false));
    say(part["alarm-shape"], signal ? shape(signal) : "");
    say(part["alarm-text"], line.text);
    mark(part.alarm, "long", lengthOf(line.text));
    say(part["alarm-detail"], line.alarm ? detail(line.alarm, now, sure) : line.detail);
    show(part.acknowledge, own ? !line.seen && line.priority !== "low"
      : line.alarm !== null && !acknowledged(line.alarm));
    this.others(line.others, now, sure);
  }

  /** @param {any[]} alarms @param {number} now @param {boolean} sure */
  others(alarms, now, sure) {
    const node = this.part.others;
    const key = JSON.stringify(alarms.map((a) => [a.occurrence, a.priority, a.text, a.by, a.state]));
    if (node.dataset.key !== key) {
      node.dataset.key = key;
      const count = element("span", "cs-count", `+${alarms.length}`);
      node.replaceChildren(...(alarms.length ? [count] : []), ...alarms.map((a) => this.chip(a)));
    }
    alarms.forEach((alarm, i) => {
      const since = node.children[i + 1].querySelector(".cs-since");
      const words = [sure ? span(now - alarm.since_ms) : "", alarm.remark];
      if (since) say(since, words.filter(Boolean).join(" · "));
    });
    mark(node, "count", String(alarms.length));
  }

  /** A small alarm: a press on it acknowledges this one. @param {any} alarm */
  chip(alarm) {
    const open = !acknowledged(alarm);
    const node = element(open ? "button" : "span", "cs-other", "");
    if (open) {
      /** @type {HTMLButtonElement} */ (node).type = "button";
      node.title = "Acknowledge this alarm";
      node.addEventListener("click", () => this.acknowledge(alarm.occurrence, node));
    }
    Object.assign(node.dataset, {
      testid: "other-alarm", priority: alarm.priority, occurrence: alarm.occurrence,
      state: open ? alarm.state : "acknowledged",
    });
    node.append(
      element("b", "", shape(alarm)), element("span", "", alarm.text), element("i", "cs-since", ""),
    );
    if (!open) node.append(element("span", "", `✓ ${alarm.by ?? ""}`));
    return node;
  }
}

/** @param {any} alarm @param {number} now @param {boolean} sure */
function detail(alarm, now, sure) {
  const words = [sure ? span(now - alarm.since_ms) : "", alarm.remark];
  if (acknowledged(alarm)) words.push(`acknowledged${alarm.by ? ` by ${alarm.by}` : ""}`);
  return words.filter(Boolean).join(" · ");
}
