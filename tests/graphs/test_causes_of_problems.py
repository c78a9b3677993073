"""Problems of a run grouped by cause, those first that block most rows below them."""

from typing import Any

import pytest

from graphs.causes import run_causes
from graphs.causes_words import title_of
from graphs.models import GraphRun, NodeRun
from importer.data.keys import key_text
from importer.models import Entity, Issue, Load
from tests.graphs.building import World, make_version

pytestmark = pytest.mark.django_db


def reference(target: str, entity: str) -> dict[str, Any]:
    spec = {"entity": entity, "inputs": [{"column": target}]}
    return {"target": target, "source": "reference", "spec": spec}


def look(target: str) -> dict[str, Any]:
    spec = {"model": "x", "by": ["name"], "inputs": [{"column": target}]}
    return {"target": target, "source": "lookup", "spec": spec}


FIELDS = {
    "partners": [look("country_id"), reference("parent_id", "partners")],
    "leads": [reference("partner_id", "partners"), reference("other_id", "partners")],
    "calls": [reference("lead_id", "leads")],
    "docs": [reference("partner_id", "partners")],
}


@pytest.fixture
def loads(world: World) -> dict[str, Load]:
    """A run of four nodes, each with its load; leads refer to partners, calls to leads."""
    version = make_version(world.project, {node: {} for node in FIELDS})
    run = GraphRun.objects.create(
        project=world.project,
        version=version,
        dataset=world.dataset,
        connection=world.connection,
        dry_run=True,
        status="completed_with_errors",
    )
    loads = {}
    for position, (node, fields) in enumerate(FIELDS.items()):
        entity = Entity.objects.get(project=world.project, name=node)
        frozen = version.frozen["mappings"][node] | {"fields": fields}
        if node == "docs":
            frozen["nested"] = [{"entity": {"name": "line"}, "nested_field": "lines"}]
        loads[node] = Load.objects.create(
            project=world.project,
            connection=world.connection,
            entity=entity,
            odoo_model=entity.odoo_model,
            mapping=frozen,
        )
        NodeRun.objects.create(
            project=world.project,
            run=run,
            node_id=node,
            position=position,
            odoo_model=entity.odoo_model,
            load=loads[node],
        )
    return loads


def tell(load: Load, row: int, code: str, **more: Any) -> None:
    """One problem of the row, whose key is the first letter of its entity and its number."""
    key = more.pop("key", f"{load.entity.name[0]}{row}")
    fields: dict[str, Any] = {"level": "error", "stage": "prepare", "field": "", "sheet": "s"}
    fields |= {"message": f"{code} here", "group_key": code, "position": row} | more
    Issue.objects.create(
        project_id=load.project_id,
        load=load,
        row=row,
        code=code,
        source_key=key_text([key]),
        **fields,
    )


def block(load: Load, row: int, field: str, target: str, code: str = "parent_failed") -> None:
    tell(load, row, code, level="blocked", stage="plan", field=field, value=target)


def test_a_cause_counts_each_row_below_it_once(loads: dict[str, Load]) -> None:
    partners, leads, calls = loads["partners"], loads["leads"], loads["calls"]
    at = {"field": "country_id", "column": "Country"}
    for row, value in enumerate(["Deutschlnd", "deutschlnd", "Atlantis"], start=1):
        tell(partners, row, "not_found", value=value, **at)
    tell(partners, 9, "number", field="credit", column="Credit", value="x1")
    tell(partners, 10, "number", field="credit", column="Credit", value="x2")
    block(partners, 4, "parent_id", "p1")  # a person of a firm that is not loaded
    block(leads, 1, "partner_id", "p4")
    block(leads, 1, "other_id", "p3")  # by two ways, still one row
    block(leads, 2, "partner_id", "p3")
    block(leads, 3, "partner_id", "p9")
    block(calls, 1, "lead_id", "l1")
    block(calls, 2, "lead_id", "l2")
    block(calls, 3, "lead_id", "l77")  # of an earlier run: nothing here says why
    run = GraphRun.objects.get()
    found = run_causes(run)
    first, second, rest = found["causes"]
    assert (first["own_rows"], first["blocked_rows"], first["n_values"]) == (3, 5, 2)
    assert first["blocked"] == [
        {"node": "partners", "entity": "partners", "model": "x.partners", "rows": 1},
        {"node": "leads", "entity": "leads", "model": "x.leads", "rows": 2},
        {"node": "calls", "entity": "calls", "model": "x.calls", "rows": 2},
    ]
    values = [
        (one["value"].lower(), one["own_rows"], one["blocked_rows"]) for one in first["values"]
    ]
    # p4, l1 and c1 wait for the first; l1 and l2 with their calls for the second.
    assert sorted(values) == [("atlantis", 1, 4), ("deutschlnd", 2, 3)]
    assert first["title"] == "2 values of “Country” that no record in Odoo has"
    assert first["summary"] == (
        "3 rows of partners, then 1 more of it, then 2 of leads, then 2 of calls"
    )
    assert found["headline"] == first["summary"]
    assert [one["door"] for one in first["actions"]] == ["values", "rows"]
    assert (second["code"], second["own_rows"], second["blocked_rows"]) == ("number", 2, 1)
    assert (second["n_values"], second["values"]) == (0, [])
    assert second["title"] == "2 rows in which “Credit” is no number"
    assert (rest["code"], rest["node"], rest["own_rows"]) == ("parent_failed", "calls", 1)
    assert found["count"] == 3
    page = run_causes(run, limit=1, offset=1)
    assert [one["code"] for one in page["causes"]] == ["number", "parent_failed"]
    assert [one["code"] for one in run_causes(run, limit=1)["causes"]] == ["not_found"]
    assert page["count"] == 3


def test_lines_skipped_rows_and_warnings_have_their_place(loads: dict[str, Load]) -> None:
    partners, leads, docs = loads["partners"], loads["leads"], loads["docs"]
    tell(docs, 21, "not_found", key="d1-1", position=1, field="account_id", column="A", value="?")
    tell(docs, 22, "not_found", key="d1-2", position=1, field="account_id", column="A", value="?")
    tell(docs, 1, "line", position=1)
    tell(partners, 5, "value_skipped", level="warning", field="country_id", value="Mu")
    tell(partners, 6, "value_skipped", level="warning", field="parent_id", value="Nobody")
    tell(partners, 7, "edited_in_odoo", level="warning")
    block(leads, 5, "partner_id", "p5")
    tell(partners, 8, "ambiguous", field="vat", value="DE1")
    causes = {one["code"]: one for one in run_causes(GraphRun.objects.get())["causes"]}
    assert set(causes) == {"not_found", "value_skipped", "ambiguous"}
    assert causes["not_found"]["blocked"][0] | {"model": ""} == {
        **{"node": "docs", "entity": "docs", "model": ""},
        "rows": 1,
    }
    # Rows that are left out on purpose are named only where somebody waits for them.
    assert (causes["value_skipped"]["own_rows"], causes["value_skipped"]["blocked_rows"]) == (1, 1)
    assert causes["ambiguous"]["actions"][0] == {
        "door": "match_rules",
        "says": "Change the match rules by which records that are there are found.",
        "field": "vat",
        "value": "DE1",
    }


def test_what_odoo_says_is_the_title_of_its_own_cause(loads: dict[str, Load]) -> None:
    said = "Odoo refused the row: the tax number is not valid."
    tell(loads["partners"], 1, "refused", stage="odoo", message=said)
    (cause,) = run_causes(GraphRun.objects.get())["causes"]
    assert title_of(cause) == said
    assert cause["actions"][0]["door"] == "rows"


def test_values_that_a_transform_cannot_read_are_one_cause_a_column(loads: dict[str, Load]) -> None:
    for row, value in enumerate(("31 Feb", "tomorrow"), 1):
        said = f"“{value}” is no date."
        more = {"column": "Born", "value": value, "message": said, "group_key": said}
        tell(loads["partners"], row, "bad_date", **more)
    tell(loads["leads"], 1, "cycle", field="parent_id", column="Above", value="L1")
    dates, circle = run_causes(GraphRun.objects.get())["causes"]
    assert (dates["title"], dates["own_rows"]) == ("2 rows in which “Born” cannot be read", 2)
    assert [one["door"] for one in dates["actions"]] == ["field", "rows"]
    assert circle["title"] == "1 row that refers back to itself"
    assert [one["door"] for one in circle["actions"]] == ["rows", "field"]


def test_a_run_that_never_began_has_no_causes(world: World) -> None:
    version = make_version(world.project, {"partners": {}})
    run = GraphRun.objects.create(
        project=world.project, version=version, connection=world.connection
    )
    assert run_causes(run) == {"count": 0, "headline": "", "causes": []}
