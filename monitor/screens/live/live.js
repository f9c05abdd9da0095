// The entry that Streamlit calls: again with each change of its data, on the same element.

const MODULES = "/api/static/live/";
const AGAIN_MS = 2000;
const screens = (globalThis.chairsideScreens ??= new WeakMap());

/** @param {{data: any, parentElement: HTMLElement}} component */
export default function live({ data, parentElement }) {
  const held = screens.get(parentElement);
  if (held) {
    held.data = data;
    held.screen?.update(data);
  } else {
    begin(parentElement, data);
  }
  return () => setTimeout(() => parentElement.isConnected || end(parentElement), 0);
}

/** @param {HTMLElement} parentElement @param {any} data */
async function begin(parentElement, data) {
  const held = { data, screen: null };
  screens.set(parentElement, held);
  const root = parentElement.querySelector(".cs");
  for (;;) {
    try {
      const url = new URL(`${data.modules ?? MODULES}${data.screen ?? "screen.js"}`, location.origin);
      const { Screen } = await import(url.href);
      if (screens.get(parentElement) === held) held.screen = new Screen(root, held.data);
      return;
    } catch (error) {
      console.error(error);
      noData(root, "the screen's program could not be loaded");
      await new Promise((done) => setTimeout(done, AGAIN_MS));
      if (screens.get(parentElement) !== held) return;
      location.reload(); // a failed import stays failed for the page
    }
  }
}

/** A screen that cannot start says so in the place of the alarm. @param {HTMLElement} root */
function noData(root, why) {
  const line = root.querySelector("[data-say=alarm]");
  Object.assign(line.dataset, { priority: "high", state: "no-data" });
  line.querySelector("[data-say=alarm-shape]").textContent = "■■■";
  line.querySelector("[data-say=alarm-text]").textContent = "NO DATA";
  line.querySelector("[data-say=alarm-detail]").textContent = `${why} · look at the patient`;
}

/** @param {HTMLElement} parentElement */
function end(parentElement) {
  screens.get(parentElement)?.screen?.remove();
  screens.delete(parentElement);
}
