"""Suggestions are asked for and accepted over HTTP and by command."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from graphs.models import Graph
from importer.models import Connection, Dataset, Mapping, Project, User
from tests.suggesting.trade import FILES, known_connection, read_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(project: Project, make_member: Callable[..., Any]) -> User:
    user: User = make_member("operator", project=project)
    User.objects.filter(pk=user.pk).update(current_project=project)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def dataset(project: Project, clerk: User) -> Dataset:
    return read_files(clerk, project, FILES)


@pytest.fixture
def connection(project: Project) -> Connection:
    return known_connection(project)


@pytest.fixture
def http(clerk: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(clerk)
    return client


def address(dataset: Dataset, what: str) -> str:
    return f"/api/datasets/{dataset.pk}/sheets/{dataset.sheets.get(name='customers').pk}/{what}"


def test_a_suggestion_is_looked_at_and_accepted(
    http: APIClient, dataset: Dataset, connection: Connection
) -> None:
    asked = {"connection": str(connection.pk)}
    said = http.post(address(dataset, "suggestion"), asked, format="json")
    assert said.status_code == 200, said.json()
    found = said.json()
    assert (found["model"], found["key"]) == ("res.partner", ["Customer ID"])
    targets = {one["column"]: one["target"] for one in found["columns"]}
    assert targets["Country Code"] == "country_id.code"
    assert Mapping.objects.count() == 0
    made = http.post(
        address(dataset, "mapping"),
        asked | {"model": found["model"], "key": found["key"], "targets": targets},
        format="json",
    )
    assert made.status_code == 201, made.json()
    assert made.json()["entity"]["name"] == "customer"


def test_a_draft_is_looked_at_and_accepted(
    http: APIClient, dataset: Dataset, connection: Connection
) -> None:
    asked = {"dataset": str(dataset.pk), "connection": str(connection.pk)}
    said = http.post("/api/graphs/suggestion", asked, format="json")
    assert {(e["sheet"], e["to_sheet"]) for e in said.json()["edges"]} == {
        ("orders", "customers"),
        ("order_lines", "orders"),
    }
    made = http.post("/api/graphs/draft", asked | {"name": "All"}, format="json")
    assert made.status_code == 201, made.json()
    assert Graph.objects.get(pk=made.json()["graph"]).name == "All"
    assert len(made.json()["mappings"]) == 3


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        ({}, 400, "required"),
        ({"connection": "x"}, 400, "valid"),
        ({"model": "x.none"}, 400, "not known to have a model"),
        ({"modell": "res.partner"}, 400, "no such field"),
    ],
)
def test_mistakes_are_told(
    http: APIClient,
    dataset: Dataset,
    connection: Connection,
    body: dict[str, str],
    code: int,
    sentence: str,
) -> None:
    given = {"connection": str(connection.pk)} if body and "connection" not in body else {}
    said = http.post(address(dataset, "suggestion"), given | body, format="json")
    assert said.status_code == code
    assert sentence in json.dumps(said.json(), ensure_ascii=False)


def test_other_projects_sheets_and_connections_are_not_there(
    dataset: Dataset, connection: Connection, other_project: Project, make_member: Any
) -> None:
    stranger = APIClient()
    stranger.force_authenticate(make_member("admin", project=other_project))
    asked = {"connection": str(connection.pk)}
    assert stranger.post(address(dataset, "suggestion"), asked, format="json").status_code == 404
    draft = {"dataset": str(dataset.pk), "connection": str(connection.pk)}
    assert stranger.post("/api/graphs/draft", draft, format="json").status_code == 400
    assert Graph.objects.count() == 0


def test_the_commands_say_and_make_the_same(
    clerk: User, dataset: Dataset, connection: Connection
) -> None:
    out = StringIO()
    call_command("mapping_suggest", dataset.name, user=clerk.username, stdout=out)
    assert "country_id.code (0." in out.getvalue()
    out = StringIO()
    call_command(
        "mapping_suggest", dataset.name, sheet="customers", accept=True, json=True,
        user=clerk.username, stdout=out,
    )  # fmt: skip
    assert json.loads(out.getvalue())["sheets"][0]["mapping"] == "customers"
    Mapping.objects.all().delete()
    out = StringIO()
    call_command(
        "graph_suggest", dataset.name, connection=connection.name, accept=True, json=True,
        user=clerk.username, stdout=out,
    )  # fmt: skip
    assert json.loads(out.getvalue())["mappings"] == ["customers", "orders", "order_lines"]
    with pytest.raises(CommandError, match="give --sheet with --model"):
        call_command("mapping_suggest", dataset.name, model="res.partner", user=clerk.username)
