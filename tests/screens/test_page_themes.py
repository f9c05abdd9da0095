"""The pages that Streamlit draws, in the three themes: colours, access, and what is touched."""

import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from plotly import io as plotly_io  # type: ignore[import-untyped]
from streamlit import file_util

from monitor.command import places
from monitor.review import bands, course, figure
from monitor.screens.document import CHART, with_colours
from monitor.session.records import read_forms
from monitor.store import patients
from monitor.store.database import open_to_write
from tests.conftest import Program, clinic_file, until
from tests.recorder.past import Past
from tests.screens.pages import settled
from tests.screens.test_themes import contrast, theme

THEMES = ("dark", "light", "red")
REF = "KAP-0147"
TABLET = ViewportSize(width=1024, height=768)
MONITOR = "datex_dri=sim://datex_dri?cuff_min=1"
COLOURS = "[data-testid=colours]"
CHOOSE = "(node, name) => { node.value = name; node.dispatchEvent(new Event('change')); }"


def past(path: Path) -> None:
    """A session that ended, with a dose, and one that has just begun, on the first chair."""
    regimen, steps = places.regimens()["iv-ketamine-40"], places.steps()
    plan = {
        "patient": REF, "second_identifier": "1979", "weight_kg": 71, "drug": "Ketamine",
        "dose_mg": 35.5, "minutes": 40, "regimen": regimen.table, "steps": steps.table,
    }  # fmt: skip
    recorder = Past(path, (MONITOR,), before_s=700)
    for kind, data in (
        ("session_start", plan | {"steps": {}}),
        ("event", {"text": "Nausea"}),
        ("infusion_start", {}),
        ("session_end", {"how": "aborted", "reason": "The cuff is broken."}),
        ("session_start", plan),
    ):
        recorder.run(60)
        recorder.press(kind, **data)
    recorder.run(60)
    answers = recorder.rows("SELECT accepted, text FROM answer ORDER BY journal")
    recorder.end()
    assert [accepted for accepted, _ in answers] == [1] * 5, answers


def record(path: Path) -> None:
    """A patient's record with answers, a weight, and two totals of a scale."""
    db = open_to_write(path)
    forms = read_forms(places.LIMITS.parent)
    low, high = (
        {item.id: item.choices[at].value for item in forms.scales["phq9"].items} for at in (0, -1)
    )
    entries: tuple[tuple[str, dict[str, Any]], ...] = (
        ("created", {"reference": REF, "second_identifier": "1979", "name": "A. Muster"}),
        ("weight", {"kg": 71.0}),
        ("score", {"scale": "phq9", "items": high}),
        ("score", {"scale": "phq9", "items": low}),
        ("consultation", {"answers": {forms.points[0].id: {"answer": "yes", "note": "2019"}}}),
    )
    for n, (kind, data) in enumerate(entries):
        patients.write_entry(
            db, press=f"press-{n}", t_ms=1_790_000_000_000 + n * 86_400_000, patient=REF, kind=kind,
            actor="RN Keller", data=data, forms=forms,
        )  # fmt: skip
    db.close()


@pytest.fixture(scope="module")
def context(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Generator[BrowserContext]:
    """A tablet at the clinic's program, which has two chairs; a nurse's room is light outside."""
    folder = tmp_path_factory.mktemp("clinic")
    program = Program(folder / "chairside.db")
    past(program.database)
    record(program.database)
    chairs = [(f"Chair {n}", "datex_dri", "sim://datex_dri?cuff_min=1") for n in (1, 2)]
    try:
        before = program.ticks()
        address = program.dashboard(clinic_file(folder, *chairs))
        until(lambda: program.ticks() > before, 30)
        context = browser.new_context(
            viewport=TABLET, has_touch=True, base_url=address, color_scheme="light"
        )
        yield context
        context.close()
    finally:
        program.close()


@pytest.fixture(scope="module")
def page(context: BrowserContext) -> Page:
    return context.new_page()


def choose(page: Page, name: str) -> None:
    """Choose on the page itself, as its list does; a window that is open stays so."""
    page.locator(COLOURS).evaluate(CHOOSE, name)
    dressed(page, name)


def ground(name: str) -> str:
    """The theme's ground, as a browser says it."""
    red, green, blue = (int(theme(name)["bg"][at : at + 2], 16) for at in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def dressed(page: Page, name: str) -> None:
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground(name))


def opened(page: Page, path: str) -> None:
    page.goto(path)
    page.locator(COLOURS).wait_for()
    settled(page)
    still = "*, *::before, *::after { animation: none !important; transition: none !important }"
    page.add_style_tag(content=still)


def grave(page: Page, only: str = "") -> list[tuple[str, list[str]]]:
    """What axe finds that is serious or critical."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if only:
        options["runOnly"] = [only]
    found = Axe().run(page, options=options).response["violations"]
    return [
        (x["id"], [node["html"][:160] for node in x["nodes"]])
        for x in found
        if x["impact"] in ("serious", "critical")
    ]


# What a finger meets: of a field, the frame around it; of an answer, the whole label.
TARGETS = """() => [...document.querySelectorAll(`.stMainBlockContainer
    :is(button, a[href], input, select, textarea, summary, [role=tab])`)]
  .filter((node) => !node.closest(`.js-plotly-plot, [data-testid=stElementToolbar],
    [aria-hidden=true]`))
  .map((node) => node.matches('input') ? node.closest(`[data-testid$=RootElement],
    [data-testid=stNumberInputContainer], [role=group], label`) ?? node : node)
  .filter((node) => node.checkVisibility())
  .map((node) => [node.textContent.trim() || node.ariaLabel, node.getBoundingClientRect().height])
  .filter(([, height]) => height < 44)"""
# What shines in another colour than red, of all that is painted; tables are painted on a canvas.
NOT_RED = """() => {
  const found = new Set();
  const other = ([r, g, b, a = 1]) => a > 0.1 && Math.max(g, b) > 0.85 * r + 8;
  for (const node of document.querySelectorAll('body, body *')) {
    if (!node.checkVisibility({ opacityProperty: true })) continue;
    if (node.closest('[style*="clip: rect(0px"]')) continue; // for a screen reader only
    const style = getComputedStyle(node);
    const text = [...node.childNodes].some((x) => x.nodeType === 3 && x.data.trim());
    const seen = [style.backgroundColor, ...style.backgroundImage.match(/rgba?\\([^)]*\\)/g) ?? []];
    if (text && node.localName !== 'style') seen.push(style.color);
    if (parseFloat(style.borderTopWidth) && style.borderTopStyle !== 'none') {
      seen.push(style.borderTopColor);
    }
    if (node instanceof SVGGeometryElement || node.localName === 'text') {
      if (parseFloat(style.fillOpacity)) seen.push(style.fill);
      if (parseFloat(style.strokeOpacity)) seen.push(style.stroke);
    }
    for (const colour of seen) {
      const parts = colour.match(/^rgba?\\((.*)\\)$/)?.[1].split(/[ ,/]+/).map(Number);
      if (parts && other(parts)) found.add(`${node.outerHTML.slice(0, 120)}: ${colour}`);
    }
  }
  for (const canvas of document.querySelectorAll('canvas')) {
    if (!canvas.width || !canvas.height) continue;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] && other(data.slice(at, at + 3))) { found.add('canvas'); break; }
    }
  }
  return [...found];
}"""


Step = Callable[[Page], None]


def tab(name: str) -> Step:
    def go(page: Page) -> None:
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()

    return go


def scale(page: Page) -> None:
    tab("Scales")(page)
    page.get_by_role("combobox", name="Scale").fill("MOAA")
    page.keyboard.press("Enter")
    page.locator("label", has_text="Responds readily to name in normal tone").click()
    expect(page.get_by_role("radio", checked=True)).to_have_count(1)


# The script runs again a moment after a tick in a box: what was not seen to run has not yet.
RUNS = """() => {
  window.runs = 0;
  const app = document.querySelector('[data-test-script-state]');
  new MutationObserver(() => { window.runs += 1; })
    .observe(app, { attributeFilter: ['data-test-script-state'] });
}"""


def limits_seen(page: Page) -> None:
    page.evaluate(RUNS)
    page.get_by_text("Alarm limits seen").click()
    page.wait_for_function("window.runs > 1")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)


def a_list(page: Page) -> None:
    page.get_by_role("combobox", name="Session").press("ArrowDown")
    page.locator("[role=option]").first.wait_for()


def overriding(page: Page) -> None:
    page.get_by_role("button", name="Override").first.click()
    page.get_by_label("Prescriber who decides").wait_for()


def ending(page: Page) -> None:
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="Discharge and end").click()
    page.get_by_role("radio", name="Discharged").click()
    page.get_by_label("Escort's name").wait_for()


def drawn(page: Page) -> None:
    page.locator(".js-plotly-plot .xtick").first.wait_for()


def weeks(page: Page) -> None:
    tab("Course")(page)
    drawn(page)


def judged(page: Page) -> None:
    page.get_by_role("button", name="Judge it again").click()
    page.get_by_test_id("stTable").wait_for()


PAGES: dict[str, tuple[str, tuple[Step, ...]]] = {
    "a chair without a session": ("/session?chair=2", (settled, limits_seen)),
    "a visit": ("/session?chair=1", (overriding, ending)),
    "limits": ("/limits?chair=1", (settled,)),
    "review": ("/review?session=1", (drawn, a_list)),
    "patients": ("/patients", (settled,)),
    "patient": (f"/patient?ref={REF}", (settled, tab("Consultation"), scale, weeks)),
    "whatif": ("/whatif?session=1", (judged,)),
    "notes": ("/notes?session=1", (settled,)),
}


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_accessible_in_each_theme(page: Page, name: str) -> None:
    path, steps = PAGES[name]
    opened(page, path)
    for step in steps:
        step(page)
        settled(page)
        for which in THEMES:
            choose(page, which)
            # A theme changes colours only: the rest is looked at once.
            assert grave(page, "" if which == THEMES[0] else "color-contrast") == [], which
        assert page.evaluate(NOT_RED) == []
        assert page.evaluate(TARGETS) == []


# Every ground that a page shows from its first paint on.
GROUNDS = """(() => {
  window.grounds = new Set();
  const look = () => {
    for (const node of [document.documentElement, document.querySelector('.stApp')]) {
      if (node) window.grounds.add(getComputedStyle(node).backgroundColor);
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
KEEP = "localStorage.setItem('chairside.theme', %r)"
NO_STORE = (
    "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })"
)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("before", "name"),
    [("", "dark"), (KEEP % "x", "dark"), (KEEP % "light", "light"), (KEEP % "red", "red")],
)
def test_no_other_colour_is_ever_painted(
    browser: Browser, page: Page, before: str, name: str
) -> None:
    """From the first visit on, whatever the computer's own setting is."""
    alone = browser.new_context(
        base_url=page.url, color_scheme="dark" if name == "light" else "light"
    )
    first = alone.new_page()
    first.add_init_script(before + ";" + GROUNDS)
    for path in ("/limits?chair=1", "/unknown"):
        first.goto(path)
        dressed(first, name)
        settled(first)
        dressed(first, name)
        assert first.evaluate("[...window.grounds].filter((x) => x !== 'rgba(0, 0, 0, 0)')") == [
            ground(name)
        ]
    alone.close()


@pytest.mark.browser
def test_where_nothing_can_be_kept_the_page_is_dark(browser: Browser, page: Page) -> None:
    opened(page, "/limits?chair=1")
    alone = browser.new_context(base_url=page.url, color_scheme="light")
    first = alone.new_page()
    first.add_init_script(NO_STORE)
    first.goto("/limits?chair=1")
    expect(first.locator("html")).to_have_css("background-color", ground("dark"))
    assert first.request.get("/favicon.png").headers["content-type"] == "image/png"
    chairs = first.url.replace("limits?chair=1", "")
    for address in ("/index.html", "/a.b", "/review/2"):  # no page's: none in other colours
        assert first.request.get(address).url == chairs
    assert first.request.get("/review/_stcore/health").status == 404, "so Streamlit finds its root"
    alone.close()


@pytest.mark.browser
def test_what_is_chosen_on_a_live_screen_holds_on_a_page_that_is_open(
    context: BrowserContext, page: Page
) -> None:
    opened(page, "/session?chair=2")
    choose(page, "dark")
    page.get_by_label("Patient reference").fill("KAP-02")
    board = context.new_page()
    board.goto("/")
    expect(board.get_by_test_id("root")).to_have_attribute("data-theme", "dark")
    board.get_by_test_id("theme").click()
    board.get_by_role("button", name="Dim red, for a dark room").click()
    dressed(page, "red")
    expect(page.locator(COLOURS)).to_have_value("red")
    expect(page.get_by_label("Patient reference")).to_have_value("KAP-02")
    page.reload()
    dressed(page, "red")
    expect(page.locator(COLOURS)).to_have_value("red")
    choose(page, "light")
    expect(board.get_by_test_id("root")).to_have_attribute("data-theme", "light")
    board.close()


def test_the_colours_come_before_streamlits_own_program() -> None:
    html = (Path(file_util.get_static_dir()) / "index.html").read_text("utf-8")
    ours, _, streamlits = with_colours(html).partition('<script type="module"')
    assert ours.index("<head>") < ours.index("--bg: #0a0e13") < ours.index("LIGHT_THEME")
    assert streamlits == html.partition('<script type="module"')[2]
    assert with_colours("<p>").startswith("<style>"), "a page without a head has them too"


@pytest.mark.parametrize("name", ["light", "red"])
def test_each_colour_of_the_charts_is_another_in_the_other_themes(name: str) -> None:
    written = "".join(Path(str(x.__file__)).read_text("utf-8") for x in (figure, course, bands))
    template = plotly_io.templates["plotly_dark"].layout
    used = {*re.findall(r"#[0-9a-f]{6}\b", written), template.font.color, template.xaxis.gridcolor}
    assert used <= set(CHART)
    colours = theme(name)
    for names in CHART.values():
        last = names[-1].removeprefix("--")
        if last not in ("grid", "bg", "chart", "panel", "raised"):
            assert contrast(colours[last], colours["chart"]) >= 4.5, last
