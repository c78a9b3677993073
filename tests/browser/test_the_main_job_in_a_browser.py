"""The main job as staff see it: a workbook goes in, a run's page moves by itself, a rollback is
confirmed in numbers. Real Chromium, web process, worker, dispatcher and server."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from graphs.choices import RunStatus
from graphs.models import GraphRun
from importer.models import Project, User
from tests.browser.conftest import Shoot, log_in
from tests.graphs.harbour import DEMO, Harbour, harbour
from tests.odoo.sandboxes import order_fault
from tests.processes import ManageProcess, wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(400),
]

PERCENT = "#run-live progress"


@pytest.fixture
def port(project: Project, valkey: Redis) -> Iterator[Harbour]:
    with harbour(project, only=("companies", "categories", "contacts")) as made:
        User.objects.filter(pk=made.admin.pk).update(is_staff=True, current_project=project)
        yield made


def test_a_workbook_is_uploaded_and_its_sheets_appear_by_themselves(
    project: Project, make_member: Any, page: Any, hands: ManageProcess, shoot: Shoot
) -> None:
    user = make_member("operator", project=project)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    log_in(page, user.username)
    page.get_by_text("What to do first").wait_for()
    shoot("first-steps")
    page.click("text=Upload a workbook")
    page.set_input_files("#id_uploads", DEMO / "harbour.xlsx")
    page.click("button:has-text('Upload')")
    page.wait_for_url("**/change/")
    page.get_by_role("link", name="Order lines").wait_for()
    shoot("dataset")
    page.get_by_role("link", name="Companies").click()
    page.get_by_text("C0001", exact=True).wait_for()
    assert page.locator("table tbody tr").count() == 50
    page.click("text=Later rows")
    page.get_by_text("C0051", exact=True).wait_for()
    shoot("sheet")


def test_a_running_runs_page_moves_by_itself_and_its_rollback_is_confirmed(
    port: Harbour, page: Any, hands: ManageProcess, shoot: Shoot
) -> None:
    before = port.counts()
    order_fault(port.url, "latency", method="load", seconds=2.5, times=0)
    log_in(page, port.admin.username)
    page.goto(f"/admin/graphs/graph/{port.graph.pk}/change/")
    shoot("graph")
    page.locator("#content-main").get_by_role("link", name="Run", exact=True).click()
    page.get_by_text("Order of loading").wait_for()
    shoot("start")
    page.click("button:has-text('Start')")
    page.wait_for_url("**/graphrun/*/change/")
    page.evaluate("window.sameDocument = true")
    seen = _watch(page, shoot)
    assert len(seen) > 2, seen
    assert seen == sorted(seen)
    assert seen[-1] == 100
    assert page.evaluate("window.sameDocument") is True
    page.get_by_text("Completed with errors").first.wait_for()
    page.locator("#run-logs").get_by_text("Completed with errors").first.wait_for()
    page.locator("#run-live").get_by_text("✓ 237").wait_for()  # companies, read back from Odoo
    shoot("run")
    assert port.counts() != before
    _roll_back(page, shoot)
    assert port.counts() == before


def _watch(page: Any, shoot: Shoot) -> list[float]:
    """The different percentages that the page showed, without ever being loaded again."""
    seen: list[float] = []

    def looked() -> bool:
        value = float(page.locator(PERCENT).first.get_attribute("value"))
        if not seen or value != seen[-1]:
            seen.append(value)
            if 0 < value < 100:
                page.locator("#run-logs").get_by_text("Prepared").first.wait_for()
                shoot("running")
        return value == 100

    wait_until(looked, seconds=180, every=0.3)
    return seen


def _roll_back(page: Any, shoot: Shoot) -> None:
    page.get_by_role("link", name="Roll back").click()
    page.get_by_text("Records to remove").wait_for()
    shoot("rollback")
    page.get_by_role("button", name="Roll back").click()
    page.get_by_text("undoes").wait_for()

    def is_over() -> bool:
        return not GraphRun.objects.filter(status__in=RunStatus.unfinished()).exists()

    wait_until(is_over, seconds=180, every=0.5)
    page.locator("#run-live").get_by_text("100%").wait_for()
    assert GraphRun.objects.get(kind="load").status == RunStatus.ROLLED_BACK
    shoot("rolled-back")
