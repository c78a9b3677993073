"""A second click on a button does nothing while the first is on its way."""

from typing import Any

import pytest

from importer.models import Project, User
from tests.browser.conftest import log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(200),
]

CLICK_TWICE = """() => {
    let sent = 0;
    window.addEventListener("submit", (event) => {
        if (!event.defaultPrevented) sent += 1;
        event.preventDefault();
    });
    const button = [...document.querySelectorAll("button")].find((one) => one.innerText === "Keep");
    button.click();
    button.click();
    return sent;
}"""


def test_two_clicks_send_a_form_once(project: Project, make_member: Any, page: Any) -> None:
    user = make_member("operator", project=project)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    log_in(page, user.username)
    page.goto("/admin/own-settings/")
    assert page.evaluate(CLICK_TWICE) == 1
