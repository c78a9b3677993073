"""In which order nodes run: topological order and levels, or the cycles that forbid one.

Pure. Levels are for display only; a node starts when its own parents are done.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from graphs.definition import Definition, Edge


@dataclass(frozen=True, slots=True)
class Order:
    """Node ids in an order that respects every edge, and the level of each (0 = no parents)."""

    ids: tuple[str, ...]
    levels: dict[str, int]

    def by_level(self) -> list[list[str]]:
        depth = max(self.levels.values(), default=-1) + 1
        return [[id_ for id_ in self.ids if self.levels[id_] == level] for level in range(depth)]


def parents_of(definition: Definition) -> dict[str, tuple[str, ...]]:
    """Node id -> ids it waits for, in the spec's order."""
    return {
        node.id: tuple(edge.source for edge in definition.edges if edge.target == node.id)
        for node in definition.nodes
    }


def order_of(definition: Definition) -> Order:
    """The order of an acyclic definition; stable: nodes that are free together keep the spec's
    order. Raises graphlib.CycleError when there is a cycle (ask :func:`cycles_of` first)."""
    parents = parents_of(definition)
    place = {node.id: number for number, node in enumerate(definition.nodes)}
    sorter = TopologicalSorter(parents)
    sorter.prepare()
    ids: list[str] = []
    while sorter.is_active():
        free = sorted(sorter.get_ready(), key=place.__getitem__)
        ids.extend(free)
        sorter.done(*free)
    levels: dict[str, int] = {}
    for id_ in ids:
        levels[id_] = 1 + max((levels[parent] for parent in parents[id_]), default=-1)
    return Order(tuple(ids), levels)


def cycles_of(definition: Definition) -> list[tuple[str, ...]]:
    """Each cycle as its path, first node repeated at the end: ``("a", "b", "a")``. Every edge
    that must go is on at least one of them."""
    edges = set(definition.edges)
    cycles = []
    while (path := _one_cycle(definition, edges)) is not None:
        cycles.append(path)
        edges -= {Edge(path[-2], path[-1])}
    return cycles


def _one_cycle(definition: Definition, edges: Iterable[Edge]) -> tuple[str, ...] | None:
    known = [edge for edge in definition.edges if edge in set(edges)]
    sorter = TopologicalSorter(parents_of(Definition(definition.nodes, tuple(known))))
    try:
        sorter.prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return None
