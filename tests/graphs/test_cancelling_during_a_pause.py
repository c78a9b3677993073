"""A cancelled run ends, also when its target is away or a person was to act."""

from typing import Any

import pytest

from graphs import targets
from graphs.choices import RunStatus
from graphs.models import GraphRun
from graphs.runs import cancel_run, start_run
from importer.odoo.errors import Unreachable
from tests.graphs.building import World, make_version
from tests.graphs.scripted import ScriptedEngine

pytestmark = pytest.mark.django_db(transaction=True)


def start(world: World) -> GraphRun:
    graph = make_version(world.project, {"a": {}}).graph
    return start_run(graph, by=world.operator, connection=world.connection, dataset=world.dataset)


def test_a_run_cancelled_while_its_target_does_not_answer_ends_cancelled(
    world: World, engine: ScriptedEngine, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(world)

    def look(looked_at: GraphRun) -> None:
        cancel_run(looked_at, by=world.operator)
        raise Unreachable("Nothing listens there.")

    monkeypatch.setattr(targets, "_look", look)
    drain()
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED


def test_a_run_that_paused_while_it_was_cancelled_can_be_cancelled_again(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = start(world)
    cancel_run(run, by=world.operator)
    GraphRun.objects.filter(pk=run.pk).update(status=RunStatus.PAUSED)
    cancel_run(run, by=world.operator)
    drain()
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED
