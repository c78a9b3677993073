"""A dataset alone becomes a draft of mappings and a graph, and the draft loads as it is."""

from typing import Any

import pytest

from graphs.choices import RunStatus
from graphs.drafts import accept_graph
from graphs.models import Graph
from graphs.progress import progress_of
from graphs.runs import start_run
from graphs.versions import execution_plan, validate_graph
from importer.choices import Role
from importer.connections import add_connection, ask_for_schema
from importer.errors import Refused
from importer.jobs import execute_job
from importer.models import Connection, Mapping, Membership, OdooField, Project, User
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox
from tests.suggesting.trade import FILES, known_connection, read_files

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(project: Project) -> User:
    user = User.objects.create_user("draughtsman", password="a long password")
    Membership.objects.create(project=project, user=user, role=Role.ADMIN)
    return user


def sandboxed(project: Project, admin: User, url: str) -> Connection:
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
    execute_job(str(ask_for_schema(connection, by=admin).pk))
    assert OdooField.objects.filter(odoo_model__connection=connection).count() > 500
    return connection


def test_a_suggested_draft_is_valid_and_every_row_arrives(
    project: Project, admin: User, drain: Any, asked: Any
) -> None:
    with sandbox("19") as url:
        connection = sandboxed(project, admin, url)
        dataset = read_files(admin, project, FILES)
        draft = accept_graph(dataset, connection, by=admin)
        assert [p for p in validate_graph(draft.graph) if p.is_error] == []
        assert execution_plan(draft.graph)["order"] == ["customers", "orders", "order-lines"]
        asked.clear()
        run = start_run(draft.graph, by=admin)
        drain()
        run.refresh_from_db()
        shown = progress_of(run)
    assert shown["status"] == RunStatus.COMPLETED, shown
    assert [node["created"] for node in shown["progress"]["nodes"]] == [3, 3, 4]


def test_the_graph_has_an_edge_for_each_reference_and_is_not_published(
    project: Project, admin: User
) -> None:
    dataset = read_files(admin, project, FILES)
    draft = accept_graph(dataset, known_connection(project), by=admin, name="First try")
    assert draft.graph.name == "First try"
    assert draft.graph.spec["edges"] == [
        {"source": "customers", "target": "orders"},
        {"source": "orders", "target": "order-lines"},
    ]
    assert not draft.graph.versions.exists()


def test_sheets_without_a_model_are_left_out_with_the_reason(project: Project, admin: User) -> None:
    files = FILES | {"weather.csv": "Day,Wind,Waves\n1,NNW,high\n2,S,low\n"}
    dataset = read_files(admin, project, files)
    draft = accept_graph(dataset, known_connection(project), by=admin)
    assert [sheet for sheet, _ in draft.left_out] == ["weather"]
    assert len(draft.mappings) == 3


def test_nothing_is_made_where_no_sheet_fits(project: Project, admin: User) -> None:
    dataset = read_files(admin, project, {"weather.csv": "Day,Wind,Waves\n1,NNW,high\n2,S,low\n"})
    with pytest.raises(Refused, match="No sheet of “Trade” looks like records"):
        accept_graph(dataset, known_connection(project), by=admin)
    assert Mapping.objects.count() == Graph.objects.count() == 0


def test_sheets_that_refer_to_each_other_make_one_draft(project: Project, admin: User) -> None:
    """Departments have managers, employees have departments."""
    files = {
        "departments.csv": "Department ID,Department Name,Manager ID\nD1,Docks,E2\nD2,Office,E1\n",
        "employees.csv": "Employee ID,Full Name,Department ID\nE1,Eva Lot,D1\nE2,Max Tow,D2\n",
    }
    dataset = read_files(admin, project, files)
    draft = accept_graph(dataset, known_connection(project), by=admin)
    assert len(draft.mappings) == 2
    assert [p for p in validate_graph(draft.graph) if p.is_error] == []
