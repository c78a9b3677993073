"""A person corrects bad rows in the grid with the keyboard; each is checked when it is typed."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from graphs.recipes import create_from_recipe
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Correction, Job, Mapping, Project, User
from importer.schema_reading import refresh_schema
from tests.browser.conftest import Shoot, log_in
from tests.graphs.harbour import Harbour, harbour
from tests.graphs.test_fixing import PEOPLE, RECIPE
from tests.processes import wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(400),
]


@pytest.fixture
def port(project: Project, valkey: Redis) -> Iterator[Harbour]:
    with harbour(project, only=("categories",)) as made:
        User.objects.filter(pk=made.admin.pk).update(is_staff=True, current_project=project)
        yield made


def kept() -> list[tuple[int, str, str | None]]:
    return list(Correction.objects.order_by("row", "column").values_list("row", "column", "new"))


def test_cells_are_corrected_with_the_keyboard(port: Harbour, page: Any, shoot: Shoot) -> None:
    files = [("people.csv", io.BytesIO(PEOPLE.encode()))]
    dataset, _ = upload_dataset(by=port.admin, project=port.project, files=files)
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    refresh_schema(port.connection, ["res.partner"])
    create_from_recipe(
        RECIPE, by=port.admin, project=port.project, connection=port.connection, dataset=dataset
    )
    mapping = Mapping.objects.get(name="People")
    log_in(page, port.admin.username)
    page.goto(f"/admin/importer/dataset/{dataset.pk}/change/")
    page.click("text=Check and correct")
    page.select_option("[name=mapping]", str(mapping.pk))
    page.click("text=Check all rows")
    page.locator("#grid").wait_for()
    assert page.locator("#grid tbody tr").count() == 4
    assert page.locator("#grid [aria-invalid=true]").count() == 5
    page.locator("[aria-label='Country, row 3']").focus()
    page.keyboard.type("X")
    page.keyboard.press("Escape")
    assert page.input_value("[aria-label='Country, row 3']") == "XX"
    page.keyboard.press("Control+A")
    page.keyboard.type("DE")
    page.keyboard.press("Enter")
    focused = "document.activeElement.getAttribute('aria-label')"
    wait_until(lambda: page.evaluate(focused) == "Country, row 4")
    page.locator("tr[data-row='3'] del").get_by_text("XX").wait_for()
    page.locator("[aria-label='Name, row 3']").fill("Bob")
    page.keyboard.press("Tab")
    page.locator("tr[data-row='3']").get_by_text("Right", exact=True).wait_for()
    page.locator("[aria-label='leave out row 6']").check()
    page.locator("tr[data-row='6']").get_by_text("Left out", exact=True).wait_for()
    shoot("grid")
    assert kept() == [(3, "Country", "DE"), (3, "Name", "Bob"), (6, "", None)]
    page.locator("[aria-label='leave out row 6']").uncheck()
    page.locator("tr[data-row='6']").get_by_text("Wrong", exact=True).wait_for()
    assert kept() == [(3, "Country", "DE"), (3, "Name", "Bob")]
