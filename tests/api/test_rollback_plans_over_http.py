"""What a rollback would do over HTTP: asked for, read in numbers, listed and downloaded."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from graphs.models import GraphRun
from importer.models import Project
from tests.api.conftest import Api, client_of, messages
from tests.graphs.conftest import asked, drain
from tests.graphs.harbour import Harbour
from tests.graphs.planned import categories_loaded, the_run

__all__ = ("asked", "drain")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(project: Project, drain: Any) -> Iterator[Harbour]:
    with categories_loaded(project, drain) as made:
        yield made


@pytest.fixture
def client(port: Harbour) -> APIClient:
    return client_of(port.admin)


def test_a_plan_is_asked_for_read_listed_and_downloaded(
    port: Harbour, client: APIClient, drain: Any, api: Api
) -> None:
    base = f"/api/runs/{the_run().pk}/rollback-plan"
    assert messages(client.get(base)) == [
        "No plan of a rollback holds for this run. Ask for one by POST."
    ]
    assert api("viewer").post(base).status_code == 403
    answer = client.post(base, {"archive": True}, format="json")
    assert answer.status_code == 202
    assert client.get(base).json()["is_ready"] is False
    writes = port.writes()
    drain()
    assert port.writes() == writes
    found = client.get(base).json()
    assert (found["id"], found["is_ready"]) == (answer.json()["id"], True)
    (node,) = found["nodes"]
    total = the_run().node_runs.get().load.created
    assert found["totals"]["removable"] == node["removable"] == total - 1
    assert (node["used"], node["used_by"][0]["model"]) == (1, "product.template")
    assert found["options"] == {"archive": True, "remove_edited": False}

    page = client.get(f"{base}/records?page_size=2").json()
    assert (page["count"], len(page["results"])) == (total - 1, 2)
    (used,) = client.get(f"{base}/records?list=used&node=categories").json()["results"]
    assert "product.template (categ_id)" in used["reason"]
    assert client.get(f"{base}/records?list=used&node=ghost").json()["count"] == 0
    assert "no list" in messages(client.get(f"{base}/records?list=ghost"))[0]
    assert client.get(f"{base}/records?page=99").status_code == 404
    file = client.get(f"{base}/records.csv?list=used")
    assert file["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(file).decode())))
    assert [row["key"] for row in rows] == [used["key"]]
    assert GraphRun.objects.filter(kind="rollback", dry_run=False).count() == 0
