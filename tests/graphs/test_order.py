"""Nodes run in topological order; what forbids one is named with its path."""

from hypothesis import given, strategies as st

from graphs.definition import Definition, Edge, Node
from graphs.ordering import cycles_of, order_of


def graph(names: str, *edges: str) -> Definition:
    nodes = tuple(Node(id=name, type="load", mapping=name) for name in names)
    return Definition(nodes, tuple(Edge(edge[0], edge[1]) for edge in edges))


def test_parents_come_first_and_levels_count_from_the_roots() -> None:
    order = order_of(graph("dcba", "ab", "ac", "bd", "cd"))
    assert order.ids == ("a", "c", "b", "d")
    assert order.by_level() == [["a"], ["c", "b"], ["d"]]


def test_free_nodes_keep_the_specs_order() -> None:
    assert order_of(graph("zxy")).ids == ("z", "x", "y")


def test_a_cycle_is_named_with_its_path() -> None:
    (path,) = cycles_of(graph("abc", "ab", "bc", "ca"))
    assert path[0] == path[-1]
    assert set(path) == set("abc")
    assert all(f"{x}{y}" in ("ab", "bc", "ca") for x, y in zip(path, path[1:], strict=False))


def test_each_of_two_cycles_is_named() -> None:
    paths = cycles_of(graph("abcd", "ab", "ba", "cd", "dc"))
    assert {frozenset(path) for path in paths} == {frozenset("ab"), frozenset("cd")}


@given(st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=15))
def test_a_graph_has_either_an_order_or_a_cycle(pairs: set[tuple[str, str]]) -> None:
    edges = [f"{source}{target}" for source, target in sorted(pairs) if source != target]
    definition = graph("abcdef", *edges)
    if cycles_of(definition):
        return
    ids = order_of(definition).ids
    assert sorted(ids) == list("abcdef")
    assert all(ids.index(edge[0]) < ids.index(edge[1]) for edge in edges)
