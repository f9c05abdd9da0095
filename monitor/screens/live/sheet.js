// One panel for what needs more than a tap. What stands in it is made by who opens it.

import { element, mark, say, show } from "./glass.js";

const REACHED = "button:not(:disabled), a[href], input, textarea";

export class Sheet {
  /** @param {Record<string, HTMLElement>} part @param {() => void} opening told before it opens */
  constructor(part, opening) {
    this.part = part;
    this.opening = opening;
    /** what is open, empty where nothing is */
    this.name = "";
    /** @type {HTMLElement|null} */ this.near = null;
    const { "sheet-cover": cover, "sheet-close": close } = part;
    close.addEventListener("click", () => this.close());
    cover.addEventListener("click", (event) => event.target === cover && this.close());
    cover.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      if (event.key === "Tab") this.stay(event);
    });
  }

  /** @param {string} name @param {string} title @param {(Node|string)[]} content
   * @param {HTMLElement} [near] where the focus goes afterwards; as before where it is not given */
  open(name, title, content, near) {
    const { part } = this;
    this.opening();
    this.name = name;
    this.near = near ?? this.near;
    say(part["sheet-title"], title);
    mark(part.sheet, "name", name);
    part["sheet-body"].replaceChildren(...content);
    show(part["sheet-cover"], true);
    part.sheet.scrollTop = 0;
    const first = part["sheet-body"].querySelector("[data-first]") ?? part["sheet-close"];
    /** @type {HTMLElement} */ (first).focus({ preventScroll: true });
  }

  close() {
    if (!this.name) return;
    this.name = "";
    show(this.part["sheet-cover"], false);
    this.part["sheet-body"].replaceChildren();
    this.near?.focus({ preventScroll: true });
    this.near = null;
  }

  /** The Tab key stays in the panel. @param {KeyboardEvent} event */
  stay(event) {
    const all = /** @type {HTMLElement[]} */ ([...this.part.sheet.querySelectorAll(REACHED)])
      .filter((node) => node.offsetParent !== null);
    const [first, last] = [all[0], all[all.length - 1]];
    const at = document.activeElement;
    if (event.shiftKey ? at === first : at === last) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  }
}

/** @param {string} text @param {(event: Event) => void} act @param {Record<string, string>} [data] */
export function button(text, act, data = {}) {
  const node = /** @type {HTMLButtonElement} */ (element("button", "", text));
  node.type = "button";
  Object.assign(node.dataset, data);
  node.addEventListener("click", act);
  return node;
}

/** @param {Node[]} nodes @param {string} [className] */
export function row(nodes, className = "cs-choices") {
  const node = element("div", className, "");
  node.append(...nodes);
  return node;
}

/** A line of text with its label. @param {string} text @param {string} testid
 * @param {Partial<HTMLInputElement>} [more] */
export function field(text, testid, more = {}) {
  const label = element("label", "", "");
  const input = /** @type {HTMLInputElement} */ (element("input", "", ""));
  Object.assign(input, { type: "text", autocomplete: "off", maxLength: 80, ...more });
  input.dataset.testid = testid;
  label.append(element("span", "", text), input);
  return { label, input };
}

/** One of several, none chosen before somebody does.
 * @param {string} label @param {string[]} texts @param {(text: string) => void} chosen */
export function choices(label, texts, chosen) {
  const node = row(texts.map((text) => button(text, () => {
    choose(text);
    chosen(text);
  })), "cs-chips-row");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", label);
  const choose = (/** @type {string} */ text) => {
    for (const one of node.children) {
      one.setAttribute("aria-pressed", String(one.textContent === text));
    }
  };
  choose("");
  return { node, choose };
}
