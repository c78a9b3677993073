"""``page``: a tab of a real Chromium that fails its test for errors in the console, answers of 400
and more, and requests to other hosts. ``shoot``: a screenshot for the docs, taken only when
STOWAGE_SCREENSHOTS is 1. Run by an invocation of their own, see the Makefile.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.own_services import PROJECT
from tests.processes import ManageProcess, StartProcess

SCREENSHOTS = PROJECT / "docs" / "screenshots"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

Shoot = Callable[[str], None]


@pytest.fixture
def page(live_site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        pytest.skip("no Chromium: apt-get install chromium, or set CHROMIUM")
    # Playwright's loop runs in this thread, where Django then refuses the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    wrong: list[str] = []
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        tab = browser.new_page(base_url=live_site, viewport={"width": 1400, "height": 900})
        tab.set_default_timeout(60_000)
        tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        tab.on("response", lambda got: wrong.append(got.url) if got.status >= 400 else None)
        tab.on("request", lambda ask: _note_foreign(ask.url, live_site, wrong))
        yield tab
        browser.close()
    assert wrong == []


def _note_foreign(url: str, site: str, wrong: list[str]) -> None:
    if not url.startswith((site, "data:", "blob:")):
        wrong.append(f"foreign: {url}")


@pytest.fixture
def hands(worker_process: ManageProcess, start_process: StartProcess) -> ManageProcess:
    """A worker and a dispatcher, as they run beside the site."""
    start_process("dispatch")
    return worker_process


@pytest.fixture
def shoot(page: Any) -> Shoot:
    def take(name: str) -> None:
        if os.environ.get("STOWAGE_SCREENSHOTS") == "1":
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    return take


def log_in(page: Any, name: str) -> None:
    """By the admin's own form, with the password that test users have."""
    page.goto("/admin/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", "a long password")
    page.click("button[type=submit]")
    page.wait_for_url("**/admin/")
