"""Every page in its states, run by Streamlit's own test runner on real stores."""

from functools import partial
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from devices.numeric import Generation
from monitor.__main__ import main
from monitor.command import places
from monitor.recorder.supervision import Keeper
from monitor.store import sessions, writing
from monitor.store.journal import entries_after, write_entry
from monitor.store.writing import StoredAnswer
from tests.screens.pages import MAIN, REGIMEN, arrive, field, page, words
from tests.screens.stored import Stored

pytestmark = pytest.mark.usefixtures("place")

PAGES = (
    "",
    "app_pages/session.py",
    "app_pages/limits.py",
    "app_pages/review.py",
    "app_pages/whatif.py",
)


@pytest.fixture
def stored(db: Database) -> Stored:
    return Stored(db)


def test_live_mounts_the_component_for_the_chair_that_the_address_names(stored: Stored) -> None:
    stored.values()
    test = page("")
    (component,) = test.get("bidi_component")
    proto = str(component.proto)
    assert '\\"chair\\": 1' in proto or '"chair":1' in proto.replace("\\", "").replace(" ", "")
    assert "token" in proto


def test_the_board_opens_where_there_are_several_chairs(stored: Stored) -> None:
    stored.values()
    writing.register_chair(stored.db, "Chair 2")

    def mounted(**query: str) -> str:
        (component,) = page("", **query).get("bidi_component")
        return str(component.proto).replace("\\", "").replace(" ", "")

    assert '"chair":"all"' in mounted()
    assert '"chair":2' in mounted(chair="2")


@pytest.mark.parametrize("name", PAGES)
def test_empty(name: str, db: Database) -> None:
    said = words(page(name))
    assert said == "" or any(
        sentence in said
        for sentence in (
            "recorder is starting",
            "no chair yet",
            "No session was recorded",
            "No session has ended",
        )
    )
    if not name:
        assert "recorder is starting" in said


@pytest.mark.parametrize("name", PAGES)
def test_no_database_is_a_sentence(name: str) -> None:
    assert "There is no database" in words(page(name))


@pytest.mark.parametrize("name", PAGES)
def test_a_damaged_database_is_a_sentence(name: str, database: Path) -> None:
    database.write_bytes(b"this is not a database" * 300)
    said = words(page(name))
    assert "not a Chairside database" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", PAGES)
def test_a_damaged_clinic_file_is_said_in_place_of_everything(
    name: str, stored: Stored, tmp_path: Path
) -> None:
    (tmp_path / "clinic.toml").write_text("this is [not TOML")
    test = AppTest.from_file(MAIN, default_timeout=20)
    test.run()
    assert "is not valid TOML" in words(test)
    assert not test.get("bidi_component")


def test_a_missing_clinic_file_beside_real_sessions_is_no_silent_demo(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Stored(db, generation=Generation.REAL).session()
    (tmp_path / "clinic.toml").unlink()
    monkeypatch.delenv(places.MODE_VARIABLE)
    test = AppTest.from_file(MAIN, default_timeout=20)
    test.run()
    assert "is missing" in words(test)
    assert places.place().mode == "error"
    monkeypatch.setenv(places.MODE_VARIABLE, "clinic")


def test_a_demo_takes_away_only_what_a_demo_made(
    stored: Stored, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Also a clinic's first day, which has no session yet, and a file that is none of ours."""
    monkeypatch.setenv(places.MODE_VARIABLE, "demo")
    monkeypatch.setenv(places.SPEED_VARIABLE, "1.0")
    monkeypatch.chdir(tmp_path)
    text = tmp_path / "notes.txt"
    text.write_text("mine", encoding="utf-8")
    for path, why in ((database, "was not made by a demo"), (text, "not a Chairside database")):
        monkeypatch.setenv(places.DATABASE_VARIABLE, str(path))
        assert main(["demo", "--database", str(path), "--no-browser"]) == 2
        assert why in capsys.readouterr().err
        assert why in words(page(""))
        assert path.exists()
    keeper = Keeper(tmp_path / "demo.db", [], demo=True)
    for _ in range(2):
        assert places.no_demo_there(keeper.database) == ""
        keeper.prepare()
    assert places.no_demo_there(database)
    monkeypatch.setenv(places.MODE_VARIABLE, "clinic")


def test_a_fresh_checkout_is_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clinic.toml").unlink()
    monkeypatch.delenv(places.MODE_VARIABLE)
    assert places.place().mode == "demo"
    monkeypatch.setenv(places.MODE_VARIABLE, "clinic")


START = "Start the session"


def test_session_page_asks_to_look_at_the_limits_it_starts_with(stored: Stored) -> None:
    stored.values()
    test = page("app_pages/session.py")
    assert "low 90, after 15 s" in words(test)
    assert "SIMULATED MONITOR" in words(test)
    arrive(test)
    field(test, "Alarm limits seen").uncheck()
    field(test, START).click().run()
    assert "Look at the alarm limits first" in words(test)
    assert entries_after(stored.db, 0) == []


def test_session_page_without_a_name_is_refused(stored: Stored) -> None:
    stored.values()
    test = page("app_pages/session.py")
    arrive(test)
    field(test, "Entered as").set_value("Another name…").run()
    field(test, START).click().run()
    assert "Say first who is on watch." in words(test)
    assert entries_after(stored.db, 0) == []
    field(test, "Your name").set_value(" RN Roth ")
    field(test, START).click().run()
    assert [x.actor for x in entries_after(stored.db, 0)] == ["RN Roth"]


def test_nobody_and_no_regimen_is_chosen_in_advance_and_more_than_a_few_make_a_list(
    stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.values()
    test = page("app_pages/session.py")
    people, choices = field(test, "Entered as"), field(test, "Regimen")
    assert (people.value, choices.value) == (None, None)
    assert list(people.options) == ["RN Keller", "RN Ode", "Another name…"]
    assert len(choices.options) == len(places.regimens()) <= 10
    clinic = tmp_path / "clinic.toml"
    names = [f"RN {n}" for n in range(9)]
    clinic.write_text(clinic.read_text("utf-8").replace('["RN Keller", "RN Ode"]', str(names)))
    regimens = {f"r{n}": x for n in range(11) for x in [places.regimens()[REGIMEN]]}
    monkeypatch.setattr(places, "regimens", lambda: regimens)
    test = page("app_pages/session.py")
    assert [(x.label, x.value, len(x.options)) for x in test.selectbox] == [
        ("Entered as", None, 10),
        ("Regimen", None, 11),
    ]
    field(test, "Entered as").set_value("Another name…").run()
    field(test, "Your name").set_value("RN Visit").run()
    assert field(test, "Your name").value == "RN Visit", "typed, and left by any key"


def test_a_start_that_no_recorder_answers_is_saved_once_and_says_so(
    stored: Stored,
) -> None:
    """The recorder is dead: the entry is on the disk, and a second press is the same entry."""
    stored.values()
    test = page("app_pages/session.py")
    arrive(test)
    field(test, START).click().run()
    assert "the recorder does not answer" in words(test)
    field(test, START).click().run()
    (entry,) = entries_after(stored.db, 0)
    assert (entry.kind, entry.actor, entry.data["weight_kg"]) == ("session_start", "RN Keller", 71)
    assert entry.data["limits_seen"] is True
    assert entry.data["regimen"]["id"] == REGIMEN
    assert len(entry.data["steps"]["preflight"]) == 12
    assert entry.data["scales"]["aldrete"] == [0, 10]


def test_session_page_of_an_open_session_ends_it(stored: Stored) -> None:
    stored.session()
    test = page("app_pages/session.py")
    assert "Open session: KAP-0147" in words(test)
    field(test, "Part of the visit").set_value("end").run()
    field(test, "Entered as").set_value("RN Ode")
    field(test, "How does the visit end?").set_value("aborted").run()
    field(test, "Why").set_value("asked to go")
    field(test, "End the session").click().run()
    (entry,) = entries_after(stored.db, 0)
    assert (entry.kind, entry.actor) == ("session_end", "RN Ode")
    assert entry.data == {"session": 1, "how": "aborted", "reason": "asked to go"}


def test_a_form_that_was_changed_is_another_press(stored: Stored) -> None:
    """Without an answer, the mended dose must not be taken for what was pressed before."""
    stored.values()
    test = page("app_pages/session.py")
    arrive(test)
    for dose in (355.0, 35.5):
        field(test, "Dose (mg)").set_value(dose).run()
        field(test, START).click().run()
    assert [entry.data["dose_mg"] for entry in entries_after(stored.db, 0)] == [355, 35.5]


def test_the_session_that_another_screen_opened_meanwhile_is_not_ended(stored: Stored) -> None:
    stored.session()
    test = page("app_pages/session.py")
    field(test, "Part of the visit").set_value("end").run()
    field(test, "How does the visit end?").set_value("aborted").run()
    field(test, "Why").set_value("asked to go")
    stored.session(ended_ms=stored.t_ms)
    stored.session(id=2, patient="KAP-0200")
    field(test, "End the session").click().run()
    assert "Open session: KAP-0200" in words(test)
    field(test, "Part of the visit").set_value("end").run()
    assert field(test, "How does the visit end?").value is None
    assert entries_after(stored.db, 0) == []


def test_a_start_on_a_chair_that_was_taken_meanwhile_is_said_not_to_be_saved(
    stored: Stored,
) -> None:
    stored.values()
    test = page("app_pages/session.py")
    arrive(test)
    stored.session(patient="KAP-0200", opened_by="RN Ode")
    field(test, START).click().run()
    said = words(test)
    assert "NOT SAVED" in said
    assert "started by RN Ode" in said
    assert entries_after(stored.db, 0) == []


def test_who_was_chosen_stays_although_another_comes_on_watch(stored: Stored) -> None:
    stored.values()
    test = page("app_pages/session.py")
    arrive(test)
    write_entry(
        stored.db, press="w" * 8, t_ms=stored.t_ms, chair=stored.chair, kind="watch",
        actor="RN Other", data={},
    )  # fmt: skip
    field(test, START).click().run()
    assert [(x.kind, x.actor) for x in entries_after(stored.db, 0)] == [
        ("watch", "RN Other"),
        ("session_start", "RN Keller"),
    ]


@pytest.mark.parametrize("name", PAGES[:3])
def test_another_chair_is_never_shown_in_place_of_one_that_is_not_there(
    name: str, stored: Stored
) -> None:
    stored.values()
    test = page(name, chair="7")
    assert "There is no chair 7 here." in words(test)
    assert {x.key for x in test.get("bidi_component")} == {"colours"}, "no chair, only the colours"
    assert not test.text_input


@pytest.mark.parametrize("name", PAGES)
def test_a_database_damaged_within_is_a_sentence(name: str, stored: Stored, database: Path) -> None:
    stored.session()
    stored.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (size,) = stored.db.execute("PRAGMA page_size").fetchone()
    roots = stored.db.execute(
        "SELECT rootpage FROM sqlite_master WHERE name IN ('chair','session')"
    )
    pages = [root for (root,) in roots.fetchall()]
    stored.db.close()
    with database.open("r+b") as file:
        for number in pages:
            file.seek((number - 1) * size)
            file.write(b"\xff" * size)
    said = words(page(name))
    assert "the file is damaged" in said


def test_what_people_typed_is_no_markup(stored: Stored) -> None:
    stored.session(patient="A*1* $2$ :red[x]", opened_by="RN_K_")
    for name in PAGES[1:4]:
        assert "A\\*1\\* \\$2\\$ \\:red\\[x\\]" in words(page(name))


@pytest.mark.parametrize("number", ["9", "abc", "²", "9" * 30])
@pytest.mark.parametrize("name", ["review", "whatif"])
def test_no_other_session_is_shown_in_place_of_one_that_is_not_there(
    stored: Stored, name: str, number: str
) -> None:
    stored.session(ended_ms=stored.t_ms)
    test = AppTest.from_file(MAIN, default_timeout=20)
    test.run()
    test.switch_page(f"app_pages/{name}.py")
    test.query_params["session"] = number
    test.run()
    assert not test.exception, test.exception
    said = words(test)
    assert f"There is no session {number}." in said
    assert "KAP-0147" not in said
    assert not test.button
    assert "not a medical device" in said.lower()
    field(test, "Session").set_value(1).run()
    assert (name == "whatif") or "**KAP-0147**" in words(test)


def test_a_review_fills_in_nobody_once_the_visit_is_long_over(stored: Stored) -> None:
    entry = write_entry(
        stored.db, press="w" * 8, t_ms=stored.t_ms, chair=stored.chair, kind="watch",
        actor="RN Ode", data={},
    )  # fmt: skip
    stored.write(answers=[StoredAnswer(entry, True, "Noted.", None)])
    stored.session(ended_ms=stored.t_ms)
    for minutes, who in ((0, "RN Ode"), (31, None)):
        stored.t_ms += minutes * 60_000
        stored.write()
        test = page("app_pages/review.py")
        assert field(test, "Entered as").value == who
    assert "ketamine ·" in words(test), "the planned dose stands where it is called so"


def test_review_finds_a_session_older_than_those_listed(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        stored.session(id=number, patient=f"KAP-{number}", ended_ms=stored.t_ms)
    monkeypatch.setattr(sessions, "listed", partial(sessions.listed, most=1))
    test = AppTest.from_file(MAIN, default_timeout=20)
    test.run()
    test.switch_page("app_pages/review.py")
    test.query_params["session"] = "1"
    test.run()
    assert "**KAP-1**" in words(test)


@pytest.mark.parametrize(
    ("generation", "banner"),
    [
        (Generation.SIMULATED, "SIMULATED MONITOR"),
        (Generation.REPLAY, "REPLAY OF RECORDED BYTES"),
        (Generation.REAL, None),
    ],
)
def test_review_shows_the_session_with_its_worst_generation(
    db: Database, generation: Generation, banner: str | None
) -> None:
    stored = Stored(db, generation=generation)
    stored.connected()
    stored.session(from_ms=stored.t_ms)
    stored.values(spo2=87, seconds=5)
    stored.cuff(128, 80, 96)
    stored.alarm()
    stored.alarm("cleared")
    test = page("app_pages/review.py")
    said = words(test)
    assert "KAP-0147" in said
    assert len(test.get("plotly_chart")) == 1
    alarms = test.dataframe[0].value
    assert list(alarms["alarm"]) == ["SpO2 87 < 90", "SpO2 87 < 90"]
    for text in ("SIMULATED MONITOR", "REPLAY OF RECORDED BYTES"):
        assert (text in said) == (text == banner)
