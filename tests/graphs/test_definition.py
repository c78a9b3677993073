"""A graph's spec is read strictly and every problem is named at once."""

from typing import Any

from graphs.definition import Edge, parse


def node(node_id: str, **data: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "load", "data": {"mapping": node_id, **data}}


def codes(spec: object) -> list[str]:
    return [problem.code for problem in parse(spec)[1]]


def test_a_plain_graph_has_no_problems_and_keeps_the_specs_order() -> None:
    edge = {"source": "customers", "target": "orders"}
    definition, problems = parse({"nodes": [node("orders"), node("customers")], "edges": [edge]})
    assert problems == []
    assert [one.id for one in definition.nodes] == ["orders", "customers"]
    assert definition.edges == (Edge("customers", "orders"),)


def test_what_editors_add_is_ignored() -> None:
    drawn = node("a") | {"position": {"x": 1, "y": 2}, "selected": True}
    edge = {"id": "e1", "source": "a", "target": "b", "label": "then", "animated": True}
    definition, problems = parse({"nodes": [drawn, node("b")], "edges": [edge], "viewport": {}})
    assert problems == []
    assert "position" not in str(definition.as_spec())


def test_every_problem_is_named_at_once() -> None:
    spec = {
        "nodes": [node("a"), node("a"), {"id": "b", "type": "join"}, {"id": "c", "type": "load"}],
        "edges": [{"source": "a", "target": "a"}, {"source": "a", "target": "ghost"}],
    }
    assert sorted(codes(spec)) == [
        "duplicate_id",
        "missing_mapping",
        "self_edge",
        "unknown_node",
        "unknown_node_type",
    ]


def test_a_problem_says_which_node_or_edge() -> None:
    _, problems = parse({"nodes": [node("a")], "edges": [{"source": "a", "target": "ghost"}]})
    (problem,) = problems
    assert problem.edge == "a->ghost"
    assert "ghost" in problem.message
    _, problems = parse({"nodes": [node("a", maxErrors=-1, onError="explode")]})
    assert {(one.code, one.node) for one in problems} == {
        ("bad_max_errors", "a"),
        ("bad_on_error", "a"),
    }


def test_a_graph_without_nodes_is_empty() -> None:
    assert codes({}) == codes({"nodes": [], "edges": []}) == ["empty_graph"]


def test_what_is_no_graph_at_all_is_said_so() -> None:
    assert codes([1, 2]) == codes({"nodes": "a,b"}) == codes({"nodes": ["a"]}) == ["bad_spec"]


def test_node_settings_are_read() -> None:
    definition, _ = parse({"nodes": [node("a", onError="halt", maxErrors=0, odooModel="x.y")]})
    one = definition.node("a")
    assert (one.halts, one.max_errors, one.odoo_model) == (True, 0, "x.y")


def test_reversing_swaps_every_edge() -> None:
    spec = {"nodes": [node("a"), node("b")], "edges": [{"source": "a", "target": "b"}]}
    definition, _ = parse(spec)
    assert definition.reversed().edges == (Edge("b", "a"),)
