"""A real Chromium for tests marked ``browser``: no request may leave this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The path of the browser; skips the test, saying what to install, where there is none."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        pytest.skip("no Chromium: install the system's chromium, or set CHROMIUM to its path")
    return found


@contextmanager
def browser_page() -> Iterator[Any]:
    """A playwright page, 1280 x 900; leaving the block fails on what the page did wrong:
    asked another host for something, or threw an error nobody caught.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="`make browser` installs it")
    wrong: list[str] = []

    def only_this_host(route: Any) -> None:
        if urlsplit(route.request.url).hostname in ("localhost", "127.0.0.1"):
            route.continue_()
        else:
            wrong.append(f"asked for {route.request.url}")
            route.abort()

    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.on("pageerror", lambda error: wrong.append(f"threw {error}"))
            page.route("http*://**", only_this_host)
            yield page
        finally:
            browser.close()
    assert wrong == []


def sign_in(page: Any, site: str, username: str, password: str) -> None:
    """Log in through the admin's form."""
    page.goto(f"{site}/admin/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(f"{site}/admin/")
