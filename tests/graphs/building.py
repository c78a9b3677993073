"""Plain functions that make rows for tests of graphs; each names what matters to the test."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from graphs.models import Graph, GraphRun, GraphVersion
from importer.choices import ConnectionState, DatasetState
from importer.models import Connection, Dataset, DatasetFile, Entity, Project, Sheet, User


@dataclass(frozen=True, slots=True)
class World:
    """One project with an operator, a target and a dataset."""

    project: Project
    operator: User
    connection: Connection
    dataset: Dataset


def make_connection(project: Project, name: str = "Target") -> Connection:
    return Connection.objects.create(
        project=project,
        name=name,
        url=f"http://{name.lower()}.invalid",
        database="odoo",
        state=ConnectionState.READY,
        version="19.0",
    )


def make_dataset(project: Project, sheets: dict[str, int], name: str = "Book") -> Dataset:
    """``sheets``: name -> number of rows; each has the columns Key and Name."""
    dataset = Dataset.objects.create(
        project=project, name=name, state=DatasetState.READY, ready_at=timezone.now()
    )
    file = DatasetFile.objects.create(project=project, dataset=dataset, name="b.xlsx", size=1)
    for position, (sheet, n_rows) in enumerate(sheets.items()):
        Sheet.objects.create(
            project=project,
            dataset=dataset,
            file=file,
            name=sheet,
            position=position,
            columns=[{"name": column, "header": column} for column in ("Key", "Name")],
            n_rows=n_rows,
        )
    return dataset


def make_version(
    project: Project,
    nodes: dict[str, dict[str, Any]],
    edges: tuple[str, ...] = (),
    name: str = "Graph",
) -> GraphVersion:
    """A release whose nodes load the sheet of their own name. ``nodes``: id -> data of the node;
    ``edges``: ``("a->b",)``; levels as in the order given."""
    graph = Graph.objects.create(project=project, name=name, spec={"nodes": [], "edges": []})
    pairs = [edge.split("->") for edge in edges]
    levels: dict[str, int] = {}
    for node in nodes:
        levels[node] = 1 + max((levels[source] for source, to in pairs if to == node), default=-1)
    spec = {
        "nodes": [
            {"id": node, "type": "load", "data": {"mapping": node} | data}
            for node, data in nodes.items()
        ],
        "edges": [{"source": source, "target": target} for source, target in pairs],
    }
    frozen = {
        "spec": spec,
        "mappings": {node: make_frozen(project, node) for node in nodes},
        "order": list(nodes),
        "levels": levels,
        "added_edges": [],
    }
    return GraphVersion.objects.create(
        project=project, graph=graph, number=1, frozen=frozen, sha256="0" * 64
    )


def make_frozen(project: Project, node: str) -> dict[str, Any]:
    entity, _ = Entity.objects.get_or_create(
        project=project,
        name=node,
        defaults={"odoo_model": f"x.{node}", "key_columns": ["Key"]},
    )
    field = {"target": "name", "source": "column", "spec": {"column": "Name"}}
    return {
        "id": node,
        "name": node,
        "entity": {
            "id": str(entity.pk),
            "name": node,
            "odoo_model": entity.odoo_model,
            "key_columns": ["Key"],
        },
        "sheet_name": node,
        "fields": [field | {"default": "", "value_map": None, "on_missing": "error"}],
        "nested": [],
    }


def statuses(run: GraphRun) -> dict[str, str]:
    """Node id -> status, as the database says."""
    return dict(run.node_runs.values_list("node_id", "status"))
