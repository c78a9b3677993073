"""Every page opens for each role; another project's rows cannot be reached; a viewer sees no button
and is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from graphs.models import GraphRun, RunLog
from graphs.runs import start_run
from importer.choices import IssueLevel, KeyMapOrigin
from importer.models import (
    Batch,
    Entity,
    Issue,
    Job,
    KeyMap,
    Load,
    Mapping,
    OdooField,
    OdooModel,
    Plan,
    Project,
    ValueMap,
)
from tests.admin.conftest import Visit
from tests.api.conftest import Harbour

ROLES = ["superuser", "admin", "operator", "viewer"]


@pytest.fixture
def rows(harbour: Harbour) -> dict[str, Any]:
    """One row of each registered page."""
    mine: dict[str, Any] = {"project": harbour.project}
    run = start_run(harbour.graph, by=harbour.operator)
    model = OdooModel.objects.create(
        **mine, connection=harbour.connection, name="res.partner", taken_at=timezone.now()
    )
    OdooField.objects.create(**mine, odoo_model=model, name="name", type="char")
    entity = Entity.objects.get(name="product")
    load = Load.objects.create(
        **mine, connection=harbour.connection, entity=entity, odoo_model="product.template"
    )
    run.node_runs.filter(node_id="products").update(load=load)
    plan = Plan.objects.create(**mine, load=load, stored_as="p", sha256="", inputs_sha256="")
    return {
        "graphs/graph": harbour.graph.pk,
        "graphs/graphrun": run.pk,
        "graphs/runlog": RunLog.objects.first().pk,  # type: ignore[union-attr]
        "importer/dataset": harbour.dataset.pk,
        "importer/sheet": harbour.dataset.sheets.get(name="products").pk,
        "importer/connection": harbour.connection.pk,
        "importer/odoomodel": model.pk,
        "importer/entity": entity.pk,
        "importer/mapping": Mapping.objects.get(name="Products").pk,
        "importer/valuemap": ValueMap.objects.get().pk,
        "importer/job": Job.objects.get(kind="read_dataset").pk,
        "importer/project": harbour.project.pk,
        "importer/batch": Batch.objects.create(
            **mine, load=load, plan=plan, seq=1, kind="create", first_pos=0, n_rows=2
        ).pk,
        "importer/keymap": KeyMap.objects.create(
            **mine,
            connection=harbour.connection,
            entity=entity,
            key_hash=b"x" * 16,
            source_key='["P1"]',
            odoo_model="product.template",
            odoo_id=7,
            origin=KeyMapOrigin.CREATED,
        ).pk,
        "importer/issue": Issue.objects.create(
            **mine,
            load=load,
            stage="plan",
            level=IssueLevel.ERROR,
            position=0,
            sheet="products",
            row=2,
            code="c",
            message="The price is missing.",
            group_key="g",
        ).pk,
    }


def addresses(rows: dict[str, Any]) -> list[str]:
    lists = [f"/admin/{page}/" for page in rows]
    details = [f"/admin/{page}/{pk}/change/" for page, pk in rows.items()]
    return [*lists, *details]


@pytest.mark.parametrize("role", ROLES)
def test_every_list_and_every_row_opens_for_each_role(
    rows: dict[str, Any], visit: Visit, role: str
) -> None:
    client = visit(role)
    for address in ["/admin/", "/admin/own-settings/", *addresses(rows)]:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)


def test_another_projects_rows_cannot_be_reached(
    rows: dict[str, Any], visit: Visit, other_project: Project, harbour: Harbour
) -> None:
    client = visit("admin", project=other_project)
    for page, pk in rows.items():
        answer = client.get(f"/admin/{page}/{pk}/change/")
        assert answer.status_code in (302, 404), page
        listed = client.get(f"/admin/{page}/")
        assert f"/{pk}/change/" not in listed.content.decode(), page
    run, graph, sheet = (
        rows[f"{p}"] for p in ("graphs/graphrun", "graphs/graph", "importer/sheet")
    )
    for own_page in (
        f"graphs/graphrun/{run}/live/",
        f"graphs/graphrun/{run}/logs/",
        f"graphs/graphrun/{run}/do/rollback/",
        f"graphs/graph/{graph}/do/start/",
        f"importer/mapping/{rows['importer/mapping']}/do/preview/",
        f"importer/sheet/{sheet}/rows/",
        f"importer/dataset/{rows['importer/dataset']}/live/",
        f"importer/connection/{rows['importer/connection']}/history/",
    ):
        assert client.get(f"/admin/{own_page}").status_code in (302, 404), own_page
    posted = client.post(f"/admin/graphs/graphrun/{run}/do/cancel/")
    assert posted.status_code == 404
    assert GraphRun.objects.get(pk=run).cancel_requested_at is None


def test_choices_and_filters_name_no_other_projects_rows(
    rows: dict[str, Any], visit: Visit, other_project: Project
) -> None:
    client = visit("admin", project=other_project)
    for page in ("graphs/graph/add/", "importer/mapping/add/", "importer/keymap/",
                 "graphs/graphrun/", "importer/odoomodel/", "graphs/graph/from-file/"):  # fmt: skip
        content = client.get(f"/admin/{page}").content.decode()
        for name in ("Target", "goods", "product", "Countries"):
            assert f">{name}<" not in content, (page, name)


WRITING = [
    ("graphs/graph", "graphs/graph/{pk}/do/publish/"),
    ("graphs/graph", "graphs/graph/{pk}/delete/"),
    ("graphs/graphrun", "graphs/graphrun/{pk}/do/cancel/"),
    ("graphs/graphrun", "graphs/graphrun/{pk}/do/rollback/"),
    ("importer/connection", "importer/connection/{pk}/do/test/"),
    ("importer/connection", "importer/connection/{pk}/do/refresh/"),
    ("importer/connection", "importer/connection/{pk}/change/"),
    ("importer/mapping", "importer/mapping/{pk}/change/"),
    ("importer/mapping", "importer/mapping/{pk}/delete/"),
    ("importer/valuemap", "importer/valuemap/{pk}/change/"),
    ("importer/entity", "importer/entity/{pk}/change/"),
    ("importer/dataset", "importer/dataset/{pk}/delete/"),
    ("importer/project", "importer/project/{pk}/change/"),
]


def test_who_only_looks_is_refused_every_change(rows: dict[str, Any], visit: Visit) -> None:
    client = visit("viewer")
    for page, address in WRITING:
        answer = client.post(f"/admin/{address.format(pk=rows[page])}", {"post": "yes"})
        assert answer.status_code == 403, address
    for page in ("graphs/graph", "importer/mapping", "importer/connection", "importer/valuemap"):
        assert client.get(f"/admin/{page}/add/").status_code == 403
    started = client.post(
        f"/admin/graphs/graph/{rows['graphs/graph']}/do/start/",
        {"dataset": rows["importer/dataset"], "connection": rows["importer/connection"]},
    )
    assert started.status_code == 200
    assert GraphRun.objects.count() == 1


def test_who_only_looks_sees_no_button(rows: dict[str, Any], visit: Visit) -> None:
    client = visit("viewer")
    for page, pk in rows.items():
        content = client.get(f"/admin/{page}/{pk}/change/").content.decode()
        for button in ('name="_save"', "/do/cancel/", "/do/publish/", "/do/test/", "/delete/"):
            assert button not in content, (page, button)
    operator = visit("operator")
    graph = operator.get(f"/admin/graphs/graph/{rows['graphs/graph']}/change/").content.decode()
    assert "/do/publish/" in graph


def test_only_superusers_see_users_groups_and_tokens(rows: dict[str, Any], visit: Visit) -> None:
    pages = ("importer/user", "auth/group", "knox/authtoken")
    admin, boss = visit("admin"), visit("superuser")
    for page in pages:
        assert admin.get(f"/admin/{page}/").status_code == 403
        assert boss.get(f"/admin/{page}/").status_code in (200, 404)
    assert "/admin/importer/user/" not in admin.get("/admin/").content.decode()
    assert "/admin/importer/user/" in boss.get("/admin/").content.decode()


def test_nobody_who_is_no_staff_comes_in(harbour: Harbour, make_member: Callable[..., Any]) -> None:
    client = Client()
    client.force_login(make_member("admin", project=harbour.project))
    assert client.get("/admin/graphs/graph/").status_code == 302
