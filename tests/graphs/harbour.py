"""The demo's workbook, its graph and a real sandbox Odoo: what whole-run tests stand on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from graphs.models import Graph
from graphs.recipes import create_from_recipe, read_recipe
from importer.choices import Role
from importer.connections import add_connection, open_client
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Connection, Dataset, Job, Membership, Project, User
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

DEMO = Path(__file__).resolve().parents[2] / "docs" / "examples" / "demo"
MODELS = ("res.partner", "product.category", "product.product", "sale.order", "sale.order.line")


@dataclass(frozen=True, slots=True)
class Harbour:
    """A project ready to run; ``url`` is the sandbox's."""

    admin: User
    project: Project
    connection: Connection
    dataset: Dataset
    graph: Graph
    url: str

    def counts(self) -> dict[str, int]:
        """Records per model in Odoo, archived ones too."""
        client = open_client(self.connection)
        try:
            context = {"active_test": False}
            return {model: client.search_count(model, [], context=context) for model in MODELS}
        finally:
            client.close()

    def writes(self) -> int:
        """Calls so far that could have changed a record."""
        calls = httpx.get(f"{self.url}/sandbox/calls").json()
        kinds = ("load", "write", "create", "unlink")
        return sum(int(one["calls"]) for one in calls if one["method"] in kinds)

    def is_one_of_each(self, model: str) -> bool:
        """Whether no two external ids of ours lead to the same record."""
        client = open_client(self.connection)
        try:
            domain = [["module", "=", self.project.namespace], ["model", "=", model]]
            ids = [row["res_id"] for row in client.search_read("ir.model.data", domain, ["res_id"])]
        finally:
            client.close()
        return len(ids) == len(set(ids))


@contextmanager
def harbour(
    project: Project, *, only: tuple[str, ...] = (), version: str = "19"
) -> Iterator[Harbour]:
    """``only``: node ids of the demo's graph; all by default."""
    admin = User.objects.create_user("harbour-master", password="a long password")
    Membership.objects.create(project=project, user=admin, role=Role.ADMIN)
    with sandbox(version) as url:
        connection = add_connection(
            by=admin,
            project=project,
            name="Sandbox",
            url=url,
            database=DATABASE,
            login=LOGIN,
            secret=SECRET,
            environment="sandbox",
        )
        dataset = read_book(admin, project)
        recipe = _recipe(only)
        graph = create_from_recipe(
            recipe, by=admin, project=project, connection=connection, dataset=dataset
        )
        yield Harbour(admin, project, connection, dataset, graph, url)


def read_book(admin: User, project: Project) -> Dataset:
    """The demo's workbook, uploaded and read."""
    file = DEMO / "harbour.xlsx"
    dataset, _ = upload_dataset(by=admin, project=project, files=[(file.name, file)])
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    assert dataset.state == "ready", dataset.error
    return dataset


def _recipe(only: tuple[str, ...]) -> dict[str, Any]:
    recipe = json.loads((DEMO / "graph.json").read_text(encoding="utf-8"))
    if only:
        recipe["nodes"] = [node for node in recipe["nodes"] if node["id"] in only]
        ends = ("source", "target")
        recipe["edges"] = [e for e in recipe["edges"] if all(e[end] in only for end in ends)]
    return dict(read_recipe(json.dumps(recipe)))
