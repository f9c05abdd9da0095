"""The tests' own browser: one that cannot start is not taken."""

from pathlib import Path

import pytest

from tests import browser


def program(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_stub_that_starts_no_browser_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, "chromium", "echo Install the package first.")
    program(tmp_path, "chromium-browser", "echo '<html>'; exit 1")
    real = program(tmp_path, "google-chrome", "echo '<html></html>'")
    assert browser.find() == real
