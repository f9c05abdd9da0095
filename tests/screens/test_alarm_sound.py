"""The alarm sounds themselves, measured in the real browser against the standard's tables.

Tables 3 and 4 of IEC 60601-1-8: pulses and bursts, their times, and what they are made of.
"""

from collections.abc import Generator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.screens.glass_alone import Alone

pytestmark = pytest.mark.browser

# The envelope is the greatest height within a cycle, every half millisecond.
MEASURE = """
async (name) => {
  const m = await import('/pulses.js');
  const rate = 48000, seconds = (2 * m.BURSTS[name].every) / 1000;
  const context = new OfflineAudioContext(1, seconds * rate, rate);
  const buffer = m.buffer(context, name);
  const source = new AudioBufferSourceNode(context, { buffer, loop: true });
  source.connect(context.destination);
  source.start();
  const wave = (await context.startRendering()).getChannelData(0);
  const half = Math.round(rate / m.BURSTS[name].f0 / 2), hop = rate / 2000;
  const envelope = [];
  let peak = 0;
  for (let at = 0; at < wave.length; at += hop) {
    let most = 0;
    for (let i = Math.max(0, at - half); i < Math.min(wave.length, at + half); i++) {
      most = Math.max(most, Math.abs(wave[i]));
    }
    envelope.push(most);
    peak = Math.max(peak, most);
  }
  const pulses = [];
  let pulse = null;
  envelope.forEach((height, i) => {
    const ms = i / 2;
    if (height >= 0.1 * peak && pulse === null) pulses.push((pulse = { from10: ms }));
    if (pulse === null) return;
    if (height >= 0.9 * peak) { pulse.from90 ??= ms; pulse.to90 = ms; }
    if (height < 0.1 * peak) { pulse.to10 = ms; pulse = null; }
  });
  const [first] = pulses;
  const begin = Math.round((first.from90 * rate) / 1000);
  const size = Math.round(((first.to90 - first.from90) * rate) / 1000);
  const windowed = wave.slice(begin, begin + size)
    .map((x, i) => x * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size)));
  const level = (hz) => { // Goertzel
    const twice = 2 * Math.cos((2 * Math.PI * hz) / rate);
    let one = 0, two = 0;
    for (let i = 0; i < size; i++) {
      const next = windowed[i] + twice * one - two;
      two = one;
      one = next;
    }
    const power = one * one + two * two - twice * one * two;
    return 10 * Math.log10(power / (size * size) + 1e-18);
  };
  const spectrum = [];
  for (let hz = 100; hz <= 4200; hz += 3) spectrum.push([hz, level(hz)]);
  let sum = 0;
  for (let i = 0; i < size; i++) sum += wave[begin + i] ** 2;
  return { pulses, spectrum, peak, rms: Math.sqrt(sum / size) };
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Generator[Page]:
    alone = Alone(browser)
    yield alone.page
    alone.close()


@pytest.fixture(scope="module")
def measured(page: Page) -> dict[str, Any]:
    return {name: page.evaluate(MEASURE, name) for name in ("high", "medium", "reminder")}


def gaps(pulses: list[dict[str, float]]) -> list[float]:
    return [b["from90"] - a["to90"] for a, b in pairwise(pulses)]


@pytest.mark.parametrize(
    ("name", "count", "shortest", "longest", "between"),
    [("high", 10, 75, 200, (2.5, 15.0)), ("medium", 3, 125, 250, (2.5, 30.0))],
)
def test_a_burst_has_the_pulses_of_its_priority(
    measured: dict[str, Any],
    name: str,
    count: int,
    shortest: float,
    longest: float,
    between: tuple[float, float],
) -> None:
    pulses = measured[name]["pulses"]
    assert len(pulses) == 2 * count  # two bursts
    lasting = [p["to90"] - p["from90"] for p in pulses]
    assert shortest <= min(lasting) <= max(lasting) <= longest
    assert max(lasting) <= 1.05 * min(lasting)
    found = gaps(pulses)
    assert between[0] <= found[count - 1] / 1000 <= between[1]
    for p, gap in zip(pulses, found, strict=False):
        lasts, rise, fall = (
            p["to90"] - p["from90"],
            p["from90"] - p["from10"],
            p["to10"] - p["to90"],
        )
        assert 0.10 * lasts <= rise <= 0.20 * lasts
        assert rise + fall <= gap


def test_the_gaps_of_a_high_burst_are_three_and_two_twice(measured: dict[str, Any]) -> None:
    pulses = measured["high"]["pulses"]
    found = gaps(pulses)[:9]
    short = [found[i] for i in (0, 1, 3, 5, 6, 8)]
    x = sum(short) / len(short)
    assert 50 <= min(short) <= max(short) <= 125
    lasts = pulses[0]["to90"] - pulses[0]["from90"]
    for i in (2, 7):
        assert found[i] == pytest.approx(2 * x + lasts, rel=0.05)
    assert 350 <= found[4] <= 1300


def test_the_gaps_of_a_medium_burst_are_even(measured: dict[str, Any]) -> None:
    found = gaps(measured["medium"]["pulses"])[:2]
    assert 125 <= min(found) <= max(found) <= 250
    assert max(found) <= 1.05 * min(found)


@pytest.mark.parametrize("name", ["high", "medium"])
def test_a_pulse_has_four_harmonics_within_fifteen_decibels(
    measured: dict[str, Any], name: str
) -> None:
    spectrum: dict[float, float] = dict(measured[name]["spectrum"])

    def near(hz: float) -> float:
        return max(level for at, level in spectrum.items() if abs(at - hz) <= 9)

    peaks = [
        hz
        for hz, level in spectrum.items()
        if level == near(hz) and level > max(spectrum.values()) - 30
    ]
    f0 = min(peaks)
    assert 150 <= f0 <= 1000
    harmonics = [k * f0 for k in range(2, 20) if 300 <= k * f0 <= 4000]
    loud = [hz for hz in harmonics if abs(near(hz) - near(f0)) <= 15]
    assert len(loud) >= 4
    for hz in loud:  # a peak of its own, not a neighbour's skirt
        assert near(hz) > near(hz - f0 / 2) + 20


def test_high_is_the_loudest_and_nothing_is_cut_off(measured: dict[str, Any]) -> None:
    assert measured["high"]["rms"] >= measured["medium"]["rms"] >= measured["reminder"]["rms"]
    assert max(one["peak"] for one in measured.values()) <= 1
    assert measured["medium"]["rms"] > 0.3


def test_a_reminder_is_no_burst(measured: dict[str, Any]) -> None:
    assert len(measured["reminder"]["pulses"]) == 2  # looped twice to be measured: one each


# ---- what sounds, as a pure function of time -----------------------------------------------------

LOST = "const { Lost, due } = await import('/signals.js'); const l = new Lost();"


def run(page: Page, body: str, data: Any = None) -> Any:
    return page.evaluate(f"async (d) => {{ {LOST} {body} }}", data)


LADDER = """
    return d.map(([s, dosing]) => { l.look(true, dosing, null, s * 1000); return l.priority; });
"""


@pytest.mark.parametrize(
    ("dosing", "wanted"),
    [
        (True, ["low", "low", "medium", "medium", "high", "high"]),
        (False, ["low", "low", "medium", "medium", "medium", "medium"]),
    ],
)
def test_no_data_rises_after_10_s_and_while_dosing_after_60_s(
    page: Page, dosing: bool, wanted: list[str]
) -> None:
    seconds = [[100 + s, dosing] for s in (0, 9.9, 10, 59.9, 60, 600)]
    assert run(page, LADDER, seconds) == wanted


def test_no_data_never_looks_calmer_than_what_was_known_before(page: Page) -> None:
    got = run(
        page,
        "l.look(true, true, 'high', 0); const first = [l.priority, l.step];"
        " const open = [{ priority: 'high', state: 'active' }];"
        " return [...first, due(open, { state: 'on' }, l).name];",
    )
    assert got == ["high", "low", "high"]


def test_an_acknowledged_no_data_signals_anew_where_it_rises_and_after_three_minutes(
    page: Page,
) -> None:
    got = run(
        page,
        """
        const name = () => due([], { state: "on" }, l).name;
        const out = [];
        const at = (s) => { l.look(true, true, null, s * 1000); out.push(name()); };
        at(0); at(11); l.acknowledge(11_000); at(12); at(59); at(60); l.acknowledge(61_000);
        at(62); at(240.9); at(241.1); l.look(false, true, null, 242_000); out.push(name());
        return out;
        """,
    )
    assert got == [None, "medium", None, None, "high", None, None, "high", None]


@pytest.mark.parametrize(("audio", "wanted"), [("paused", "medium"), ("off", None)])
def test_no_data_sounds_through_a_pause_but_not_where_audio_is_off(
    page: Page, audio: str, wanted: str | None
) -> None:
    body = "l.look(true, false, null, 0); l.look(true, false, null, 11_000);"
    assert run(page, body + "return due([], { state: d }, l).name;", audio) == wanted


def test_a_reminder_comes_every_three_minutes_and_not_at_a_load_of_the_page(page: Page) -> None:
    got = page.evaluate(
        """async () => {
          const { Reminders } = await import('/signals.js');
          const r = new Reminders();
          const off = [{ key: "audio", since_ms: 0 }];
          return [200, 300, 359, 361, 362, 539, 541].map((s) => r.due(off, s * 1000).length);
        }"""
    )
    assert got == [0, 0, 0, 1, 0, 0, 1]
