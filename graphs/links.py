"""Opens the cycles of a graph: a reference that may be empty is left out of its node and written
afterwards by a generated node, once both ends are there.

Pure; reads frozen mappings only.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from graphs.definition import LINK, LONGEST_ID, Definition, Edge
from graphs.ordering import cycles_of
from importer.errors import Problem

IsRequired = Callable[[str, str], bool | None]
"""(node id, field) -> whether Odoo demands the field; None where the schema is not known."""

Filled = Callable[[str, str], int | None]
"""(node id, field) -> rows whose cell is not empty; None where that is not known."""

_SUFFIX = ":link"
_UNKNOWN = 2**62


@dataclass(frozen=True, slots=True)
class Reference:
    """``field`` of ``node`` points at records of ``entity``; ``is_nested``: of its lines;
    ``makes_stubs``: of records that nobody has stubs are made."""

    node: str
    field: str
    entity: str
    is_nested: bool = False
    makes_stubs: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """The generated node ``id`` writes ``fields`` of the records that ``node`` has made."""

    id: str
    node: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A definition without the cycles that could be cut, the nodes this took, and what is to be
    said: a warning for each cut, an error for each cycle that stays."""

    definition: Definition
    links: tuple[Link, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Cut:
    edge: Edge
    fields: tuple[str, ...]


def open_cycles(
    definition: Definition,
    references: Sequence[Reference],
    owners: Mapping[str, str],
    *,
    is_required: IsRequired,
    filled: Filled,
) -> Opened:
    """Cut each cycle at the optional fields with the fewest filled cells."""
    problems: list[Problem] = []
    cuts: list[_Cut] = []
    whole = definition
    stays: set[Edge] = set()
    while cycles := [path for path in cycles_of(whole) if not _is_said(path, stays)]:
        path = cycles[0]
        found = _cuts_of(path, references, owners, is_required)
        if not found:
            stays.add(_first(path))
            problems.append(_stays(path))
            continue
        cut = found[0] if len(found) == 1 else min(found, key=lambda one: _weight(one, filled))
        cuts.append(cut)
        problems.append(_is_cut(path, cut))
        edges = tuple(edge for edge in whole.edges if edge != cut.edge)
        whole = Definition(whole.nodes, edges)
    links = _links(whole, cuts)
    return Opened(_with_links(whole, links, cuts), links, tuple(problems))


def _is_said(path: tuple[str, ...], stays: set[Edge]) -> bool:
    return any(Edge(*ends) in stays for ends in pairwise(path))


def _first(path: tuple[str, ...]) -> Edge:
    return Edge(path[0], path[1])


def _cuts_of(
    path: tuple[str, ...],
    references: Sequence[Reference],
    owners: Mapping[str, str],
    is_required: IsRequired,
) -> list[_Cut]:
    """Edges of the cycle that only optional fields ask for."""
    found = []
    for source, target in pairwise(path):
        causes = [r for r in references if r.node == target and owners.get(r.entity) == source]
        may_wait = all(
            is_required(target, one.field) is False and not one.is_nested for one in causes
        )
        if causes and may_wait:
            fields = tuple(dict.fromkeys(one.field for one in causes))
            found.append(_Cut(Edge(source, target), fields))
    return found


def _weight(cut: _Cut, filled: Filled) -> int:
    counts = [filled(cut.edge.target, field) for field in cut.fields]
    return sum(_UNKNOWN if count is None else count for count in counts)


def free_id(node: str, suffix: str, taken: Container[str]) -> str:
    """An id for a node that is generated because of another one."""
    name = f"{node[: LONGEST_ID - len(suffix) - 2]}{suffix}"
    while name in taken:
        name += "_"
    return name


def _links(definition: Definition, cuts: Sequence[_Cut]) -> tuple[Link, ...]:
    taken = {node.id for node in definition.nodes}
    links = []
    for node in dict.fromkeys(cut.edge.target for cut in cuts):
        own = [field for cut in cuts if cut.edge.target == node for field in cut.fields]
        name = free_id(node, _SUFFIX, taken)
        links.append(Link(name, node, tuple(dict.fromkeys(own))))
    return tuple(links)


def _with_links(definition: Definition, links: Sequence[Link], cuts: Sequence[_Cut]) -> Definition:
    nodes, edges = list(definition.nodes), list(definition.edges)
    for link in links:
        node = definition.node(link.node)
        nodes.append(replace(node, id=link.id, type=LINK))
        edges.append(Edge(link.node, link.id))
        edges += [Edge(cut.edge.source, link.id) for cut in cuts if cut.edge.target == link.node]
    return Definition(tuple(nodes), tuple(dict.fromkeys(edges)))


def _is_cut(path: tuple[str, ...], cut: _Cut) -> Problem:
    named = " and ".join(f"“{field}”" for field in cut.fields)
    message = (
        f"The graph has a cycle: {' -> '.join(path)}. It is opened at the optional {named} of "
        f"node “{cut.edge.target}”, which is written by a node of its own after both ends."
    )
    target = cut.edge.target
    return Problem("cycle_cut", message, node=target, edge=cut.edge.id, is_error=False)


def _stays(path: tuple[str, ...]) -> Problem:
    message = (
        f"The graph has a cycle: {' -> '.join(path)}. None of its edges stands for optional "
        "fields alone, as far as is known. Remove one of them, or leave a reference out of its "
        "mapping; with a connection whose fields have been read, optional ones are found."
    )
    return Problem("cycle", message, node=path[0], edge=_first(path).id)
