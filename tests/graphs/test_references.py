"""References between mappings give the graph its edges, and its problems."""

from typing import Any

import pytest

from graphs.definition import Definition, Edge, Node
from graphs.links import Link
from graphs.ordering import order_of, parents_of
from graphs.references import complete, entities_of


def frozen(entity: str, *references: str, model: str = "res.partner") -> dict[str, Any]:
    fields = [
        {"target": f"{target}_id", "source": "reference", "spec": {"entity": target}}
        for target in references
    ]
    name = {"name": f"{entity} mapping"}
    return name | {"entity": {"name": entity, "odoo_model": model}, "fields": fields, "nested": []}


def graph(*names: str, edges: tuple[Edge, ...] = ()) -> Definition:
    nodes = tuple(Node(id=name, type="load", mapping=name) for name in names)
    return Definition(nodes, edges)


def test_a_reference_without_an_edge_adds_the_edge_and_shows_it() -> None:
    mappings = {"orders": frozen("order", "customer"), "people": frozen("customer")}
    done = complete(graph("orders", "people"), mappings)
    assert done.added_edges == (Edge("people", "orders"),)
    assert done.definition.edges == (Edge("people", "orders"),)
    assert done.problems == ()


def test_an_edge_that_is_there_is_not_added_again() -> None:
    mappings = {"orders": frozen("order", "customer"), "people": frozen("customer")}
    drawn = graph("orders", "people", edges=(Edge("people", "orders"),))
    assert complete(drawn, mappings).added_edges == ()


def test_a_reference_to_itself_is_no_edge() -> None:
    done = complete(graph("people"), {"people": frozen("employee", "employee")})
    assert (done.added_edges, done.problems) == ((), ())


def test_a_reference_out_of_the_graph_is_a_warning_unless_an_earlier_run_loaded_it() -> None:
    mappings = {"orders": frozen("order", "customer")}
    (problem,) = complete(graph("orders"), mappings).problems
    assert (problem.code, problem.is_error) == ("reference_outside", False)
    known = complete(graph("orders"), mappings, has_key_maps=lambda entity: entity == "customer")
    assert known.problems == ()


def test_two_nodes_for_one_entity_are_refused() -> None:
    mappings = {"a": frozen("customer"), "b": frozen("customer")}
    (problem,) = complete(graph("a", "b"), mappings).problems
    assert problem.code == "entity_twice"
    assert "“a” and “b”" in problem.message


def test_a_model_that_differs_from_the_mappings_is_refused() -> None:
    node = Node(id="a", type="load", mapping="a", odoo_model="sale.order")
    (problem,) = complete(Definition((node,), ()), {"a": frozen("customer")}).problems
    assert problem.code == "model_differs"


def test_a_cycle_is_opened_at_an_optional_field_that_a_generated_node_writes() -> None:
    mappings = {
        "staff": frozen("employee", "department"),
        "units": frozen("department", "employee"),
    }
    optional = {("units", "employee_id"): False, ("staff", "department_id"): True}
    done = complete(
        graph("staff", "units"), mappings, is_required=lambda n, f: optional.get((n, f))
    )
    (problem,) = done.problems
    assert (problem.code, problem.is_error) == ("cycle_cut", False)
    assert "“employee_id” of node “units”" in problem.message
    assert "department_id" not in problem.message
    assert done.links == (Link("units:link", "units", ("employee_id",)),)
    assert order_of(done.definition).ids == ("units", "staff", "units:link")
    assert parents_of(done.definition)["units:link"] == ("units", "staff")


def test_of_two_optional_fields_the_one_with_fewer_filled_cells_waits() -> None:
    mappings = {
        "staff": frozen("employee", "department"),
        "units": frozen("department", "employee"),
    }
    cells = {("staff", "department_id"): 2, ("units", "employee_id"): 3}
    done = complete(
        graph("staff", "units"),
        mappings,
        is_required=lambda n, f: False,
        filled=lambda n, f: cells[n, f],
    )
    assert [link.fields for link in done.links] == [("department_id",)]
    assert order_of(done.definition).ids == ("staff", "units", "staff:link")


@pytest.mark.parametrize("answer", [True, None])
def test_a_cycle_of_required_or_unknown_fields_stays_an_error(answer: bool | None) -> None:
    mappings = {
        "staff": frozen("employee", "department"),
        "units": frozen("department", "employee"),
    }
    done = complete(graph("staff", "units"), mappings, is_required=lambda n, f: answer)
    assert [one.code for one in done.problems] == ["cycle"]
    assert done.links == ()


def test_two_cycles_through_one_node_share_its_link_node() -> None:
    mappings = {
        "a": frozen("a", "b")
        | {"fields": [*frozen("a", "b")["fields"], *frozen("a", "c")["fields"]]},
        "b": frozen("b", "a"),
        "c": frozen("c", "a"),
    }
    done = complete(graph("a", "b", "c"), mappings, is_required=lambda n, f: n != "a")
    assert [(link.id, set(link.fields)) for link in done.links] == [("a:link", {"b_id", "c_id"})]
    assert set(parents_of(done.definition)["a:link"]) == {"a", "b", "c"}


def test_a_reference_of_nested_lines_is_never_left_for_later() -> None:
    orders = frozen("order") | {"nested": [frozen("line", "contract")]}
    mappings = {"orders": orders, "contracts": frozen("contract", "order")}
    done = complete(graph("orders", "contracts"), mappings, is_required=lambda n, f: n != "orders")
    assert [one.code for one in done.problems] == ["cycle"]


def test_a_cycle_of_drawn_edges_cannot_be_cut_by_a_field() -> None:
    drawn = graph("a", "b", edges=(Edge("a", "b"), Edge("b", "a")))
    (problem,) = complete(drawn, {"a": frozen("x"), "b": frozen("y")}).problems
    assert problem.code == "cycle"
    assert problem.is_error


def test_references_of_nested_lines_count_for_their_parent() -> None:
    invoices = frozen("invoice") | {"nested": [frozen("invoice_line", "product")]}
    done = complete(graph("inv", "goods"), {"inv": invoices, "goods": frozen("product")})
    assert done.added_edges == (Edge("goods", "inv"),)
    assert entities_of(invoices) == ["invoice", "invoice_line"]
