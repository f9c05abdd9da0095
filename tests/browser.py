"""The browser of the tests: the one installed, else Playwright's, else the distribution's package.

``python -m tests.browser`` sees to it that there is one, and fails with one clear sentence where
none can be had. ``BROWSER=none`` skips the browser tests.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SENTENCE = (
    "No browser for the tests: none is installed, and neither Playwright's nor the distribution's"
    " could be fetched. Install Chromium or Chrome, or run `make test BROWSER=none`."
)


def wanted() -> bool:
    """False where the user asked for no browser tests."""
    return os.environ.get("BROWSER", "any") != "none"


def arguments() -> list[str]:
    """What the browser is started with; root needs it without its sandbox."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*ARGUMENTS, *(["--no-sandbox"] if root else [])]


def find() -> str | None:
    """The path of a browser that starts: installed, or fetched by Playwright."""
    for name in NAMES:
        if (path := shutil.which(name)) and starts(path):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and starts(path) else None


def starts(path: str) -> bool:
    """True where the browser shows an empty page: some systems install a stub that only talks."""
    command = [path, "--headless", *arguments(), "--dump-dom", "about:blank"]
    try:
        done = subprocess.run(
            command, timeout=60, check=False, stdin=subprocess.DEVNULL, capture_output=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"<html" in done.stdout


def fetch() -> None:
    """Try Playwright's download, then the distribution's package."""
    tries = [[sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]]
    tries.append([sys.executable, "-m", "playwright", "install", "chromium"])
    if shutil.which("apt-get"):
        sudo = [] if arguments()[-1] == "--no-sandbox" else ["sudo", "-n"]
        tries.append([*sudo, "apt-get", "update", "-qq"])
        tries.append([*sudo, "apt-get", "install", "-y", "-qq", "chromium"])
    for command in tries:
        try:
            subprocess.run(command, timeout=600, check=False, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if find():
            return


def main() -> int:
    """See to it that there is a browser."""
    if not wanted():
        sys.stdout.write("BROWSER=none: the browser tests are skipped.\n")
        return 0
    if not find():
        fetch()
    if path := find():
        sys.stdout.write(f"Browser of the tests: {path}\n")
        return 0
    sys.stderr.write(f"{SENTENCE}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
