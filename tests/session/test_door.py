"""What can be nothing but nonsense is refused with a sentence, at the door and by the recorder."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.session.door import DOSE, KINDS, LENGTH, OF_A_SESSION, RATE, STRENGTH, WEIGHT, check
from monitor.session.visit import Entry, EntryError, decide
from tests.session.visits import DATA, INFUSION, START, T0_MS, opened

LETTER = "The entry holds a letter that cannot be stored."
LOAD = "The entry does not say which session it is for: load it again."
MONITOR = "The entry does not say which monitor was confirmed."
WHY = "Say why: a reason is missing."

Nonsense = tuple[str, dict[str, Any], str]
# For each kind: what is changed of a sensible press (None: it is taken away), and the answer.
NO_STEPS: tuple[Any, ...] = (None, "nap", [])
NONSENSE: dict[str, list[tuple[dict[str, Any], str]]] = {
    "watch": [({"note": "a\ud83d"}, LETTER)],
    "acknowledge": [
        ({"occurrence": 4}, "The entry does not say which alarm was acknowledged."),
    ],
    "confirm_monitor": [
        ({"source": "1"}, MONITOR),
        ({"source": True}, MONITOR),
        ({"source": None}, MONITOR),
        ({"identity": None}, MONITOR),
    ],
    "event": [
        ({"text": None}, "The note is empty."),
        ({"text": " \n"}, "The note is empty."),
        ({"text": 7}, "The note is empty."),
        ({"text": "x" * 501}, "The note is longer than 500 letters."),
        ({"at_ms": "5"}, "The time of the entry makes no sense."),
        ({"at_ms": 1.5}, "The time of the entry makes no sense."),
        ({"at_ms": True}, "The time of the entry makes no sense."),
        ({"at_ms": -1}, "The time of the entry makes no sense."),
    ],
    "medication": [
        ({"drug": " "}, "The medicine is missing."),
        ({"dose": None}, "The dose is missing."),
        ({"dose": 0}, "The dose must be between 0.001 and 100000 of its unit."),
        ({"dose": 10**400}, "The dose must be between 0.001 and 100000 of its unit."),
        ({"unit": "x" * 21}, "The unit is longer than 20 letters."),
        ({"route": None}, "The route is missing."),
        ({"given_by": ""}, "The name of who gave it is missing."),
        ({"ordered_by": 7}, "The name of who ordered it must be a text of at most 80 letters."),
    ],
    "session_start": [
        ({"patient": " "}, "The patient reference is missing."),
        ({"patient": "x" * 81}, "The patient reference is longer than 80 letters."),
        ({"patient": "\udfff"}, LETTER),
        ({"second_identifier": None}, "The second identifier is missing."),
        ({"drug": "x" * 81}, "The drug must be a text of at most 80 letters."),
        ({"flags": "allergy"}, "The flags of the entry are no list of texts."),
        ({"flags": ["allergy", 7]}, "The flags of the entry are no list of texts."),
        ({"flags": ["\ud83d"]}, LETTER),
        ({"regimen": "iv"}, "The regimen of the entry is no table."),
        ({"regimen": {**INFUSION, "name": "\ud83d"}}, LETTER),
        ({"regimen": {**INFUSION, "id": "I V"}}, "it has the id 'I V'; an id is"),
        ({"steps": []}, "The steps of the entry is no table."),
        ({"scales": []}, "The scales of the entry is no table."),
        ({"scales": {"x": [1]}}, "The range of the scale 'x' is not two whole numbers."),
        ({"scales": {"x": 4}}, "The range of the scale 'x' is not two whole numbers."),
        ({"scales": {"x": [0, 1.5]}}, "The range of the scale 'x' is not two whole numbers."),
        ({"scales": {"x": [2, 1]}}, "The range of the scale 'x' is not two whole numbers."),
        ({"steps": {"stage": []}}, "there is no 'stage' in it;"),
    ],
    "session_end": [
        ({"how": "gone"}, "The entry does not say how the visit ends."),
        ({"how": []}, "The entry does not say how the visit ends."),
        ({"reason": " "}, WHY),
        ({"how": "left", "reason": None}, WHY),
        ({"escort": 7}, "The name of the escort must be a text of at most 80 letters."),
    ],
    "stage": [({"to": x}, "The entry does not say which step is meant.") for x in NO_STEPS]
    + [({"reason": "x" * 201}, "The reason must be a text of at most 200 letters.")],
    "check": [
        ({"item": None}, "The item is missing."),
        ({"answer": True}, "The answer must be yes, no or not applicable."),
        ({"note": 1}, "The note must be a text of at most 200 letters."),
    ],
    "override": [
        ({"item": 7}, "The item is missing."),
        ({"prescriber": " "}, "The name of the prescriber is missing."),
        ({"reason": None}, WHY),
    ],
    "plan": [({"drug": 7}, "The drug must be a text of at most 80 letters.")],
    "drug": [({"drug": None}, "The drug is missing."), ({"lot": ""}, "The lot number is missing.")],
    "waste": [
        ({"mg": None}, "The dose is missing."),
        ({"witness": None}, "The name of the witness is missing."),
    ],
    "infusion_start": [
        ({"session": None}, LOAD),
        ({"session": "1"}, LOAD),
        ({"session": True}, LOAD),
        ({"session": 1.0}, LOAD),
        ({"session": -1}, LOAD),
        ({"session": 2**70}, LOAD),
    ],
    "infusion_rate": [({"rate_mg_min": None}, "The rate is missing.")],
    "infusion_pause": [({"reason": None}, WHY), ({"reason": 7}, WHY)],
    "infusion_resume": [({"reason": 7}, "The reason must be a text of at most 200 letters.")],
    "infusion_stop": [({"reason": 7}, "The reason must be a text of at most 200 letters.")],
    "dose": [
        ({"mg": None}, "The dose is missing."),
        ({"note": 7}, "The note must be a text of at most 200 letters."),
    ],
    "score": [
        ({"scale": None}, "The scale is missing."),
        ({"total": None}, "The score is missing."),
        ({"total": -1}, "The score must be between 0 and 200 points."),
        ({"total": True}, "The score must be between 0 and 200 points."),
        ({"items": 7}, "The items of the score make no sense."),
    ],
    "done": [({"due": None}, "The thing that is due is missing.")],
    "not_now": [({"due": ""}, "The thing that is due is missing.")],
    "strike": [
        ({"entry": True}, "The entry does not say what is struck through."),
        ({"reason": ""}, WHY),
    ],
    "sign": [({"session": None}, LOAD)],
    "addendum": [
        ({"text": " "}, "The addendum is missing."),
        ({"text": "x" * 501}, "The addendum is longer than 500 letters."),
    ],
    "reading": [
        ({"values": {}}, "The entry holds no value."),
        ({"values": {"BP": 120}}, "There is no parameter 'BP'."),
        ({"values": {"HR": True}}, "The HR must be between"),
        ({"values": {"NIBP_dia": 80}}, "The diastolic pressure needs its systolic."),
    ],
    "reassign": [
        ({"patient": None}, "The patient reference is missing."),
        ({"second_identifier": ""}, "The second identifier is missing."),
        ({"reason": None}, WHY),
        ({"flags": 7}, "The flags of the entry are no list of texts."),
    ],
}


def sensible(kind: str) -> dict[str, Any]:
    return {**({"session": 7} if kind in OF_A_SESSION else {}), **DATA[kind]}


def test_every_kind_has_its_nonsense() -> None:
    assert set(NONSENSE) == set(KINDS)
    assert all(NONSENSE.values())


@pytest.mark.parametrize("kind", KINDS)
def test_nonsense_is_refused_at_the_door_and_again_by_the_recorder(kind: str) -> None:
    check(kind, "RN Ode", sensible(kind))
    for changes, sentence in NONSENSE[kind]:
        data = {k: v for k, v in {**sensible(kind), **changes}.items() if v is not None}
        with pytest.raises(EntryError) as error:
            check(kind, "RN Ode", data)
        told = str(error.value)
        assert told.startswith(sentence)
        entry = Entry(1, "press", T0_MS, 3, kind, "RN Ode", data)
        answer = decide(entry, None, 0, "")
        assert (answer.accepted, answer.text, answer.session) == (False, told, None)


@pytest.mark.parametrize(
    ("kind", "actor", "sentence"),
    [
        ("purge", "RN", "There is no entry of the kind 'purge'."),
        ("watch", "  ", "Say first who is on watch."),
        ("watch", "x" * 81, "A name has at most 80 letters."),
        ("watch", "RN \ud800", LETTER),
    ],
)
def test_nobody_and_no_kind(kind: str, actor: str, sentence: str) -> None:
    with pytest.raises(EntryError, match=sentence):
        check(kind, actor, {})


@pytest.mark.parametrize(
    ("kind", "key", "bounds", "sentence"),
    [
        ("session_start", "weight_kg", WEIGHT, "The weight must be between 25 and 300 kg."),
        ("session_start", "dose_mg", DOSE, "The dose must be between 0.1 and 2000 mg."),
        ("session_start", "minutes", LENGTH, "The duration must be between 1 and 600 minutes."),
        ("plan", "concentration_mg_ml", STRENGTH, "The concentration must be between 0.01"),
        ("infusion_start", "rate_mg_min", RATE, "The rate must be between 0.0001 and 2000 mg/min."),
        ("infusion_rate", "rate_mg_min", RATE, "The rate must be between 0.0001 and 2000 mg/min."),
        ("dose", "mg", DOSE, "The dose must be between 0.1 and 2000 mg."),
        ("waste", "mg", DOSE, "The dose must be between 0.1 and 2000 mg."),
        ("drug", "drawn_mg", DOSE, "The dose must be between 0.1 and 2000 mg."),
    ],
)
def test_numbers_that_no_visit_has_are_refused(
    kind: str, key: str, bounds: tuple[str, float, float, str], sentence: str
) -> None:
    _, low, high, _ = bounds
    bad = [low - 0.00005, high + 0.01, 0, -1, True, "70", float("nan"), float("inf"), [], 10**400]
    for value in bad:
        with pytest.raises(EntryError, match=sentence):
            check(kind, "RN", {**sensible(kind), key: value})
    for good in (low, high):
        check(kind, "RN", {**sensible(kind), key: good})


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(["", " ", "yes", "dosing", "iv", "a\ud800", "x" * 300, "discharged"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "auto", "text", "low"]), inner, max_size=3)
    ),
    max_leaves=5,
)
TABLES = {
    "regimen": ("stages", "task", "hold", "limits", "dose_mg", "observe_from", "bp_at_minutes"),
    "steps": ("stages", "preflight", "discharge", "event", "medication", "open_after_minutes"),
}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_pressed_is_answered(data: st.DataObject) -> None:
    """An error out of here would end the recorder, and the next one at the same press."""
    kind = data.draw(st.sampled_from(list(KINDS)))
    press = {**sensible(kind), "at_ms": None, "reason": "x"}
    key = data.draw(st.sampled_from([*press, *TABLES]))
    if key in TABLES:
        inner = data.draw(st.sampled_from(TABLES[key]))
        press[key] = {**(INFUSION if key == "regimen" else {}), inner: data.draw(ODD)}
    else:
        press[key] = data.draw(ODD)
    for played in (opened(INFUSION), opened().must("session_end", **DATA["session_end"])):
        before = played.visit
        text = played.press(kind, **press)
        assert text.endswith(".") or ": " in text
        if text.startswith("no: "):
            assert played.visit == before


def test_what_a_regimen_says_is_checked_before_the_session_begins() -> None:
    task = {"id": "open", "name": "Open the vein", "every_s": {"dosing": 600}}
    for name in ("open", "bp", "bp_40", "infusion_end"):
        table = {**INFUSION, "task": [{**task, "id": name}]}
        with pytest.raises(EntryError, match="has an id of the program's own; choose another"):
            check("session_start", "RN", {**START, "regimen": table})
