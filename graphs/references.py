"""What the mappings of a graph say about each other: which references make edges, which entities
two nodes fight over.

Pure; reads frozen mappings only.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphs.definition import Definition, Edge
from graphs.links import Filled, IsRequired, Link, Reference, open_cycles
from graphs.stubs import Stub, with_stubs
from importer.data.value_actions import makes_stubs
from importer.errors import Problem

Frozen = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Completed:
    """A definition with the edges its references ask for, the nodes that open its cycles and those
    that make stubs, and what is wrong with it."""

    definition: Definition
    added_edges: tuple[Edge, ...]
    problems: tuple[Problem, ...]
    links: tuple[Link, ...] = ()
    stubs: tuple[Stub, ...] = ()


def complete(
    definition: Definition,
    mappings: Mapping[str, Frozen],
    *,
    has_key_maps: Callable[[str], bool] = lambda entity: False,
    is_required: IsRequired = lambda node, field: None,
    filled: Filled = lambda node, field: None,
) -> Completed:
    """Add an edge for each reference to an entity that another node loads, and cut the cycles this
    makes where optional fields allow it. ``mappings``: node id -> frozen mapping.
    ``has_key_maps(entity)``: records of it are known from earlier runs."""
    owners, problems = _owners(definition, mappings)
    references = [ref for node in definition.nodes for ref in _references(node.id, mappings)]
    problems += _model_problems(definition, mappings)
    problems += _unknown_targets(references, owners, has_key_maps)
    wanted = [
        Edge(owners[ref.entity], ref.node)
        for ref in references
        if owners.get(ref.entity, ref.node) != ref.node
    ]
    added = tuple(edge for edge in dict.fromkeys(wanted) if edge not in definition.edges)
    opened = open_cycles(
        definition.with_edges(added), references, owners, is_required=is_required, filled=filled
    )
    stays = tuple(edge for edge in added if edge in opened.definition.edges)
    whole, stubs = with_stubs(opened.definition, references, owners, opened.links)
    return Completed(whole, stays, (*problems, *opened.problems), opened.links, stubs)


def entities_of(frozen: Frozen) -> list[str]:
    """The entity a mapping loads, then those of its nested mappings."""
    return [one["entity"]["name"] for one in _with_nested(frozen)]


def _with_nested(frozen: Frozen) -> Iterator[Frozen]:
    yield frozen
    for nested in frozen.get("nested") or ():
        yield from _with_nested(nested)


def _references(node_id: str, mappings: Mapping[str, Frozen]) -> Iterator[Reference]:
    if node_id not in mappings:
        return
    whole = mappings[node_id]
    for part in _with_nested(whole):
        for field in part.get("fields", ()):
            if field["source"] == "reference":
                entity = field["spec"].get("entity", "")
                yield Reference(
                    node_id,
                    field["target"],
                    entity,
                    is_nested=part is not whole,
                    makes_stubs=makes_stubs(field),
                )


def _owners(
    definition: Definition, mappings: Mapping[str, Frozen]
) -> tuple[dict[str, str], list[Problem]]:
    owners: dict[str, str] = {}
    problems = []
    for node in definition.nodes:
        for entity in entities_of(mappings[node.id]) if node.id in mappings else ():
            first = owners.setdefault(entity, node.id)
            if first != node.id:
                message = (
                    f"Nodes “{first}” and “{node.id}” both load the entity “{entity}”. "
                    "Keep one of them."
                )
                problems.append(Problem("entity_twice", message, node=node.id))
    return owners, problems


def _model_problems(definition: Definition, mappings: Mapping[str, Frozen]) -> list[Problem]:
    problems = []
    for node in definition.nodes:
        frozen = mappings.get(node.id)
        model = frozen["entity"]["odoo_model"] if frozen else node.odoo_model
        if frozen and node.odoo_model and node.odoo_model != model:
            message = (
                f"Node “{node.id}” says {node.odoo_model}, but its mapping “{frozen['name']}” "
                f"loads {model}. Correct one of them."
            )
            problems.append(Problem("model_differs", message, node=node.id))
    return problems


def _unknown_targets(
    references: list[Reference], owners: Mapping[str, str], has_key_maps: Callable[[str], bool]
) -> list[Problem]:
    problems = []
    for ref in references:
        if ref.makes_stubs or ref.entity in owners or has_key_maps(ref.entity):
            continue
        message = (
            f"Node “{ref.node}”: field “{ref.field}” refers to the entity “{ref.entity}”, which "
            "no node of the graph loads and no earlier run has loaded. Its rows will find "
            "nothing until it is loaded."
        )
        problems.append(Problem("reference_outside", message, node=ref.node, is_error=False))
    return problems


def models_of(frozen: Frozen) -> list[str]:
    """The Odoo models a mapping writes, its nested mappings' included."""
    return [one["entity"]["odoo_model"] for one in _with_nested(frozen)]
