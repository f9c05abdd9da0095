// The colours of the pages that Streamlit draws, as they are chosen for this device's screens. It
// stands in the head of each page, before Streamlit: so the first paint has them already. They are
// the names of themes.css; what this cannot learn or set leaves the page dark.
(() => {
  const KEPT = "chairside.theme";
  const root = document.documentElement;

  /** @param {unknown} name */
  function dress(name) {
    root.dataset.theme = name === "light" || name === "red" ? String(name) : "dark";
  }

  /** Streamlit's theme from the colours of this page. */
  function colours() {
    const style = getComputedStyle(root);
    const of = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    const hue = (/** @type {string} */ name, /** @type {string[]} */ [main, ground, text]) => ({
      [`${name}Color`]: of(main), [`${name}BackgroundColor`]: of(ground), [`${name}TextColor`]: of(text),
    });
    return {
      base: root.dataset.theme === "light" ? 0 : 1,
      baseFontSize: 18,
      primaryColor: of("infusion"), linkColor: of("link"), textColor: of("ink"),
      backgroundColor: of("bg"), secondaryBackgroundColor: of("panel"), borderColor: of("line"),
      codeTextColor: of("ink"), codeBackgroundColor: of("raised"),
      dataframeBorderColor: of("line"), dataframeHeaderBackgroundColor: of("raised"),
      dataframeHeaderTextColor: of("soft"),
      ...hue("red", ["high", "high-tint", "warn"]),
      ...hue("orange", ["medium", "medium-tint", "ink"]),
      ...hue("yellow", ["medium", "medium-tint", "ink"]),
      ...hue("green", ["good", "good-fill", "ink"]),
      ...hue("blue", ["infusion", "start", "link"]),
      ...hue("violet", ["made-ink", "made", "made-ink"]),
      ...hue("gray", ["edge", "raised", "soft"]),
    };
  }

  /** In place, on a page that is open. @param {unknown} name */
  function change(name) {
    dress(name);
    const message = { stCommVersion: 1, type: "SET_CUSTOM_THEME_CONFIG", themeName: "" };
    window.postMessage({ ...message, themeInfo: colours() }, window.location.origin);
  }

  let kept = null;
  try {
    kept = window.localStorage.getItem(KEPT);
  } catch (error) {
    console.warn(error);
  }
  dress(kept);
  const theme = colours();
  // Streamlit takes one of the two by what it keeps for a page, else by the computer's setting.
  try {
    const which = JSON.stringify(theme.base ? "Dark" : "Light");
    window.localStorage.setItem(`stActiveTheme-${window.location.pathname}-v2`, which);
  } catch (error) {
    console.warn(error);
  }
  Object.assign(window, { __streamlit: {
    LIGHT_THEME: theme, DARK_THEME: theme,
    HOST_CONFIG: { allowedOrigins: [window.location.origin] }, // whose messages it takes: ours alone
  } });
  window.addEventListener("chairside:theme", (event) => change(/** @type {CustomEvent} */ (event).detail));
  window.addEventListener("storage", (event) => event.key === KEPT && change(event.newValue));
})();
