"""Adds to a graph the nodes that make stubs: for each node whose rows may refer to what nobody
has, one before it and after the node that loads the entity.

Pure; reads frozen mappings only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graphs.definition import STUB, Definition, Edge
from graphs.links import Link, Reference, free_id


@dataclass(frozen=True, slots=True)
class Stub:
    """The generated node ``id`` makes records of ``entity`` that ``fields`` of the rows of node
    ``asker`` refer to; ``beside``: the node that loads the entity, empty where none does."""

    id: str
    asker: str
    entity: str
    fields: tuple[str, ...]
    beside: str = ""


def with_stubs(
    definition: Definition,
    references: Sequence[Reference],
    owners: Mapping[str, str],
    links: Sequence[Link],
) -> tuple[Definition, tuple[Stub, ...]]:
    """The definition with these nodes. Those of one entity come one after the other, so that each
    knows what the one before it has made."""
    stubs = _stubs(definition, _wanted(references, owners, links), owners)
    nodes, edges = list(definition.nodes), list(definition.edges)
    before: dict[str, str] = {}
    for stub in stubs:
        asker = definition.node(stub.asker)
        nodes.append(replace(asker, id=stub.id, type=STUB, odoo_model=""))
        edges.append(Edge(stub.id, stub.asker))
        earlier = (stub.beside, before.get(stub.entity, ""))
        edges += [Edge(node, stub.id) for node in earlier if node]
        before[stub.entity] = stub.id
    return Definition(tuple(nodes), tuple(edges)), stubs


def _wanted(
    references: Sequence[Reference], owners: Mapping[str, str], links: Sequence[Link]
) -> dict[tuple[str, str], list[str]]:
    """(node that writes the field, entity) -> fields."""
    writers = {(link.node, field): link.id for link in links for field in link.fields}
    wanted: dict[tuple[str, str], list[str]] = {}
    for ref in references:
        if ref.makes_stubs and not ref.is_nested and owners.get(ref.entity) != ref.node:
            node = writers.get((ref.node, ref.field), ref.node)
            wanted.setdefault((node, ref.entity), []).append(ref.field)
    return wanted


def _stubs(
    definition: Definition, wanted: Mapping[tuple[str, str], list[str]], owners: Mapping[str, str]
) -> tuple[Stub, ...]:
    taken = {node.id for node in definition.nodes}
    stubs = []
    for (node, entity), fields in wanted.items():
        stub_id = free_id(node, f":{entity}:stub", taken)
        taken.add(stub_id)
        stubs.append(Stub(stub_id, node, entity, tuple(fields), owners.get(entity, "")))
    return tuple(stubs)
