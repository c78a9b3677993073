"""A corrected dataset is a new run that follows: same release, same connection, and only what
changed or had failed is sent."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from graphs.choices import RunStatus
from graphs.models import Graph, GraphRun
from graphs.progress import progress_of
from graphs.recipes import create_from_recipe
from graphs.runs import start_rollback, start_run
from graphs.versions import save_graph
from importer.datasets import upload_dataset
from importer.errors import Refused
from importer.jobs import execute_job
from importer.models import Dataset, Job, Project
from tests.graphs.building import World, make_connection, make_dataset
from tests.graphs.harbour import Harbour, harbour
from tests.graphs.scripted import ScriptedEngine
from tests.graphs.test_rolling_back import loaded

pytestmark = pytest.mark.django_db(transaction=True)

RECIPE: dict[str, Any] = {
    "name": "Goods",
    "mappings": [
        {
            "name": "Goods",
            "entity": {
                "name": "good",
                "odoo_model": "product.category",
                "key_columns": ["Code"],
            },
            "sheet_name": "goods",
            "fields": [{"target": "name", "source": "column", "spec": {"column": "Name"}}],
        }
    ],
    "nodes": [{"id": "goods", "type": "load", "data": {"mapping": "Goods"}}],
    "edges": [],
}


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    with harbour(project, only=("categories",)) as made:
        yield made


def read(port: Harbour, text: str, **others: str) -> Dataset:
    """``others``: name of another sheet -> its text."""
    texts = {"goods": text, **others}
    files = [(f"{name}.csv", io.BytesIO(one.encode())) for name, one in texts.items()]
    dataset, _ = upload_dataset(by=port.admin, project=port.project, files=files)
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    return dataset


def test_only_what_changed_or_had_failed_is_sent(port: Harbour, drain: Any) -> None:
    graph = create_from_recipe(
        RECIPE, by=port.admin, project=port.project, connection=port.connection, dataset=None
    )
    first = start_run(
        graph, by=port.admin, dataset=read(port, "Code,Name\nA,Ropes\nB,Chains\nC,\n")
    )
    drain()
    first.refresh_from_db()
    assert first.status == RunStatus.COMPLETED_WITH_ERRORS
    save_graph(graph, by=port.admin, spec={**graph.spec, "edges": []})
    writes = port.writes()
    better = read(port, "Code,Name\nA,Ropes\nB,Anchor chains\nC,Anchors\n")
    run = start_run(graph, by=port.admin, dataset=better, follows=first)
    drain()
    run.refresh_from_db()
    (node,) = progress_of(run)["progress"]["nodes"]
    assert (node["created"], node["updated"], node["unchanged"]) == (1, 1, 1)
    assert port.writes() - writes <= 4
    assert (run.follows, run.version, run.connection) == (first, first.version, first.connection)


def test_what_follows_uses_the_release_of_the_first(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = loaded(world, drain)
    old = run.version
    newer = old.graph.versions.create(
        project=world.project, number=2, frozen=old.frozen, sha256="1" * 64
    )
    book = make_dataset(world.project, {"a": 1, "b": 1, "c": 1}, name="Better")
    after = start_run(old.graph, by=world.operator, dataset=book, follows=run)
    assert (after.version, after.version == newer) == (old, False)
    assert f"after run {run.pk.hex[:8]}" in after.logs.get().message
    drain()
    call_command(
        "graph_run", str(old.graph_id), f"--dataset={world.dataset.pk}",
        f"--follows={after.pk.hex}", "--on-busy=wait", f"--user={world.operator.username}",
    )  # fmt: skip
    assert GraphRun.objects.get(follows=after).dataset == world.dataset


def test_what_cannot_be_followed_says_why(
    world: World, engine: ScriptedEngine, drain: Any, asked: Any
) -> None:
    book = make_dataset(world.project, {"a": 1, "b": 1, "c": 1}, name="Better")
    run = loaded(world, drain)
    graph = run.version.graph

    def refused(match: str, **given: Any) -> None:
        chosen = {"dataset": book, "follows": run, **given}
        with pytest.raises(Refused, match=match):
            start_run(chosen.pop("graph", graph), by=world.operator, **chosen)

    refused("retry the run instead", dataset=world.dataset)
    refused("retry the run instead", dataset=None)
    refused("same connection", connection=make_connection(world.project, "Other"))
    refused("one of “Graph”", graph=Graph.objects.create(project=world.project, name="Else"))
    dry = loaded(world, drain, name="Dry", dry_run=True)
    refused("Only a run that has loaded", follows=dry, graph=dry.version.graph)
    rollback = start_rollback(run, by=world.operator)
    refused("Rolling back")
    refused("Only a run that has loaded", follows=rollback)
    drain()
    run.refresh_from_db()
    refused("Rolled back")
    at_work = start_run(
        graph, by=world.operator, dataset=world.dataset, connection=world.connection
    )
    refused("not ended yet", follows=at_work)
