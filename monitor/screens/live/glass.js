// Writing to the page, and only where something changed. All text is text, never markup.

/** @param {ParentNode} root @returns {Record<string, HTMLElement>} the parts by their name */
export function parts(root) {
  /** @type {Record<string, HTMLElement>} */
  const out = {};
  for (const node of root.querySelectorAll("[data-say]")) {
    out[/** @type {HTMLElement} */ (node).dataset.say ?? ""] = /** @type {HTMLElement} */ (node);
  }
  return out;
}

/** @param {Element} node @param {string} text */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {HTMLElement} node @param {string} name @param {string} value */
export function mark(node, name, value) {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}

/** @param {HTMLElement} node @param {boolean} shown */
export function show(node, shown) {
  if (node.hidden === shown) node.hidden = !shown;
}

/** @param {string} tag @param {string} className @param {string} text */
export function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}
