"""Verbs about graphs: making one, checking it, releasing it. A release is frozen: a run reads
nothing else, so what is edited later changes no run.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from graphs.examining import Examined, examine
from graphs.models import Graph, GraphVersion
from importer.errors import Invalid, Problem, Refused
from importer.mappings import sha256_of_json
from importer.models import Connection, Dataset, Project, User
from importer.rights import require

_LONGEST_NAME = 200


@transaction.atomic
def create_graph(
    *,
    by: User,
    project: Project,
    name: str,
    spec: Mapping[str, Any],
    description: str = "",
    connection: Connection | None = None,
    dataset: Dataset | None = None,
) -> Graph:
    """A new draft. Only its name is checked; :func:`validate_graph` says the rest."""
    require(by, "edit_graph", project)
    _check_same_project(project, connection, dataset)
    return Graph.objects.create(
        project=project,
        name=_free_name(project, name),
        description=description,
        spec=dict(spec),
        connection=connection,
        dataset=dataset,
        created_by=by,
    )


@transaction.atomic
def save_graph(graph: Graph, *, by: User, **changes: Any) -> Graph:
    """Change the draft: name, description, spec, connection, dataset. Releases stay as they are."""
    require(by, "edit_graph", graph.project)
    unknown = set(changes) - {"name", "description", "spec", "connection", "dataset"}
    if unknown:
        raise Refused(f"A graph has no {', '.join(sorted(unknown))} to change.")
    _check_same_project(graph.project, changes.get("connection"), changes.get("dataset"))
    if "name" in changes and changes["name"] != graph.name:
        changes["name"] = _free_name(graph.project, changes["name"])
    for field, value in changes.items():
        setattr(graph, field, value)
    graph.save(update_fields=[*changes, "updated_at"])
    return graph


def delete_graph(graph: Graph, *, by: User) -> None:
    """Delete a graph that never ran; one with runs is kept, as they are its record."""
    require(by, "edit_graph", graph.project)
    if GraphVersion.objects.filter(graph=graph, runs__isnull=False).exists():
        raise Refused(f"“{graph}” has runs, which are kept. Rename it instead of deleting it.")
    graph.delete()


def validate_graph(
    graph: Graph, *, connection: Connection | None = None, dataset: Dataset | None = None
) -> list[Problem]:
    """Every problem of the draft at once; warnings have ``is_error`` False. The graph's own
    connection and dataset are used where none is given."""
    return list(_examine(graph, connection, dataset).problems)


def execution_plan(graph: Graph) -> dict[str, Any]:
    """What a run of the draft would do: ``{order: [id], levels: [[id]], nodes: [{id, position,
    level, model, entity, mapping, parents, note}], steps, added_edges: [{source, target}],
    errors, warnings}``; ``order`` is empty while a cycle forbids one, ``steps`` are the nodes in
    words for pages: ``{node, model, waits_for, level, note}``."""
    examined = _examine(graph, None, None)
    order = examined.order
    nodes = _planned_nodes(examined)
    warnings = [problem for problem in examined.problems if not problem.is_error]
    return {
        "order": list(order.ids) if order else [],
        "levels": order.by_level() if order else [],
        "nodes": nodes,
        "steps": [_step(node) for node in nodes],
        "added_edges": [edge.as_dict() for edge in examined.added_edges],
        "errors": [problem.as_dict() for problem in examined.errors],
        "warnings": [problem.as_dict() for problem in warnings],
    }


def latest_version(graph: Graph) -> GraphVersion | None:
    """The newest release, or None."""
    return graph.versions.order_by("-number").first()


def publish_graph(
    graph: Graph,
    *,
    by: User,
    connection: Connection | None = None,
    dataset: Dataset | None = None,
) -> GraphVersion:
    """Release the draft. The same content as the newest release gives that one. Raises Invalid
    with every problem."""
    require(by, "publish_graph", graph.project)
    examined = _examine(graph, connection, dataset)
    if examined.errors:
        raise Invalid(examined.errors)
    frozen = freeze(examined)
    return _release(graph, frozen, sha256_of_json(frozen), by)


def freeze(examined: Examined) -> dict[str, Any]:
    """What a release holds: ``{spec, mappings: {node: frozen mapping}, order, levels,
    added_edges}``; the spec's edges include the added ones."""
    if examined.order is None:
        raise Invalid(examined.errors)
    return {
        "spec": examined.definition.as_spec(),
        "mappings": dict(examined.mappings),
        "order": list(examined.order.ids),
        "levels": examined.order.levels,
        "added_edges": [edge.as_dict() for edge in examined.added_edges],
    }


@transaction.atomic
def _release(graph: Graph, frozen: dict[str, Any], sha256: str, by: User) -> GraphVersion:
    # Two people releasing at once must not both take the next number.
    Graph.objects.select_for_update(no_key=True).get(pk=graph.pk)
    latest = latest_version(graph)
    if latest is not None and latest.sha256 == sha256:
        return latest
    return GraphVersion.objects.create(
        project=graph.project,
        graph=graph,
        number=latest.number + 1 if latest else 1,
        frozen=frozen,
        sha256=sha256,
        released_by=by,
    )


def _examine(graph: Graph, connection: Connection | None, dataset: Dataset | None) -> Examined:
    return examine(
        graph.spec,
        project=graph.project,
        connection=connection or graph.connection,
        dataset=dataset or graph.dataset,
    )


def _planned_nodes(examined: Examined) -> list[dict[str, Any]]:
    order = examined.order
    if order is None:
        return []
    nodes = []
    for position, node_id in enumerate(order.ids):
        frozen = examined.mappings.get(node_id, {})
        entity = frozen.get("entity", {})
        edges = examined.definition.edges
        nodes.append(
            {
                "id": node_id,
                "position": position,
                "level": order.levels[node_id],
                "model": entity.get("odoo_model", ""),
                "entity": entity.get("name", ""),
                "mapping": frozen.get("name", ""),
                "parents": [edge.source for edge in edges if edge.target == node_id],
                "note": _note(examined, node_id),
            }
        )
    return nodes


def _note(examined: Examined, node_id: str) -> str:
    """What will be different about a node, such as that it is skipped on this database."""
    found = [one.message for one in examined.problems if one.node == node_id and not one.is_error]
    return " ".join(found)


def _step(node: dict[str, Any]) -> dict[str, Any]:
    same = {name: node[name] for name in ("model", "level", "note")}
    return {"node": node["id"], "waits_for": node["parents"], **same}


def _free_name(project: Project, name: str) -> str:
    name = name.strip()
    if not name:
        raise Refused("A graph needs a name.")
    if len(name) > _LONGEST_NAME:
        raise Refused(f"A graph's name has at most {_LONGEST_NAME} letters, not {len(name)}.")
    # Two people making one of the same name at once must not both find it free.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if Graph.objects.filter(project=project, name=name).exists():
        raise Refused(f"The project has a graph named “{name}” already. Choose another name.")
    return name


def _check_same_project(
    project: Project, connection: Connection | None, dataset: Dataset | None
) -> None:
    for thing in (connection, dataset):
        if thing is not None and thing.project_id != project.pk:
            raise Refused(f"“{thing}” belongs to another project. Choose one of “{project}”.")
