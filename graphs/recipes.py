"""A graph with everything it needs, from one JSON file: value maps, mappings, nodes and edges.

What the project has already under the same name is brought to what the file says.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from jsonschema import Draft202012Validator

from graphs.models import Graph
from graphs.versions import create_graph
from importer.data.shapes import MAPPING, TEXT, VALUE_MAPS, check_shape
from importer.errors import Refused
from importer.mappings import create_mapping, save_mapping, save_value_map
from importer.models import Connection, Dataset, Mapping as MappingRow, Project, User

Recipe = Mapping[str, Any]

_VALIDATOR = Draft202012Validator(
    {
        "type": "object",
        "properties": {
            "name": TEXT,
            "description": TEXT,
            "value_maps": VALUE_MAPS,
            "mappings": {"type": ["array", "null"], "items": MAPPING},
        },
    }
)


def read_recipe(text: str, *, name: str | None = None) -> Recipe:
    """Parse the file's text: ``{name, value_maps: {name: {from: to}}, mappings: [...], nodes,
    edges}``. ``name`` wins over the file's. Raises Refused for what is no such file."""
    try:
        recipe = json.loads(text)
    except ValueError as error:
        raise Refused(f"The graph file is not JSON: {error}.") from error
    except RecursionError as error:
        raise Refused("The graph file is nested too deep.") from error
    if not isinstance(recipe, dict) or not isinstance(recipe.get("nodes"), list):
        raise Refused("The graph file must be a JSON object with “nodes” and “edges”.")
    if name:
        recipe["name"] = name
    if not recipe.get("name"):
        raise Refused("The graph needs a name: give --name, or “name” in the file.")
    check_shape(recipe, _VALIDATOR)
    return recipe


@transaction.atomic
def create_from_recipe(
    recipe: Recipe,
    *,
    by: User,
    project: Project,
    connection: Connection | None = None,
    dataset: Dataset | None = None,
) -> Graph:
    """Make the value maps, the mappings and the graph; all of them or nothing."""
    for name, entries in (recipe.get("value_maps") or {}).items():
        save_value_map(by=by, project=project, name=name, entries=entries)
    for spec in recipe.get("mappings") or ():
        _write_mapping(spec, by=by, project=project)
    return create_graph(
        by=by,
        project=project,
        name=recipe["name"],
        description=recipe.get("description", ""),
        spec={"nodes": recipe["nodes"], "edges": recipe.get("edges") or []},
        connection=connection,
        dataset=dataset,
    )


def _write_mapping(spec: Mapping[str, Any], *, by: User, project: Project) -> None:
    known = MappingRow.objects.filter(project=project, name=spec.get("name", "")).first()
    if known is None:
        create_mapping(by=by, project=project, spec=spec)
    else:
        save_mapping(known, by=by, spec=spec)
