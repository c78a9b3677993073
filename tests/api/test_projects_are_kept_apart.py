"""Rows of another project are not there; what a role may not do is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from graphs.runs import start_run
from importer.models import Entity, Job, Mapping, Project, ValueMap
from tests.api.conftest import Api, Harbour, client_of, messages

LISTS = ["connections", "datasets", "entities", "mappings", "value-maps", "jobs", "graphs", "runs"]


@pytest.fixture
def stranger(other_project: Project, api: Api) -> APIClient:
    return api("admin", project=other_project)


@pytest.fixture
def addresses(harbour: Harbour) -> dict[str, Any]:
    """One existing row of each list."""
    run = start_run(harbour.graph, by=harbour.operator)
    return {
        "connections": harbour.connection.pk,
        "datasets": harbour.dataset.pk,
        "entities": Entity.objects.get(name="product").pk,
        "mappings": Mapping.objects.get(name="Products").pk,
        "value-maps": ValueMap.objects.get().pk,
        "jobs": Job.objects.get(kind="read_dataset").pk,
        "graphs": harbour.graph.pk,
        "runs": run.pk,
    }


@pytest.mark.parametrize("kind", LISTS)
def test_lists_and_details_hold_only_own_rows(
    kind: str, addresses: dict[str, Any], api: Api, stranger: APIClient
) -> None:
    own = api("viewer")
    assert str(addresses[kind]) in [row["id"] for row in own.get(f"/api/{kind}").json()["results"]]
    assert own.get(f"/api/{kind}/{addresses[kind]}").json()["id"] == str(addresses[kind])
    assert stranger.get(f"/api/{kind}").json()["results"] == []
    answer = stranger.get(f"/api/{kind}/{addresses[kind]}")
    assert answer.status_code == 404
    assert messages(answer)


DEEDS = [
    ("post", "connections/{connections}/test", {}),
    ("post", "connections/{connections}/refresh", {}),
    ("post", "connections/{connections}/secret", {"login": "a", "secret": "b"}),
    ("post", "connections/{connections}/confirm", {"decision": "restored"}),
    ("patch", "connections/{connections}", {"name": "Mine"}),
    ("delete", "datasets/{datasets}", {}),
    ("delete", "mappings/{mappings}", {}),
    ("patch", "value-maps/{value-maps}", {"entries": {}}),
    ("delete", "value-maps/{value-maps}", {}),
    ("patch", "graphs/{graphs}", {"name": "Mine"}),
    ("delete", "graphs/{graphs}", {}),
    ("post", "graphs/{graphs}/publish", {}),
    ("post", "graphs/{graphs}/run", {}),
    ("post", "runs/{runs}/cancel", {}),
    ("post", "runs/{runs}/retry", {}),
    ("post", "runs/{runs}/resume", {}),
    ("post", "runs/{runs}/rollback", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), DEEDS)
def test_who_only_looks_changes_nothing_and_strangers_find_nothing(
    method: str,
    path: str,
    body: dict[str, Any],
    addresses: dict[str, Any],
    api: Api,
    stranger: APIClient,
) -> None:
    address = "/api/" + path.format(**addresses)
    answer = getattr(api("viewer"), method)(address, body, format="json")
    assert answer.status_code == 403, answer.content
    assert "You may not" in messages(answer)[0]
    assert getattr(stranger, method)(address, body, format="json").status_code == 404


CREATIONS = [
    ("connections", {"name": "n", "url": "http://o.example", "database": "d", "login": "l",
                     "secret": "s"}),
    ("mappings", {"name": "m", "entity": {"name": "e", "odoo_model": "x", "key_columns": ["k"]},
                  "fields": []}),
    ("value-maps", {"name": "v", "entries": {}}),
    ("graphs", {"name": "g", "spec": {}}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body"), CREATIONS)
def test_new_rows_go_to_a_project_of_ones_own(
    kind: str, body: dict[str, Any], project: Project, api: Api, stranger: APIClient
) -> None:
    given = {**body, "project": str(project.pk)}
    assert api("viewer").post(f"/api/{kind}", given, format="json").status_code == 403
    assert stranger.post(f"/api/{kind}", given, format="json").status_code == 404
    made = api("admin").post(f"/api/{kind}", given, format="json")
    assert made.status_code == 201, made.content
    assert api("viewer").get(f"/api/{kind}/{made.json()['id']}").status_code == 200


def test_a_graph_cannot_name_another_projects_dataset(
    harbour: Harbour, other_project: Project, make_member: Callable[..., Any]
) -> None:
    client = client_of(make_member("admin", project=other_project))
    body = {"name": "g", "spec": {}, "dataset": str(harbour.dataset.pk)}
    answer = client.post("/api/graphs", body, format="json")
    assert answer.status_code == 400
    assert "nothing of that id" in messages(answer)[0]


def test_the_project_filter_narrows_to_one(
    harbour: Harbour, project: Project, other_project: Project
) -> None:
    client = client_of(harbour.operator)
    assert client.get(f"/api/graphs?project={project.pk}").json()["count"] == 1
    assert client.get(f"/api/graphs?project={other_project.pk}").json()["count"] == 0
    assert client.get("/api/graphs?project=what").json()["count"] == 0


def test_a_superuser_sees_all(harbour: Harbour, django_user_model: Any) -> None:
    client = client_of(django_user_model.objects.create_superuser("boss", password="p"))
    assert client.get(f"/api/graphs/{harbour.graph.pk}").status_code == 200
