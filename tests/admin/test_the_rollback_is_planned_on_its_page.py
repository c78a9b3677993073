"""The page that asks whether to roll back shows what would happen, with a list for each number."""

from collections.abc import Iterator
from typing import Any

import pytest

from graphs.models import GraphRun
from importer.models import Project, User
from tests.admin.conftest import Visit
from tests.graphs.conftest import asked, drain
from tests.graphs.harbour import Harbour
from tests.graphs.planned import categories_loaded, the_run

__all__ = ("asked", "drain")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(project: Project, drain: Any) -> Iterator[Harbour]:
    with categories_loaded(project, drain) as made:
        yield made


def test_opening_the_page_makes_the_plan_and_shows_its_numbers(
    port: Harbour, visit: Visit, drain: Any
) -> None:
    client = visit()
    User.objects.update(current_project=port.project)
    base = f"/admin/graphs/graphrun/{the_run().pk}"
    confirm = client.get(f"{base}/do/rollback/").content.decode()
    assert f'hx-get="{base}/plan/" hx-trigger="load"' in confirm
    assert "remove_edited" in confirm
    part = client.get(f"{base}/plan/").content.decode()
    assert 'hx-trigger="load, submit"' in part
    assert not GraphRun.objects.filter(kind="rollback").exists()
    looking = client.post(f"{base}/plan/").content.decode()
    assert "Nothing is sent" in looking
    assert 'hx-trigger="every 2s"' in looking
    drain()
    ready = client.get(f"{base}/plan/").content.decode()
    assert "every 2s" not in ready
    assert "1 used by 1 of product.template categ_id" in ready
    assert f"{base}/plan/used/?node=categories" in ready

    used = client.get(f"{base}/plan/used/?node=categories").content.decode()
    assert "product.template (categ_id)" in used
    file = client.get(f"{base}/plan/used/?csv=1")
    assert file["Content-Disposition"].endswith('"rollback-used.csv"')
    assert client.get(f"{base}/plan/removable/?page=abc").status_code == 200
    assert client.get(f"{base}/plan/ghost/").status_code == 404


def test_who_may_not_plan_sees_no_button_and_is_refused(
    port: Harbour, visit: Visit, drain: Any
) -> None:
    client = visit("viewer")
    base = f"/admin/graphs/graphrun/{the_run().pk}/plan/"
    assert "<form" not in client.get(base).content.decode()
    assert client.post(base).status_code == 403
    assert not GraphRun.objects.filter(kind="rollback").exists()
