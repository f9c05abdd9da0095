// The colours of this device's screens: dark, light, or red; kept by the browser.

import { mark } from "./glass.js";

const KEPT = "chairside.theme";
export const THEMES = /** @type {Record<string, string>} */ ({
  dark: "Dark", light: "Light, for a bright room", red: "Dim red, for a dark room",
});

/** @returns {string} */
export function theme() {
  try {
    const kept = window.localStorage.getItem(KEPT) ?? "";
    return kept in THEMES ? kept : "dark";
  } catch (error) {
    console.warn(error);
    return "dark";
  }
}

/** @param {HTMLElement} root @param {string} name */
export function dress(root, name) {
  mark(root, "theme", name);
}

/** @param {HTMLElement} root @param {string} name */
export function choose(root, name) {
  dress(root, name);
  window.dispatchEvent(new CustomEvent("chairside:theme", { detail: name })); // document/head.js hears it
  try {
    window.localStorage.setItem(KEPT, name);
  } catch (error) {
    console.warn(error); // then it holds for this page only
  }
}

/** The button in the header asks for one; what another window of this browser chose holds here too.
 * @param {HTMLElement} root @param {HTMLElement} button
 * @param {import("./windows.js").Windows} windows @param {() => void} changed
 * @param {AbortSignal} signal of the screen's end */
export function offerThemes(root, button, windows, changed, signal) {
  window.addEventListener("storage", (event) => {
    if (event.key !== KEPT) return;
    dress(root, theme());
    changed();
  }, { signal });
  button.addEventListener("click", () => {
    windows.ask("Colours of this screen", Object.values(THEMES), "", (words) => {
      const name = Object.keys(THEMES).find((one) => THEMES[one] === words);
      if (name) choose(root, name);
      changed();
    });
  });
}

/** What the chart is drawn with. @param {HTMLElement} node */
export function inkOf(node) {
  const style = getComputedStyle(node);
  const of = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return { HR: of("hr"), PR: of("hr"), SpO2: of("spo2"), NIBP: of("nibp"), dose: of("infusion"),
    faint: of("faint"), soft: of("soft"), ink: of("ink"), rim: of("rim"), dialog: of("dialog"),
    grid: of("grid"), panel: of("chart") };
}
