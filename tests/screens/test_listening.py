"""Who listens: the screens' reports, put together and stored."""

from sqlite_utils import Database

from monitor.screens.listening import ScreenReport, Screens, Together
from monitor.store.listening import ALL_CHAIRS, listening_now, report


class Clock:
    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


def said(screen: str, chair: int = 1, visible: bool = True, sounds: bool = True) -> ScreenReport:
    return ScreenReport(chair, screen, visible, sounds)


def heard(screens: Screens, report: ScreenReport) -> list[Together]:
    """Take a report, and write what is due."""
    due = screens.take(report)
    for what in due:
        screens.written(what)
    return due


def test_a_screen_must_be_seen_and_able_to_sound_both() -> None:
    """One that is seen and one, hidden, that could sound are no one who listens."""
    screens = Screens(Clock())
    assert heard(screens, said("one", sounds=False)) == [Together(1, True, False)]
    assert heard(screens, said("two", visible=False)) == []
    assert heard(screens, said("three")) == [Together(1, True, True)]


def test_what_does_not_change_is_written_every_four_seconds() -> None:
    clock = Clock()
    screens = Screens(clock)
    assert heard(screens, said("one"))
    for wait_s, written in ((1, False), (2.9, False), (0.2, True), (3.9, False), (0.2, True)):
        clock.s += wait_s
        assert bool(heard(screens, said("one"))) is written
        assert heard(screens, said("two")) == []
    assert heard(screens, said("one", visible=False)) == []  # the other one still listens
    assert heard(screens, said("two", visible=False)) == [Together(1, False, False)]


def test_a_screen_that_says_no_more_is_gone() -> None:
    clock = Clock()
    screens = Screens(clock)
    heard(screens, said("one"))
    clock.s += 12.5
    assert heard(screens, said("two", sounds=False)) == [Together(1, True, False)]


def test_a_screen_that_goes_to_another_chair_leaves_the_first() -> None:
    screens = Screens(Clock())
    heard(screens, said("one", chair=1))
    assert heard(screens, said("one", chair=2)) == [
        Together(1, False, False),
        Together(2, True, True),
    ]


def test_the_last_report_of_each_dashboard_counts(db: Database) -> None:
    assert listening_now(db, [1]) == {1: (0, 0)}
    report(db, "a", 1, 1000, visible=True, sounding=False)
    assert listening_now(db, [1]) == {1: (1000, 0)}
    report(db, "a", 1, 2000, visible=True, sounding=True)
    report(db, "a", 1, 7000, visible=False, sounding=False)
    assert listening_now(db, [1]) == {1: (0, 0)}
    report(db, "a", 1, 8000, visible=True, sounding=False)
    report(db, "b", 1, 5000, visible=True, sounding=True)  # another dashboard on the same store
    assert listening_now(db, [1, 2]) == {1: (8000, 5000), 2: (0, 0)}


def test_a_screen_of_all_chairs_listens_for_each(db: Database) -> None:
    report(db, "a", ALL_CHAIRS, 3000, visible=True, sounding=True)
    report(db, "a", 1, 2000, visible=True, sounding=True)
    assert listening_now(db, [1, 7]) == {1: (3000, 3000), 7: (3000, 3000)}


def test_dashboards_that_ended_are_forgotten_after_a_day(db: Database) -> None:
    report(db, "old", 1, 1000, visible=True, sounding=True)
    report(db, "never", 1, 1000, visible=True, sounding=False)
    report(db, "new", 1, 86_402_000, visible=True, sounding=True)
    assert db.execute("SELECT dashboard FROM listening").fetchall() == [("new",)]


def test_a_report_that_was_overtaken_says_nothing_any_more() -> None:
    """The page left while its last report was on the way: nobody listens there."""
    screens = Screens(lambda: 0.0)
    screens.take(ScreenReport(1, "page-one", visible=True, sounds=True, number=1))
    (left,) = screens.take(ScreenReport(1, "page-one", visible=False, sounds=False, number=3))
    assert (left.visible, left.sounding) == (False, False)
    assert screens.take(ScreenReport(1, "page-one", visible=True, sounds=True, number=2)) == []
    (back,) = screens.take(ScreenReport(1, "page-one", visible=True, sounds=False, number=4))
    assert (back.visible, back.sounding) == (True, False)
