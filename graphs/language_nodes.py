"""Generated nodes that write the texts of second languages, one after the other, once the records
are there. Pure; reads frozen mappings only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphs.definition import LINK, LONGEST_ID, Definition, Edge, Node
from importer.data.languages import languages_of


@dataclass(frozen=True, slots=True)
class LanguageNode:
    """The generated node ``id`` writes the texts in ``lang`` of what ``node`` has made."""

    id: str
    node: str
    lang: str


def with_languages(
    definition: Definition, mappings: Mapping[str, Mapping[str, Any]]
) -> tuple[Definition, tuple[LanguageNode, ...]]:
    """The definition with a node for each second language of each mapping. They come after the
    node's own and after its generated link, as all write the same records."""
    made: list[LanguageNode] = []
    nodes, edges = list(definition.nodes), list(definition.edges)
    for node in definition.nodes:
        if node.type == LINK or node.id not in mappings:
            continue
        before = _link_of(definition, node) or node.id
        for lang in languages_of(mappings[node.id]):
            one = LanguageNode(_free_id(nodes, node.id, lang), node.id, lang)
            made.append(one)
            nodes.append(replace(node, id=one.id, type=LINK))
            edges.append(Edge(before, one.id))
            before = one.id
    return Definition(tuple(nodes), tuple(dict.fromkeys(edges))), tuple(made)


def _link_of(definition: Definition, node: Node) -> str:
    """The node that writes what was cut out of this one's cycles."""
    own = (edge.target for edge in definition.edges if edge.source == node.id)
    links = [
        other.id
        for other in map(definition.node, own)
        if other.type == LINK and other.mapping == node.mapping
    ]
    return links[0] if links else ""


def _free_id(nodes: list[Node], node_id: str, lang: str) -> str:
    taken = {one.id for one in nodes}
    name = f"{node_id[: LONGEST_ID - len(lang) - 3]}:{lang}"
    while name in taken:
        name += "_"
    return name
