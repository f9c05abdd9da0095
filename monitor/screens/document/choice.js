// The choice of the colours on a page of Streamlit's. head.js changes them and has who is told.

/** @param {{parentElement: HTMLElement}} component */
export default function choice({ parentElement }) {
  const select = /** @type {HTMLSelectElement} */ (parentElement.querySelector("select"));
  const root = document.documentElement;
  const follow = () => { select.value = root.dataset.theme ?? "dark"; };
  const choose = () => {
    const event = new CustomEvent("chairside:theme", { detail: select.value });
    window.dispatchEvent(event);
    try {
      window.localStorage.setItem("chairside.theme", select.value);
    } catch (error) {
      console.warn(error); // then it holds until the page is loaded again
    }
  };
  follow();
  const seen = new MutationObserver(follow); // chosen in another window
  seen.observe(root, { attributeFilter: ["data-theme"] });
  select.addEventListener("change", choose);
  return () => {
    seen.disconnect();
    select.removeEventListener("change", choose);
  };
}
