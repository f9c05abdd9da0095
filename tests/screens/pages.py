"""Streamlit's own test runner on a page of the app."""

from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT

MAIN = str(ROOT / "monitor" / "screens" / "main.py")


def page(name: str, **query: str) -> AppTest:
    test = AppTest.from_file(MAIN, default_timeout=20)
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    if name:
        test.switch_page(name)
        test.run()
    assert not test.exception, test.exception
    return test


def words(test: AppTest) -> str:
    """All that the page says to a reader."""
    parts = [*test.title, *test.subheader, *test.markdown, *test.error, *test.warning]
    parts += [*test.info, *test.success]
    text = [str(part.value) for part in parts]
    text += [str(getattr(part, "proto", "")) for part in test.get("html")]
    return "\n".join(text)
