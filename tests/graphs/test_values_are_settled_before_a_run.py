"""From a dry run that names its causes, through choices by every door, to a run that does as they
say: mapped, left empty, left out, made."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from graphs.causes import run_causes
from graphs.models import Graph, GraphRun
from graphs.recipes import create_from_recipe
from graphs.runs import start_run
from graphs.versions import publish_graph
from importer.choices import Role
from importer.connections import add_connection, open_client
from importer.datasets import upload_dataset
from importer.errors import NotAllowed, Refused
from importer.jobs import execute_job
from importer.models import (
    Connection,
    Dataset,
    FieldMapping,
    Issue,
    Job,
    Mapping,
    Membership,
    Project,
    User,
    ValueMap,
)
from importer.value_choices import Choice, choose_values
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

FIRMS = """Code,Name,Land,Tags
C1,Alpha,Germany,
C2,Beta,Deutschlnd,
C3,Gamma,deutschlnd,
C4,Delta,Atlantis,
C5,Epsilon,Nowhere,
"""
LEADS = """No,Title,Firm
L1,One,C1
L2,Two,C2
L3,Three,C4
L4,Four,C99
L5,Five,C98
"""
LOOKUP = {"model": "res.country", "by": ["name"], "inputs": [{"column": "Land"}]}
FIRM = {"entity": "firm", "inputs": [{"column": "Firm"}]}
RECIPE: dict[str, Any] = {
    "name": "Sales",
    "mappings": [
        {
            "name": "Firms",
            "entity": {"name": "firm", "odoo_model": "res.partner", "key_columns": ["Code"]},
            "sheet_name": "firms",
            "fields": [
                {"target": "name", "source": "column", "spec": {"column": "Name"}},
                {"target": "country_id", "source": "lookup", "spec": LOOKUP},
            ],
        },
        {
            "name": "Leads",
            "entity": {"name": "lead", "odoo_model": "crm.lead", "key_columns": ["No"]},
            "sheet_name": "leads",
            "fields": [
                {"target": "name", "source": "column", "spec": {"column": "Title"}},
                {"target": "partner_id", "source": "reference", "spec": FIRM},
            ],
        },
    ],
    "nodes": [
        {"id": "firms", "type": "load", "data": {"mapping": "Firms"}},
        {"id": "leads", "type": "load", "data": {"mapping": "Leads"}},
    ],
    "edges": [],
}
Made = tuple[User, Connection, Dataset, Graph]


def _made(project: Project, url: str) -> Made:
    admin = User.objects.create_user("mate", password="a long password", is_staff=True)
    Membership.objects.create(project=project, user=admin, role=Role.ADMIN)
    connection = add_connection(
        by=admin,
        project=project,
        name="Sandbox",
        url=url,
        database=DATABASE,
        login=LOGIN,
        secret=SECRET,
        environment="sandbox",
    )
    files = [("firms.csv", io.BytesIO(FIRMS.encode())), ("leads.csv", io.BytesIO(LEADS.encode()))]
    dataset, _ = upload_dataset(by=admin, project=project, files=files, name="sales")
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    graph = create_from_recipe(
        RECIPE, by=admin, project=project, connection=connection, dataset=dataset
    )
    return admin, connection, dataset, graph


def test_values_are_settled_and_a_run_does_as_they_say(
    project: Project, drain: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    with sandbox("19") as url:
        admin, connection, dataset, graph = _made(project, url)
        dry = start_run(graph, by=admin, dry_run=True)
        drain()
        _causes_are_told(dry, admin)
        firms, leads = (Mapping.objects.get(name=name) for name in ("Firms", "Leads"))
        _choose_by_every_door(firms, leads, dataset, connection, admin, dry)
        publish_graph(graph, by=admin, connection=connection, dataset=dataset)
        run = start_run(graph, by=admin)
        drain()
        _did_as_chosen(run, connection)


def _causes_are_told(dry: GraphRun, admin: User) -> None:
    country, partner = run_causes(dry)["causes"]
    assert country["title"] == "3 values of “Land” that no record in Odoo has"
    assert country["summary"] == "4 rows of firms, then 2 of leads"
    assert (partner["code"], partner["own_rows"], partner["n_values"]) == (
        *("reference_missing", 2),
        2,
    )
    api = APIClient()
    api.force_authenticate(admin)
    answer = api.get(f"/api/runs/{dry.pk}/causes?limit=1").json()
    assert answer["count"] == 2
    assert [one["code"] for one in answer["causes"]] == ["not_found"]
    page = Client()
    page.force_login(admin)
    for name in ("graphs_graphrun_change", "graphs_graphrun_causes"):
        text = page.get(reverse(f"admin:{name}", args=(dry.pk,))).content.decode()
        assert "3 values of “Land” that no record in Odoo has" in text
        values = reverse("admin:importer_mapping_do", args=(country["mapping"], "values"))
        assert f'href="{values}?sheet=' in text and "value=Atlantis" in text
        fix = reverse("admin:graphs_graphrun_fix", args=(dry.pk,))
        assert f'href="{fix}?code=not_found&amp;column=Land"' in text


def _choose_by_every_door(
    firms: Mapping,
    leads: Mapping,
    dataset: Dataset,
    connection: Connection,
    admin: User,
    dry: GraphRun,
) -> None:
    api = APIClient()
    api.force_authenticate(admin)
    asked = {"dataset": str(dataset.pk), "connection": str(connection.pk)}
    (lands,) = api.post(f"/api/mappings/{firms.pk}/value-gaps", asked, format="json").json()
    assert [(gap["value"].lower(), gap["rows"]) for gap in lands["gaps"]] == [
        *(("deutschlnd", 2), ("atlantis", 1), ("nowhere", 1)),
    ]
    assert lands["gaps"][0]["suggestions"][0]["to"] == "Germany"
    assert (lands["value_map"], lands["may"]) == ("res.country by name", ["map", "empty", "skip"])
    chosen = {"field": "country_id", "value": "Deutschlnd", "action": "map", "to": "Germany"}
    body = {"choices": [chosen]}
    answer = api.post(f"/api/mappings/{firms.pk}/value-choices", body, format="json")
    assert answer.json() == {"value_maps": ["res.country by name"]}
    _choose_on_the_page(firms, connection, admin, dry)
    _choose_by_commands(leads, dataset, connection)
    made = ValueMap.objects.get(name="res.country by name")
    assert made.entries == {
        "Deutschlnd": "Germany",
        "Atlantis": {"action": "skip"},
        "Nowhere": {"action": "empty"},
    }
    field = FieldMapping.objects.get(mapping=firms, target="country_id")
    assert field.value_map == made
    viewer = User.objects.create_user("guest", password="a long password")
    Membership.objects.create(project=firms.project, user=viewer, role=Role.VIEWER)
    with pytest.raises(NotAllowed):
        choose_values(firms, [Choice("country_id", "x", "skip")], by=viewer)
    for wrong in (
        Choice("country_id", "x", "burn"),
        Choice("country_id", "x", "map"),
        Choice("country_id", " ", "skip"),
        Choice("country_id", "x", "skip", "y"),
        Choice("nothing", "x", "skip"),
    ):
        with pytest.raises(Refused):
            choose_values(firms, [wrong], by=admin)


def _choose_on_the_page(firms: Mapping, connection: Connection, admin: User, dry: GraphRun) -> None:
    page = Client()
    page.force_login(admin)
    load = dry.node_runs.get(node_id="firms").load
    assert load is not None
    address = reverse("admin:importer_mapping_do", args=(firms.pk, "values"))
    query = f"?sheet={load.sheet_id}&connection={connection.pk}&field=country_id&value=nowhere"
    text = page.get(address + query).content.decode()
    assert text.index('value="Nowhere"') < text.index('value="Atlantis"')
    posted = {
        **{"sheet": load.sheet_id, "connection": str(connection.pk), "field": "country_id"},
        **{"value-0-0": "Nowhere", "field-0-0": "country_id", "do-0-0": "empty"},
        **{"value-0-1": "Atlantis", "field-0-1": "country_id", "do-0-1": "skip", "to-0-1": ""},
        **{"value-0-2": "Undecided", "field-0-2": "country_id", "do-0-2": "", "to-0-2": ""},
    }
    answer = page.post(address, posted, follow=True)
    assert "Every value of this sheet fits." in answer.content.decode()


def _choose_by_commands(leads: Mapping, dataset: Dataset, connection: Connection) -> None:
    own = {"user": "mate", "json": True, "stdout": (out := io.StringIO())}
    call_command("value_gaps", leads.name, dataset.name, connection=connection.name, **own)
    (firm,) = json.loads(out.getvalue())["fields"]
    assert [(gap["value"], gap["code"]) for gap in firm["gaps"]] == [
        *(("C98", "reference_missing"), ("C99", "reference_missing")),
    ]
    assert "create" in firm["may"]
    call_command("value_choose", leads.name, "partner_id", "C99", "--create", **own)


def _did_as_chosen(run: GraphRun, connection: Connection) -> None:
    numbers = {
        node.node_id: (node.load.created, node.load.skipped, node.load.failed, node.load.blocked)
        for node in run.node_runs.select_related("load")
        if node.load is not None
    }
    assert numbers == {
        "firms": (4, 1, 0, 0),
        "leads:firm:stub": (1, 0, 0, 0),  # C99 only
        "leads": (3, 0, 1, 1),  # C98 is nobody; C4 was left out
    }
    left_out = Issue.objects.get(load__node_run__run=run, code="value_skipped")
    assert (left_out.sheet, left_out.row, left_out.value, left_out.level) == (
        *("firms", 5, "Atlantis"),
        "warning",
    )
    blocked = Issue.objects.get(load__node_run__run=run, level="blocked")
    assert "C4 was not loaded (see firms, row 5)" in blocked.message
    causes = {one["code"]: one["blocked_rows"] for one in run_causes(run)["causes"]}
    assert causes == {"value_skipped": 1, "reference_missing": 0}
    client = open_client(connection)
    try:
        names = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "C99"]
        found = client.search_read("res.partner", [["name", "in", names]], ["name", "country_id"])
    finally:
        client.close()
    lands = {row["name"]: row["country_id"] for row in found}
    assert set(lands) == {"Alpha", "Beta", "Gamma", "Epsilon", "C99"}
    assert lands["Alpha"] and lands["Alpha"] == lands["Beta"] == lands["Gamma"]
    assert not lands["Epsilon"] and not lands["C99"]
