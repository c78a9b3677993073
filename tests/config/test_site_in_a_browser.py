"""The site as a person meets it first: a login, the admin, the API's description."""

from typing import Any

import pytest

from importer.models import User
from tests.chromium import sign_in

pytestmark = pytest.mark.browser


def test_a_superuser_logs_in_and_sees_the_admin(live_site: str, page: Any) -> None:
    User.objects.create_superuser("boss", password="a long password")
    sign_in(page, live_site, "boss", "a long password")
    assert "Stowage" in page.title()
    page.goto(f"{live_site}/admin/queues/")
    assert page.locator("text=runs").first.is_visible()
    assert page.locator("text=jobs").first.is_visible()


def test_a_wrong_password_is_refused_with_a_sentence(live_site: str, page: Any) -> None:
    page.goto(f"{live_site}/admin/login/")
    page.fill("input[name=username]", "nobody")
    page.fill("input[name=password]", "wrong")
    page.click("button[type=submit]")
    page.locator("text=Please enter the correct").first.wait_for(timeout=10_000)


def test_the_api_describes_itself_without_asking_another_host(live_site: str, page: Any) -> None:
    page.goto(f"{live_site}/api/docs/")
    page.wait_for_selector("text=Stowage")
