"""What is asked for below one row is that row's own, and rights hold for each deed by itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from graphs.choices import RunStatus
from graphs.models import GraphRun
from graphs.runs import start_run
from importer.models import Entity, Issue, Load, OdooField, OdooModel, Project, ValueMap
from importer.rights import may
from tests.api.conftest import Api, Harbour, client_of, read_dataset
from tests.graphs.building import make_connection


def test_a_sheet_is_found_below_its_own_dataset_only(harbour: Harbour) -> None:
    other = read_dataset(harbour.operator, harbour.project, "more", more=b"C4,Hooks,\n")
    sheet = other.sheets.get(name="categories")
    client = client_of(harbour.operator)
    own = f"/api/datasets/{other.pk}/sheets/{sheet.pk}/rows"
    assert client.get(own).status_code == 200
    assert client.get(own.replace(str(other.pk), str(harbour.dataset.pk))).status_code == 404


def test_the_fields_of_a_model_are_those_of_the_connection(harbour: Harbour) -> None:
    for connection, field in ((harbour.connection, "ours"), (other_connection(harbour), "theirs")):
        model = OdooModel.objects.create(
            project=harbour.project,
            connection=connection,
            name="res.partner",
            taken_at=timezone.now(),
        )
        OdooField.objects.create(project=harbour.project, odoo_model=model, name=field, type="char")
    address = f"/api/connections/{harbour.connection.pk}/models/res.partner/fields"
    found = client_of(harbour.operator).get(address).json()
    assert [field["name"] for field in found] == ["ours"]


def other_connection(harbour: Harbour) -> Any:
    return make_connection(harbour.project, "Elsewhere")


def make_issue(harbour: Harbour, run: GraphRun, message: str) -> None:
    entity = Entity.objects.get(name="product")
    load = Load.objects.create(
        project=harbour.project,
        connection=harbour.connection,
        entity=entity,
        odoo_model=entity.odoo_model,
    )
    run.node_runs.filter(node_id="products").update(load=load)
    Issue.objects.create(
        project=harbour.project,
        load=load,
        stage="odoo",
        level="error",
        position=0,
        sheet="products",
        row=2,
        code="c",
        message=message,
        group_key="g",
    )


def test_the_issues_of_a_run_are_its_own(harbour: Harbour) -> None:
    first = start_run(harbour.graph, by=harbour.operator)
    make_issue(harbour, first, "First.")
    GraphRun.objects.update(status=RunStatus.FAILED)
    second = start_run(harbour.graph, by=harbour.operator)
    make_issue(harbour, second, "Second.")
    client = client_of(harbour.operator)
    for run, message in ((first, "First."), (second, "Second.")):
        found = client.get(f"/api/runs/{run.pk}/issues").json()["results"]
        assert [issue["message"] for issue in found] == [message]


def test_chosen_keys_count_on_either_address(harbour: Harbour) -> None:
    body = {"graph_id": str(harbour.graph.pk), "keys": {"category": ["C1"]}}
    client_of(harbour.operator).post("/api/runs", body, format="json")
    assert GraphRun.objects.get().keys == {"category": ['["C1"]']}


def test_only_an_admin_takes_a_member_out(
    api: Api, project: Project, make_member: Callable[..., Any]
) -> None:
    friend = make_member("viewer", project=project)
    address = f"/api/projects/{project.pk}/members/{friend.username}"
    for role in ("viewer", "operator", "approver"):
        assert api(role).delete(address).status_code == 403
    assert project.memberships.filter(user=friend).exists()
    assert api("admin").delete(address).status_code == 204


def test_a_page_has_at_most_a_thousand_rows(api: Api, project: Project) -> None:
    ValueMap.objects.bulk_create(
        ValueMap(project=project, name=f"{n:04}", entries={}) for n in range(1001)
    )
    body = api("viewer").get("/api/value-maps?page_size=5000").json()
    assert (body["count"], len(body["results"])) == (1001, 1000)


def test_a_token_works_for_ninety_days(project: Project, make_member: Callable[..., Any]) -> None:
    user = make_member("viewer", project=project)
    body = {"username": user.username, "password": "a long password"}
    expiry = parse_datetime(APIClient().post("/api/auth/token", body).json()["expiry"] or "")
    assert expiry is not None
    assert abs(expiry - timezone.now() - timedelta(days=90)) < timedelta(minutes=5)


def test_who_was_switched_off_may_nothing(
    project: Project, make_member: Callable[..., Any]
) -> None:
    user = make_member("admin", project=project)
    assert may(user, "view", project)
    user.is_active = False
    assert not may(user, "view", project)
    user.is_superuser = True
    assert not may(user, "view", project)
