"""What a graph's spec says, read strictly: nodes and edges as values, every problem at once.

Pure: no database, no Django. Extra keys that editors keep (position, label, ids of edges) are
carried by nobody and harm nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.errors import Problem

NODE_TYPES = ("load",)
LINK = "link"
"""Type of a generated node: it writes references that were cut out of a cycle."""
STUB = "stub"
"""Type of a generated node: it makes records that rows refer to and nobody has."""
ON_ERROR = ("continue", "halt")
LONGEST_ID = 100
IF_MODEL_MISSING = ("error", "skip")
_CODES = {"onError": "on_error", "ifModelMissing": "if_model_missing"}


@dataclass(frozen=True, slots=True)
class Node:
    """One node: which mapping is loaded, and what its errors mean for the run."""

    id: str
    type: str
    mapping: str  # id or name of a mapping of the project
    odoo_model: str = ""
    on_error: str = "continue"
    max_errors: int | None = None
    if_model_missing: str = "error"
    company: str = ""  # name or id of one that the connection's login has

    @property
    def is_optional(self) -> bool:
        """Skipped, not refused, where the database lacks the model (a module not installed)."""
        return self.if_model_missing == "skip"

    @property
    def halts(self) -> bool:
        return self.on_error == "halt"


@dataclass(frozen=True, slots=True)
class Edge:
    """``target`` waits for ``source``. ``id`` is what the problem list calls the edge."""

    source: str
    target: str

    @property
    def id(self) -> str:
        return f"{self.source}->{self.target}"

    def as_dict(self) -> dict[str, str]:
        return {"source": self.source, "target": self.target}


@dataclass(frozen=True, slots=True)
class Definition:
    """The readable part of a spec: nodes in the spec's order, edges without repetition."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def node(self, node_id: str) -> Node:
        return next(node for node in self.nodes if node.id == node_id)

    def with_edges(self, edges: Sequence[Edge]) -> "Definition":
        return Definition(self.nodes, tuple(dict.fromkeys((*self.edges, *edges))))

    def reversed(self) -> "Definition":
        """The order of undoing: children before parents."""
        edges = tuple(Edge(edge.target, edge.source) for edge in self.edges)
        return Definition(tuple(reversed(self.nodes)), edges)

    def as_spec(self) -> dict[str, Any]:
        """The spec with nothing of the editor in it: what a release freezes."""
        return {
            "nodes": [_node_as_dict(node) for node in self.nodes],
            "edges": [edge.as_dict() for edge in self.edges],
        }


def parse(spec: object, *, is_released: bool = False) -> tuple[Definition, list[Problem]]:
    """Read ``{nodes: [{id, type, data}], edges: [{source, target}]}``. What cannot be read is
    left out of the definition and named in the problems. Only a release holds generated nodes."""
    if not isinstance(spec, Mapping):
        shape = Problem("bad_spec", "The graph must be an object with “nodes” and “edges”.")
        return Definition((), ()), [shape]
    problems: list[Problem] = []
    types = (*NODE_TYPES, LINK, STUB) if is_released else NODE_TYPES
    nodes = _read_nodes(spec.get("nodes"), types, problems)
    edges = _read_edges(spec.get("edges"), {node.id for node in nodes}, problems)
    return Definition(nodes, edges), problems


def _items(value: object, name: str, problems: list[Problem]) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        problems.append(Problem("bad_spec", f"“{name}” must be a list of objects."))
        return []
    return value


def _read_nodes(value: object, types: Sequence[str], problems: list[Problem]) -> tuple[Node, ...]:
    items = _items(value, "nodes", problems)
    if not items and not problems:
        problems.append(Problem("empty_graph", "The graph has no nodes. Add at least one."))
    nodes = [_read_node(n, item, types, problems) for n, item in enumerate(items, start=1)]
    _name_duplicates(nodes, problems)
    unique: dict[str, Node] = {}
    for node in nodes:
        if node.id:
            unique.setdefault(node.id, node)
    return tuple(unique.values())


def _read_node(
    place: int, item: Mapping[str, Any], types: Sequence[str], problems: list[Problem]
) -> Node:
    node_id = _text(item.get("id"))
    if not node_id:
        problems.append(Problem("missing_id", f"Node number {place} has no id."))
    elif len(node_id) > LONGEST_ID or not node_id.isprintable():
        message = (
            f"The id of node number {place} must have at most {LONGEST_ID} characters, none of "
            "them invisible."
        )
        problems.append(Problem("bad_id", message, node=node_id[:LONGEST_ID]))
    type_ = _text(item.get("type"))
    if type_ not in types:
        known = ", ".join(NODE_TYPES)
        message = f"Node “{node_id}” has the unknown type “{type_}”; known types: {known}."
        problems.append(Problem("unknown_node_type", message, node=node_id))
    data = item.get("data")
    data = data if isinstance(data, Mapping) else {}
    mapping = _text(data.get("mapping"))
    if not mapping and type_ in types:
        message = f"Node “{node_id}” names no mapping. Choose the one it loads."
        problems.append(Problem("missing_mapping", message, node=node_id))
    return Node(
        id=node_id,
        type=type_,
        mapping=mapping,
        odoo_model=_text(data.get("odooModel")),
        on_error=_read_choice(node_id, data, "onError", ON_ERROR, problems),
        max_errors=_read_max_errors(node_id, data.get("maxErrors"), problems),
        if_model_missing=_read_choice(node_id, data, "ifModelMissing", IF_MODEL_MISSING, problems),
        company=_text(data.get("company")),
    )


def _read_choice(
    node_id: str,
    data: Mapping[str, Any],
    name: str,
    choices: Sequence[str],
    problems: list[Problem],
) -> str:
    """The value of one of the node's settings; the first choice is the default."""
    value = data.get(name)
    if value in choices:
        return str(value)
    if value not in (None, ""):
        message = f"Node “{node_id}”: {name} must be {' or '.join(choices)}, not “{value}”."
        problems.append(Problem(f"bad_{_CODES[name]}", message, node=node_id))
    return choices[0]


def _read_max_errors(node_id: str, value: object, problems: list[Problem]) -> int | None:
    if value in (None, ""):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    message = f"Node “{node_id}”: maxErrors must be a whole number from 0 on, not “{value}”."
    problems.append(Problem("bad_max_errors", message, node=node_id))
    return None


def _name_duplicates(nodes: Sequence[Node], problems: list[Problem]) -> None:
    for node_id, times in Counter(node.id for node in nodes if node.id).items():
        if times > 1:
            message = f"{times} nodes have the id “{node_id}”. Give each its own."
            problems.append(Problem("duplicate_id", message, node=node_id))


def _read_edges(value: object, known: set[str], problems: list[Problem]) -> tuple[Edge, ...]:
    edges = []
    for item in _items(value, "edges", problems):
        edge = Edge(_text(item.get("source")), _text(item.get("target")))
        wrong = _edge_problems(edge, known)
        problems.extend(wrong)
        if not wrong:
            edges.append(edge)
    return tuple(dict.fromkeys(edges))


def _edge_problems(edge: Edge, known: set[str]) -> list[Problem]:
    if edge.source == edge.target and edge.source in known:
        message = f"Node “{edge.source}” has an edge to itself. Remove it."
        return [Problem("self_edge", message, node=edge.source, edge=edge.id)]
    ends = dict.fromkeys((edge.source, edge.target))
    return [
        Problem(
            "unknown_node",
            f"The edge {edge.source or '?'} -> {edge.target or '?'} names the node “{end}”, "
            "which the graph does not have.",
            edge=edge.id,
        )
        for end in ends
        if end not in known
    ]


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) else ""


def _node_as_dict(node: Node) -> dict[str, Any]:
    data = {
        "odooModel": node.odoo_model,
        "mapping": node.mapping,
        "onError": node.on_error,
        "maxErrors": node.max_errors,
        "ifModelMissing": node.if_model_missing,
        **({"company": node.company} if node.company else {}),
    }
    return {"id": node.id, "type": node.type, "data": data}
