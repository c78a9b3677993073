"""A draft is checked against mappings, cached schema and sheets; a release is frozen."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from graphs.examining import examine
from graphs.models import Graph, GraphVersion
from graphs.runs import start_run
from graphs.versions import (
    create_graph,
    delete_graph,
    execution_plan,
    publish_graph,
    save_graph,
    validate_graph,
)
from importer.choices import KeyMapOrigin
from importer.errors import Invalid, NotAllowed, Refused
from importer.mappings import create_mapping, save_mapping
from importer.models import Entity, KeyMap, Mapping
from importer.odoo.protocols import FieldFacts, ModelFacts
from importer.schema_cache import forget_model, keep_model
from tests.graphs.building import World, make_connection, make_dataset

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def mapping_spec(entity: str, model: str, *fields: dict[str, Any]) -> dict[str, Any]:
    name = {"target": "name", "source": "column", "spec": {"column": "Name"}}
    whose = {"name": entity, "odoo_model": model, "key_columns": ["Key"]}
    return {"name": entity, "sheet_name": entity, "entity": whose, "fields": [name, *fields]}


def refers(target: str, entity: str) -> dict[str, Any]:
    inputs = [{"column": "Parent"}]
    return {"target": target, "source": "reference", "spec": {"entity": entity, "inputs": inputs}}


def field(name: str, type_: str = "char", **more: Any) -> FieldFacts:
    given: dict[str, Any] = {
        "label": name,
        "required": False,
        "readonly": False,
        "store": True,
    } | more
    return FieldFacts(name=name, type=type_, **given)


def node(entity: str, **data: Any) -> dict[str, Any]:
    return {"id": entity, "type": "load", "data": {"mapping": entity} | data}


def codes(graph: Graph, **more: Any) -> list[tuple[str, str]]:
    return [(one.code, one.node) for one in validate_graph(graph, **more)]


@pytest.fixture
def book(world: World) -> World:
    """The world with two mappings, their models' schema and their sheets."""
    orders = mapping_spec("order", "sale.order", refers("partner_id", "customer"))
    for spec in (mapping_spec("customer", "res.partner"), orders):
        create_mapping(by=world.operator, project=world.project, spec=spec)
    partner = {"name": field("name", required=True)}
    order = {
        "name": field("name"),
        "partner_id": field("partner_id", "many2one", relation="res.partner", required=True),
    }
    for model, fields in (("res.partner", partner), ("sale.order", order)):
        keep_model(world.connection, ModelFacts(model=model, fields=fields, defaults={}))
    forget_model(world.connection, "crm.lead")
    dataset = make_dataset(world.project, {"customer": 3, "order": 5}, name="Orders")
    columns = [{"name": name, "header": name} for name in ("Key", "Name", "Parent")]
    dataset.sheets.update(columns=columns)
    return World(world.project, world.operator, world.connection, dataset)


@pytest.fixture
def graph(book: World) -> Graph:
    return create_graph(
        by=book.operator,
        project=book.project,
        name="Go-live",
        spec={"nodes": [node("order"), node("customer")], "edges": []},
        connection=book.connection,
        dataset=book.dataset,
    )


def test_a_graph_that_fits_has_no_problems(graph: Graph) -> None:
    assert validate_graph(graph) == []


def test_the_plan_shows_the_order_and_the_edges_that_references_add(graph: Graph) -> None:
    plan = execution_plan(graph)
    assert plan["order"] == ["customer", "order"]
    assert plan["added_edges"] == [{"source": "customer", "target": "order"}]
    assert plan["nodes"][1]["parents"] == ["customer"]
    assert plan["steps"][1] == {
        "node": "order",
        "model": "sale.order",
        "waits_for": ["customer"],
        "level": 1,
        "note": "",
    }


def test_every_problem_is_named_with_its_node(graph: Graph, book: World) -> None:
    bad = mapping_spec("lead", "crm.lead")
    create_mapping(by=book.operator, project=book.project, spec=bad)
    customer = Mapping.objects.get(name="customer")
    wrong = mapping_spec("customer", "res.partner") | {
        "fields": [{"target": "nmae", "source": "column", "spec": {"column": "Name"}}]
    }
    save_mapping(customer, by=book.operator, spec=wrong)
    nodes = [node("order", odooModel="sale.report"), node("customer"), node("lead"), node("ghost")]
    save_graph(graph, by=book.operator, spec={"nodes": nodes})
    book.dataset.sheets.filter(name="order").delete()
    plain = [{"name": name, "header": name} for name in ("Key", "Name")]
    book.dataset.sheets.update(columns=plain)
    found = codes(graph)
    assert set(found) >= {
        ("unknown_mapping", "ghost"),
        ("model_differs", "order"),
        ("unbound_entity", "order"),
        ("unknown_model", "lead"),
        ("unknown_field", "customer"),
    }
    assert any(node == "customer" and "missing" in code for code, node in found)
    with pytest.raises(Invalid) as raised:
        publish_graph(graph, by=book.operator)
    assert len(raised.value.problems) >= 6


def test_a_reference_to_an_entity_of_another_model_is_named(graph: Graph, book: World) -> None:
    wrong = mapping_spec("order", "sale.order", refers("partner_id", "lead"))
    create_mapping(by=book.operator, project=book.project, spec=mapping_spec("lead", "crm.lead"))
    save_mapping(Mapping.objects.get(name="order"), by=book.operator, spec=wrong)
    save_graph(graph, by=book.operator, spec={"nodes": [node("order")]})
    assert ("wrong_model", "order") in codes(graph)


@pytest.mark.parametrize("bad", ["x" * 101, "a\nb", "\0"])
def test_an_id_that_cannot_be_kept_is_named(graph: Graph, book: World, bad: str) -> None:
    problems = examine({"nodes": [node("customer") | {"id": bad}]}, project=book.project).problems
    assert "bad_id" in [one.code for one in problems]


def test_a_model_that_may_be_missing_is_a_warning_and_noted_in_the_plan(
    graph: Graph, book: World
) -> None:
    create_mapping(by=book.operator, project=book.project, spec=mapping_spec("lead", "crm.lead"))
    make_dataset(book.project, {"lead": 1})
    nodes = [node("customer"), node("lead", ifModelMissing="skip")]
    save_graph(graph, by=book.operator, spec={"nodes": nodes}, dataset=None)
    (problem,) = validate_graph(graph)
    assert (problem.code, problem.is_error) == ("unknown_model", False)
    assert "will be skipped" in execution_plan(graph)["nodes"][1]["note"]
    assert publish_graph(graph, by=book.operator).number == 1


def test_a_target_whose_schema_was_never_read_is_a_warning(graph: Graph, book: World) -> None:
    new = make_connection(book.project, "New")
    assert codes(graph, connection=new) == [("schema_not_read", "")]


def test_a_model_that_was_not_read_yet_is_checked_when_the_run_starts(
    graph: Graph, book: World
) -> None:
    create_mapping(by=book.operator, project=book.project, spec=mapping_spec("skill", "hr.skill"))
    save_graph(graph, by=book.operator, spec={"nodes": [node("skill")]}, dataset=None)
    make_dataset(book.project, {"skill": 1})
    (problem,) = validate_graph(graph)
    assert (problem.code, problem.node, problem.is_error) == ("schema_not_read", "skill", False)
    assert "the fields of hr.skill have not been read yet" in problem.message
    assert publish_graph(graph, by=book.operator).number == 1


def test_an_entity_that_an_earlier_run_loaded_may_be_referred_to(graph: Graph, book: World) -> None:
    save_graph(graph, by=book.operator, spec={"nodes": [node("order")]})
    assert codes(graph) == [("reference_outside", "order")]
    KeyMap.objects.create(
        project=book.project,
        connection=book.connection,
        entity=Entity.objects.get(name="customer"),
        key_hash=b"0" * 16,
        source_key='["1"]',
        odoo_model="res.partner",
        odoo_id=1,
        origin=KeyMapOrigin.CREATED,
    )
    assert codes(graph) == []


def test_an_optional_reference_in_a_cycle_gets_a_node_of_its_own(graph: Graph, book: World) -> None:
    customer = Mapping.objects.get(name="customer")
    spec = mapping_spec("customer", "res.partner", refers("last_order_id", "order"))
    save_mapping(customer, by=book.operator, spec=spec)
    fields = {
        "name": field("name", required=True),
        "last_order_id": field("last_order_id", "many2one", relation="sale.order"),
    }
    keep_model(book.connection, ModelFacts(model="res.partner", fields=fields, defaults={}))
    (problem,) = validate_graph(graph)
    assert (problem.code, problem.is_error) == ("cycle_cut", False)
    assert "“last_order_id” of node “customer”" in problem.message
    assert execution_plan(graph)["order"] == ["customer", "order", "customer:link"]
    mappings = publish_graph(graph, by=book.operator).frozen["mappings"]
    assert mappings["customer"]["held"] == ["last_order_id"]
    assert mappings["customer:link"]["held"] == ["active", "name"]


def test_a_release_is_frozen_and_the_same_content_is_the_same_release(
    graph: Graph, book: World
) -> None:
    first = publish_graph(graph, by=book.operator)
    drawn = {"nodes": [node("order") | {"position": {"x": 1}}, node("customer")], "edges": []}
    save_graph(graph, by=book.operator, spec=drawn)
    assert publish_graph(graph, by=book.operator) == first
    mapping = Mapping.objects.get(name="customer")
    changed = mapping_spec("customer", "res.partner") | {"on_existing": "create_only"}
    save_mapping(mapping, by=book.operator, spec=changed)
    second = publish_graph(graph, by=book.operator)
    assert (first.number, second.number) == (1, 2)
    first.refresh_from_db()
    assert first.frozen["mappings"]["customer"]["on_existing"] == "upsert"
    assert second.frozen["mappings"]["customer"]["on_existing"] == "create_only"


@pytest.mark.usefixtures("asked")
def test_starting_releases_a_graph_that_never_was(graph: Graph, book: World) -> None:
    run = start_run(graph, by=book.operator)
    assert run.version.number == 1
    assert list(run.node_runs.values_list("node_id", flat=True)) == ["customer", "order"]


@pytest.mark.usefixtures("asked")
def test_starting_a_graph_with_problems_releases_nothing(graph: Graph, book: World) -> None:
    save_graph(graph, by=book.operator, spec={"nodes": [node("ghost")]})
    with pytest.raises(Invalid):
        start_run(graph, by=book.operator)
    assert not GraphVersion.objects.exists()


def test_names_are_unique_and_viewers_may_not_edit(
    graph: Graph, book: World, make_member: Any
) -> None:
    with pytest.raises(Refused, match="already"):
        create_graph(by=book.operator, project=book.project, name="Go-live", spec={})
    with pytest.raises(NotAllowed):
        save_graph(graph, by=make_member("viewer", project=book.project), name="Mine")
    with pytest.raises(NotAllowed):
        publish_graph(graph, by=make_member("viewer", project=book.project))


@pytest.mark.usefixtures("asked")
def test_a_graph_with_runs_is_kept(graph: Graph, book: World) -> None:
    start_run(graph, by=book.operator)
    with pytest.raises(Refused, match="has runs"):
        delete_graph(graph, by=book.operator)


@pytest.mark.parametrize("example", ["demo/graph.json", "northwind/graph.json"])
def test_the_examples_make_graphs_that_can_be_ordered(
    world: World, example: str, capsys: Any
) -> None:
    who = f"--user={world.operator.username}"
    for _ in range(2):  # the second time its mappings are there already
        call_command("graph_create", f"--spec={EXAMPLES / example}", who, "--json", "--name=G")
        graph = Graph.objects.get(pk=json.loads(capsys.readouterr().out)["id"])
        plan = execution_plan(graph)
        assert plan["errors"] == []
        assert len(plan["order"]) == len(graph.spec["nodes"])
        graph.delete()
