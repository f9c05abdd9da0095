"""What the forms of a visit's page share: whose visit it is, who enters, how it is entered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from monitor.command.places import Place
from monitor.screens.context import show_press
from monitor.screens.frame import plain
from monitor.screens.visit_forms import known
from monitor.session.items import Latest
from monitor.session.state import Visit

AGAIN_MS = 10 * 60_000  # so long the same thing entered again may be a slip: our choice


@dataclass(frozen=True, slots=True)
class VisitPage:
    """A visit as the page shows it, at the recorder's last tick with its latest values.

    ``clock`` gives a time as the clinic's clock shows it.
    """

    at: Place
    who: str
    visit: Visit
    now_ms: int
    clock: Callable[[int], str]
    latest: Latest = field(default_factory=dict)

    @property
    def chair(self) -> int:
        """The number of the visit's chair."""
        return self.visit.session.chair

    def key(self, form: str, name: str) -> str:
        """The key of a form's field: another one after each entry, so that the form is empty."""
        session = self.visit.session.id
        return f"{form}-{session}-{st.session_state.get(f'count-{form}-{session}', 0)}-{name}"

    def asks_again(self, form: str, kind: str, **data: Any) -> bool:
        """Ask once where the very same was entered a short while ago: it may be that very thing.

        True where it asks; another press of the same form is then the answer.
        """
        visit = self.visit
        same = [
            x
            for x in visit.said
            if x.kind == kind
            and x.entry not in visit.struck
            and self.now_ms - x.t_ms <= AGAIN_MS
            and {name: x.data.get(name) for name in data} == data
        ]
        asked, what = f"again-{form}-{visit.session.id}", same[-1].entry if same else None
        if what is None or st.session_state.get(asked) == [what, data]:
            st.session_state.pop(asked, None)
            return False
        st.session_state[asked] = [what, data]
        last = same[-1]
        st.warning(
            f"The same was entered at {self.clock(last.t_ms)} by {plain(last.by)}:"
            f" {plain(last.text)}. If this is one more, press again."
        )
        return True

    def enter(self, form: str, kind: str, **data: Any) -> None:
        """Make an entry of this visit. Where it was accepted, the page begins anew and says so."""
        session = self.visit.session.id
        answer = show_press(self.at, form, self.chair, kind, self.who, {**data, "session": session})
        if answer is None:
            return
        count = f"count-{form}-{session}"
        st.session_state[count] = st.session_state.get(count, 0) + 1
        say(self.chair, answer.text, session if kind == "session_end" else None)


def is_other(record: known.KnownPatient | None, second_identifier: str) -> bool:
    """Say where what the patient said is not in the record, and the ways on; False where it is."""
    other = known.mismatch(record, second_identifier)
    if not other or record is None:
        return False
    st.error(
        f"{other}. Ask once more. Another patient: mend the reference above. The record is wrong:"
        " mend it there under “Change who this is”; what was typed here is then typed anew."
    )
    st.page_link(
        "app_pages/patient.py",
        label=f"Record of {plain(record.reference)}",
        query_params={"ref": record.reference},
    )
    return True


def say(chair: int, text: str, ended: int | None = None) -> None:
    """Begin the page anew with what was answered. ``ended`` is a session that is over by it."""
    st.session_state[f"said-{chair}"] = (text, ended)
    st.rerun()


def said(chair: int) -> tuple[str, int | None]:
    """What was answered before this run, once."""
    found: tuple[str, int | None] = st.session_state.pop(f"said-{chair}", ("", None))
    return found
