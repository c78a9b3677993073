"""What the mappings of a graph say about each other: which references make edges, which entities
two nodes fight over, which cycles an optional field could cut.

Pure; reads frozen mappings only.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from graphs.definition import Definition, Edge
from graphs.ordering import cycles_of
from importer.errors import Problem

Frozen = Mapping[str, Any]
IsRequired = Callable[[str, str], bool | None]
"""(node id, field) -> whether Odoo demands the field; None where the schema is not known."""


@dataclass(frozen=True, slots=True)
class Reference:
    """``field`` of ``node`` points at records of ``entity``."""

    node: str
    field: str
    entity: str


@dataclass(frozen=True, slots=True)
class Completed:
    """A definition with the edges its references ask for, and what is wrong with it."""

    definition: Definition
    added_edges: tuple[Edge, ...]
    problems: tuple[Problem, ...]


def complete(
    definition: Definition,
    mappings: Mapping[str, Frozen],
    *,
    has_key_maps: Callable[[str], bool] = lambda entity: False,
    is_required: IsRequired = lambda node, field: None,
) -> Completed:
    """Add an edge for each reference to an entity that another node loads. ``mappings``: node id
    -> frozen mapping. ``has_key_maps(entity)``: records of it are known from earlier runs."""
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
    whole = definition.with_edges(added)
    problems += _cycle_problems(whole, references, owners, is_required)
    return Completed(whole, added, tuple(problems))


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
    for part in _with_nested(mappings[node_id]):
        for field in part.get("fields", ()):
            if field["source"] == "reference":
                yield Reference(node_id, field["target"], field["spec"].get("entity", ""))


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
        if ref.entity in owners or has_key_maps(ref.entity):
            continue
        message = (
            f"Node “{ref.node}”: field “{ref.field}” refers to the entity “{ref.entity}”, which "
            "no node of the graph loads and no earlier run has loaded. Its rows will find "
            "nothing until it is loaded."
        )
        problems.append(Problem("reference_outside", message, node=ref.node, is_error=False))
    return problems


def _cycle_problems(
    definition: Definition,
    references: list[Reference],
    owners: Mapping[str, str],
    is_required: IsRequired,
) -> list[Problem]:
    problems = []
    for path in cycles_of(definition):
        fields = _cutting_fields(path, references, owners, is_required)
        message = f"The graph has a cycle: {' -> '.join(path)}. "
        if fields:
            message += (
                f"The optional field {_either(fields)} could cut it, but loading a cut reference "
                "afterwards is not supported yet: leave the field out of the mapping."
            )
        else:
            message += "Remove one of its edges."
        code = "cycle_optional" if fields else "cycle"
        edge = Edge(path[0], path[1]).id
        problems.append(Problem(code, message, node=path[0], edge=edge))
    return problems


def _cutting_fields(
    path: tuple[str, ...],
    references: list[Reference],
    owners: Mapping[str, str],
    is_required: IsRequired,
) -> list[str]:
    """Fields of which one, left empty, opens the cycle: the only cause of their edge."""
    fields = []
    for source, target in pairwise(path):
        causes = [r for r in references if r.node == target and owners.get(r.entity) == source]
        if len(causes) == 1 and is_required(target, causes[0].field) is False:
            fields.append(f"“{causes[0].field}” of node “{target}”")
    return fields


def _either(names: list[str]) -> str:
    return " or ".join(names)


def models_of(frozen: Frozen) -> list[str]:
    """The Odoo models a mapping writes, its nested mappings' included."""
    return [one["entity"]["odoo_model"] for one in _with_nested(frozen)]
