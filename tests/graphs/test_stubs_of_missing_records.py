"""What rows refer to and nobody has is made as a stub, which its own row fills later."""

import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from rich.console import Console

from graphs.admin.showing import live_context
from graphs.dispatching import tick
from graphs.display import show_summary
from graphs.management.run_command import run_answer
from graphs.models import Graph, GraphRun
from graphs.progress import progress_of
from graphs.recipes import create_from_recipe
from graphs.runs import retry_run, start_rollback
from graphs.versions import validate_graph
from importer.connections import open_client, refresh_schema
from importer.data.stubs import stub_mapping
from importer.models import Attempt, Issue, KeyMap, Project
from tests.graphs.test_cycles_of_entities import Office, rows
from tests.odoo.sandboxes import order_fault, sandbox

pytestmark = pytest.mark.django_db(transaction=True)

UNITS = "Unit,Note\nSea,blue\nLand,green\n"
STAFF = "Name,In\nAnna,Sea\nBea,Moon\nCarl,Moon\nDora,\nEmil,Mars\n"
STUB = "staff:unit:stub"


@pytest.fixture
def yard(project: Project, tmp_path: Path, asked: Any) -> Iterator["Yard"]:
    with sandbox("19") as url:
        yield Yard(project, url, tmp_path)
    asked.clear()


class Yard(Office):
    """People in departments, some of which no sheet has."""

    recipe: dict[str, Any] | None = None

    def __init__(self, project: Project, url: str, folder: Path) -> None:
        super().__init__(project, url, folder)
        self.dataset = self.upload("yard", UNITS, STAFF)
        self.graph = self.draw(recipe())
        refresh_schema(self.connection, ["hr.department", "hr.employee"])

    def draw(self, drawn: dict[str, Any]) -> Graph:
        return create_from_recipe(
            drawn, by=self.admin, project=self.project, connection=self.connection
        )

    def states(self) -> dict[str, str]:
        """Department -> what the key map says of it."""
        found = KeyMap.objects.filter(odoo_model="hr.department").order_by("source_key")
        return dict(found.values_list("source_key", "state"))

    def homes(self) -> dict[str, Any]:
        found = self.read("hr.employee", "department_id")
        return {name: one["department_id"] for name, one in found.items()}


def recipe(name: str = "Yard", spec: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """``more``: of the field that refers to departments; ``spec``: what its spec says besides."""
    refers = {
        "target": "department_id",
        "source": "reference",
        "spec": {"entity": "unit", "inputs": [{"column": "In"}], **(spec or {})},
        "on_missing": "stub",
        **more,
    }
    return {
        "name": name,
        "mappings": [
            {
                "name": "Yard units",
                "entity": {"name": "unit", "odoo_model": "hr.department", "key_columns": ["Unit"]},
                "sheet_name": "units",
                "fields": [
                    {"target": "name", "source": "column", "spec": {"column": "Unit"}},
                    {"target": "note", "source": "column", "spec": {"column": "Note"}},
                ],
            },
            {
                "name": "Yard staff",
                "entity": {"name": "person", "odoo_model": "hr.employee", "key_columns": ["Name"]},
                "sheet_name": "staff",
                "fields": [
                    {"target": "name", "source": "column", "spec": {"column": "Name"}},
                    refers,
                ],
            },
        ],
        "nodes": [
            {"id": "units", "type": "load", "data": {"mapping": "Yard units"}},
            {"id": "staff", "type": "load", "data": {"mapping": "Yard staff"}},
        ],
        "edges": [],
    }


def stubs_told(run: GraphRun) -> list[tuple[Any, ...]]:
    found = Issue.objects.filter(load__node_run__run=run, code="stub").order_by("row", "id")
    return list(found.values_list("sheet", "row", "column", "value", "level"))


def test_missing_departments_are_made_once_and_told_with_the_rows_that_ask(
    yard: Yard, drain: Any
) -> None:
    run = yard.run()
    drain()
    assert rows(run) == {"units": {"created": 2}, STUB: {"created": 2}, "staff": {"created": 5}}
    assert run.status == "completed"
    assert progress_of(run)["stats"]["stubs"] == 2
    assert [(one["value"], one["row"]) for one in run_answer(run)["stubs"]] == [
        ("Moon", 3),
        ("Mars", 6),
    ]
    shown = Console(record=True, width=120, file=StringIO())
    show_summary(run, shown)
    assert "Stubs of what nobody has (2)" in shown.export_text()
    page = render_to_string("graphs/run_live_body.html", {"run": run, **live_context(run)})
    assert "2 stubs of records that rows refer to and nobody has" in page
    assert [node["stubs"] for node in progress_of(run)["progress"]["nodes"]] == [0, 2, 0]
    assert yard.homes() == {
        "Anna": "Sea",
        "Bea": "Moon",
        "Carl": "Moon",
        "Dora": False,
        "Emil": "Mars",
    }
    assert stubs_told(run) == [
        ("staff", 3, "In", "Moon", "warning"),
        ("staff", 6, "In", "Mars", "warning"),
    ]
    assert yard.states() == {
        '["Land"]': "live",
        '["Mars"]': "stub",
        '["Moon"]': "stub",
        '["Sea"]': "live",
    }
    writes = yard.writes()
    again = yard.run()
    drain()
    assert rows(again) == {
        "units": {"unchanged": 2},
        STUB: {"skipped": 2},
        "staff": {"unchanged": 5},
    }
    assert yard.writes() == writes
    assert progress_of(again)["stats"]["stubs"] == 0


@pytest.mark.parametrize("policy", ["upsert", "create_only", "update_only"])
def test_the_row_of_a_stub_fills_it_and_its_rollback_makes_it_a_stub_again(
    yard: Yard, drain: Any, policy: str
) -> None:
    yard.run()
    drain()
    if policy != "upsert":
        drawn = recipe("Other")
        drawn["mappings"][0]["on_existing"] = policy
        yard.graph = yard.draw(drawn)
    more = yard.upload("more", UNITS + "Moon,grey\n", STAFF)
    run = yard.run(more)
    drain()
    assert rows(run)["units"]["updated"] == 1
    assert rows(run)[STUB] == {"skipped": 1}  # Mars
    assert "grey" in str(_note(yard, "Moon"))
    assert len(yard.read("hr.department", "manager_id")) == 4
    assert yard.states()['["Moon"]'] == "live"
    start_rollback(run, by=yard.admin)
    drain()
    assert yard.states()['["Moon"]'] == "stub"
    assert not _note(yard, "Moon")


def _note(yard: Yard, name: str) -> Any:
    with yard.client() as client:
        found = client.search_read("hr.department", [["name", "=", name]], ["note"])
    return found[0]["note"]


def test_a_row_that_could_not_be_loaded_is_no_reason_for_a_stub(yard: Yard, drain: Any) -> None:
    bad = yard.upload("bad", "Unit,Note\nSea,blue\nMoon,x\nMoon,twice\nMars,\n", STAFF)
    drawn = recipe("Strict")
    drawn["mappings"][0]["fields"][1] = {
        "target": "color",
        "source": "column",
        "spec": {"column": "Note"},
    }
    yard.graph = yard.draw(drawn)
    run = yard.run(bad)
    drain()
    assert rows(run)["units"] == {"created": 1, "failed": 3}
    assert STUB not in {name for name, counts in rows(run).items() if counts}
    assert rows(run)["staff"] == {"created": 2, "blocked": 3}
    assert stubs_told(run) == []


def test_a_rollback_removes_stubs_after_those_who_refer_to_them(yard: Yard, drain: Any) -> None:
    run = yard.run()
    drain()
    start_rollback(run, by=yard.admin)
    drain()
    run.refresh_from_db()
    assert run.status == "rolled_back"
    assert not KeyMap.objects.exists()
    with yard.client() as client:
        assert client.search_count("hr.department", [["name", "in", ["Moon", "Mars"]]]) == 0


def test_a_dry_run_says_which_stubs_would_be_made_and_blocks_nobody(yard: Yard, drain: Any) -> None:
    writes = yard.writes()
    run = yard.run(dry_run=True)
    drain()
    assert rows(run) == {"units": {"created": 2}, STUB: {"created": 2}, "staff": {"created": 5}}
    assert [one[3] for one in stubs_told(run)] == ["Moon", "Mars"]
    assert yard.writes() == writes


def test_only_chosen_rows_ask_for_stubs(yard: Yard, drain: Any) -> None:
    run = yard.run(keys={"person": ["Emil", "Anna"], "unit": ["Sea"]})
    drain()
    assert rows(run) == {"units": {"created": 1}, STUB: {"created": 1}, "staff": {"created": 2}}
    other = yard.run(keys={"person": ["Bea"]})  # nobody looks which departments the sheet has
    drain()
    assert rows(other)["staff"] == {"failed": 1}


def test_a_stub_that_odoo_refuses_blocks_its_rows_until_a_retry(yard: Yard, drain: Any) -> None:
    drawn = recipe("Picky", {"stub": ["name", _constant("parent_id", "base.nobody_knows")]})
    yard.graph = yard.draw(drawn)
    run = yard.run()
    drain()
    assert rows(run)[STUB] == {"failed": 2}
    assert rows(run)["staff"] == {"created": 2, "blocked": 3}
    with yard.client() as client:
        made = client.create_record("hr.department", {"name": "Nobody knows"})
        names = {"module": "base", "name": "nobody_knows", "model": "hr.department", "res_id": made}
        client.create_record("ir.model.data", names)
    retry_run(run, by=yard.admin)
    drain()
    assert rows(run)[STUB] == {"created": 2}
    assert rows(run)["staff"] == {"created": 5}
    assert [one[3] for one in stubs_told(run)] == ["Moon", "Mars"]


def _constant(target: str, value: str) -> dict[str, Any]:
    return {"target": target, "source": "constant", "spec": {"value": value}}


def test_a_stub_without_what_odoo_needs_is_named_before_the_run(yard: Yard) -> None:
    drawn = recipe("Bare", {"stub": ["note"]})
    problems = validate_graph(yard.draw(drawn), connection=yard.connection)
    said = [one for one in problems if one.is_error]
    assert [(one.code, one.node) for one in said] == [("stub_fields", "staff")]
    assert "hr.department needs “name”" in said[0].message
    wrong = recipe("Wrong", {"inputs": [{"column": "In"}, {"column": "Name"}]})
    codes = [one.code for one in validate_graph(yard.draw(wrong)) if one.is_error]
    assert codes == ["stub_key"]


def test_lines_and_lookups_make_no_stubs(yard: Yard) -> None:
    drawn = recipe("Looked")
    drawn["mappings"][1]["fields"][1] = {
        "target": "department_id",
        "source": "lookup",
        "spec": {"model": "hr.department", "by": ["name"], "inputs": [{"column": "In"}]},
        "on_missing": "stub",
    }
    problems = validate_graph(yard.draw(drawn), connection=yard.connection)
    assert [one.code for one in problems if one.is_error] == ["stub"]


def test_a_record_that_fits_the_match_rules_is_taken_instead_of_a_stub(
    yard: Yard, drain: Any
) -> None:
    drawn = recipe("Matched")
    drawn["mappings"][0]["match_rules"] = [{"fields": ["name"]}, {"fields": ["name", "note"]}]
    yard.graph = yard.draw(drawn)
    with yard.client() as client:
        moon = client.create_record("hr.department", {"name": "Moon"})
    run = yard.run()
    drain()
    assert rows(run)[STUB] == {"created": 1, "skipped": 1}
    assert rows(run)["staff"] == {"created": 5}
    entry = KeyMap.objects.get(source_key='["Moon"]')
    assert (entry.odoo_id, entry.origin, entry.state) == (moon, "adopted", "live")
    assert yard.homes()["Bea"] == "Moon"
    start_rollback(run, by=yard.admin)
    drain()
    with yard.client() as client:
        assert client.search_count("hr.department", [["name", "in", ["Moon", "Mars"]]]) == 1


@pytest.mark.parametrize("kind", ["drop_before_commit", "drop_after_commit"])
def test_a_lost_answer_makes_each_stub_once(yard: Yard, drain: Any, kind: str) -> None:
    order_fault(yard.url, kind, model="hr.department", method="load", after=1)
    run = yard.run()
    drain()
    until = time.monotonic() + 30
    while not run.is_finished and time.monotonic() < until:
        time.sleep(0.5)
        tick(timezone.now())
        drain()
        run.refresh_from_db()
    assert rows(run) == {"units": {"created": 2}, STUB: {"created": 2}, "staff": {"created": 5}}
    assert Attempt.objects.filter(outcome="in_doubt").count() == 1
    assert sorted(yard.states().values()) == ["live", "live", "stub", "stub"]
    with yard.client() as client:
        assert client.search_count("hr.department", [["name", "in", ["Moon", "Mars"]]]) == 2


def test_one_row_may_ask_for_several_and_a_retry_is_about_the_bad_ones_only(
    yard: Yard, drain: Any
) -> None:
    refresh_schema(yard.connection, ["res.partner", "res.partner.category"])
    yard.graph = yard.draw(_tagged())
    book = yard.upload("tags", UNITS, 'Name,In\nAnna,"1, 2"\nBea,"2, x"\nCarl,\n')
    run = yard.run(book)
    drain()
    stub = "people:tag:stub"
    assert rows(run) == {stub: {"created": 2, "failed": 1}, "people": {"created": 2, "blocked": 1}}
    assert [one[1:4] for one in stubs_told(run)] == [(2, "In", "1"), (2, "In", "2")]
    bad = Issue.objects.filter(load__node_run__run=run, level="error")
    assert [(one.sheet, one.row, one.source_key) for one in bad] == [("staff", 3, '["x"]')]
    retry_run(run, by=yard.admin)
    drain()
    assert rows(run) == {stub: {"created": 2, "failed": 1}, "people": {"created": 2, "blocked": 1}}
    assert [one[1:4] for one in stubs_told(run)] == [(2, "In", "1"), (2, "In", "2")]
    better = yard.upload("better", UNITS, 'Name,In\nAnna,"1, 2"\nBea,"2, 3"\nCarl,\n')
    after = yard.run(better)
    drain()
    assert rows(after) == {
        stub: {"created": 1, "skipped": 2},
        "people": {"created": 1, "unchanged": 2},
    }


def _tagged() -> dict[str, Any]:
    tag = {"name": "tag", "odoo_model": "res.partner.category", "key_columns": ["Tag"]}
    colour = {"target": "color", "source": "column", "spec": {"column": "Tag"}}
    spec = {
        "entity": "tag",
        "inputs": [{"column": "In"}],
        "separator": ",",
        "stub": ["name", colour],
    }
    name = {"target": "name", "source": "column", "spec": {"column": "Name"}}
    refers = {"target": "category_id", "source": "reference", "spec": spec, "on_missing": "stub"}
    return {
        "name": "Tagged",
        "mappings": [
            {"name": "Tags", "entity": tag, "fields": [name]},
            {
                "name": "People",
                "entity": {"name": "human", "odoo_model": "res.partner", "key_columns": ["Name"]},
                "sheet_name": "staff",
                "fields": [name, {**refers, "linking": "add"}],
            },
        ],
        "nodes": [{"id": "people", "type": "load", "data": {"mapping": "People"}}],
        "edges": [],
    }


def test_stubs_are_made_in_the_company_in_which_the_entity_is_loaded(
    yard: Yard, drain: Any
) -> None:
    client = open_client(yard.connection)
    client.call("res.company", "create", arguments={"vals_list": {"name": "Branch"}})
    client.close()
    drawn = recipe("Branch yard")
    for node in drawn["nodes"]:
        node["data"]["company"] = "Branch"
    for mapping in drawn["mappings"]:
        mapping["name"] += " of the branch"
    for node, mapping in zip(drawn["nodes"], drawn["mappings"], strict=True):
        node["data"]["mapping"] = mapping["name"]
    yard.graph = yard.draw(drawn)
    run = yard.run()
    drain()
    run.refresh_from_db()
    assert run.status == "completed", run.error_message
    loads = [node.load for node in run.node_runs.all() if node.load]
    contexts = [load.mapping["context"].get("allowed_company_ids") for load in loads]
    assert contexts == [[2], [2], [2]]


@pytest.mark.parametrize(
    ("beside", "lang"),
    [(None, "fr_FR"), ({"match_rules": [], "context": {"lang": "de_DE"}}, "de_DE")],
)
def test_stubs_are_made_in_the_language_of_their_entity_or_of_who_asks(
    beside: dict[str, Any] | None, lang: str
) -> None:
    asker = {**recipe()["mappings"][1], "sheet_name": "Staff", "context": {"lang": "fr_FR"}}
    unit = {"name": "unit", "odoo_model": "hr.department", "key_columns": ["Unit"]}
    made = stub_mapping(asker, ["department_id"], unit, beside)
    assert made["context"]["lang"] == lang


def test_a_row_that_is_left_as_it_is_asks_for_no_stub(yard: Yard, drain: Any) -> None:
    yard.run()
    drain()
    drawn = recipe("Only new ones")
    for node, mapping in zip(drawn["nodes"], drawn["mappings"], strict=True):
        mapping |= {"name": f"{mapping['name']} anew", "on_existing": "create_only"}
        node["data"]["mapping"] = mapping["name"]
    yard.graph = yard.draw(drawn)
    run = yard.run(yard.upload("later", UNITS, "Name,In\nAnna,Pluto\nFred,Venus\n"))
    drain()
    assert rows(run)[STUB] == {"created": 1}
    assert '["Venus"]' in yard.states() and '["Pluto"]' not in yard.states()
