"""A rollback is a run of its own, in reverse order, and the run it reverts follows it."""

from typing import Any

import pytest

from graphs.choices import NodeStatus, RunKind, RunStatus
from graphs.execution import advance_run
from graphs.models import GraphRun
from graphs.progress import progress_of
from graphs.runs import retry_run, rollback_effect, start_rollback, start_run
from importer.errors import Busy, Refused
from importer.models import Batch, Change, Load, Plan
from tests.graphs.building import World, make_version, statuses
from tests.graphs.scripted import ScriptedEngine

pytestmark = pytest.mark.django_db(transaction=True)


def loaded(world: World, drain: Any, name: str = "Graph", **more: Any) -> GraphRun:
    graph = make_version(world.project, {"a": {}, "b": {}, "c": {}}, ("a->b", "b->c"), name).graph
    run = start_run(
        graph, by=world.operator, connection=world.connection, dataset=world.dataset, **more
    )
    drain()
    run.refresh_from_db()
    return run


def touch(run: GraphRun, node: str, odoo_id: int) -> None:
    """Let the node's load have changed a record."""
    load = run.node_runs.get(node_id=node).load
    assert load is not None
    plan, _ = Plan.objects.get_or_create(
        project=run.project, load=load, stored_as="p", sha256="0", inputs_sha256="0"
    )
    batch = Batch.objects.create(
        project=run.project, load=load, plan=plan, seq=odoo_id, kind="create", first_pos=0, n_rows=1
    )
    Change.objects.create(
        project=run.project, load=load, batch=batch, odoo_model="x.a", odoo_id=odoo_id
    )


def test_a_rollback_undoes_the_nodes_in_reverse_order(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = loaded(world, drain)
    engine.opened.clear()
    rollback = start_rollback(run, by=world.operator, archive=True)
    assert (rollback.kind, rollback.reverts, rollback.options["archive"]) == (
        RunKind.ROLLBACK,
        run,
        True,
    )
    assert run.status == RunStatus.ROLLING_BACK
    drain()
    assert engine.opened == ["x.c", "x.b", "x.a"]
    run.refresh_from_db()
    rollback.refresh_from_db()
    assert (run.status, rollback.status) == (RunStatus.ROLLED_BACK, RunStatus.COMPLETED)
    assert progress_of(rollback)["progress"]["nodes"][0]["removed"] == 2


def test_what_is_kept_makes_the_rollback_incomplete_and_it_can_be_retried(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = loaded(world, drain)
    engine.rows("b", removed=1, kept=1)
    rollback = start_rollback(run, by=world.operator)
    drain()
    run.refresh_from_db()
    rollback.refresh_from_db()
    assert run.status == RunStatus.ROLLBACK_INCOMPLETE
    assert rollback.status == RunStatus.COMPLETED_WITH_ERRORS
    assert "1 were kept in Odoo" in rollback.error_message
    retry_run(rollback, by=world.operator)
    run.refresh_from_db()
    assert run.status == RunStatus.ROLLING_BACK


def test_a_run_whose_records_a_later_run_touched_is_refused_naming_it(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = loaded(world, drain)
    touch(run, "a", 7)
    later = loaded(world, drain, name="Later")
    touch(later, "a", 8)
    assert rollback_effect(run)["later_runs"] == []
    touch(later, "a", 7)
    with pytest.raises(Refused) as raised:
        start_rollback(run, by=world.operator)
    assert later.pk.hex[:8] in str(raised.value)
    assert "“Later” (1 record)" in str(raised.value)
    run.refresh_from_db()
    assert run.status == RunStatus.COMPLETED
    rollback = start_rollback(run, by=world.operator, without_later=True)
    assert rollback.options["without_later"] is True


@pytest.mark.parametrize("kept", [0, 1])
def test_a_later_run_that_was_rolled_back_is_no_hindrance_whatever_was_kept_of_it(
    world: World, engine: ScriptedEngine, drain: Any, kept: int
) -> None:
    run = loaded(world, drain)
    touch(run, "a", 7)
    later = loaded(world, drain, name="Later")
    touch(later, "a", 7)
    engine.rows("a", removed=1, kept=kept)
    start_rollback(later, by=world.operator)
    drain()
    later.refresh_from_db()
    assert later.status == (RunStatus.ROLLBACK_INCOMPLETE if kept else RunStatus.ROLLED_BACK)
    start_rollback(run, by=world.operator)


def test_the_numbers_for_the_confirmation_come_in_the_order_of_undoing(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    engine.rows("a", created=3, updated=4)
    effect = rollback_effect(loaded(world, drain))
    assert (effect["remove"], effect["restore"]) == (7, 4)
    assert [node["node"] for node in effect["nodes"]] == ["c", "b", "a"]
    assert effect["nodes"][-1] == {"node": "a", "model": "x.a", "remove": 3, "restore": 4}


def test_nodes_that_loaded_nothing_are_skipped(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = loaded(world, drain, keys={"a": ["1"]})
    rollback = start_rollback(run, by=world.operator)
    assert statuses(rollback) == {
        "a": NodeStatus.PENDING,
        "b": NodeStatus.SKIPPED,
        "c": NodeStatus.SKIPPED,
    }


def test_what_cannot_be_rolled_back_says_why(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    dry = loaded(world, drain, dry_run=True)
    with pytest.raises(Refused, match="sent nothing"):
        start_rollback(dry, by=world.operator)
    run = loaded(world, drain, name="Real")
    rollback = start_rollback(run, by=world.operator)
    with pytest.raises(Busy):
        start_rollback(run, by=world.operator)
    drain()
    with pytest.raises(Refused, match="A rollback cannot be rolled back"):
        start_rollback(rollback, by=world.operator)
    run.refresh_from_db()
    with pytest.raises(Refused, match="Rolled back"):
        start_rollback(run, by=world.operator)


def test_the_undo_goes_on_after_a_killed_step(
    world: World, engine: ScriptedEngine, drain: Any, asked: Any
) -> None:
    run = loaded(world, drain)
    rollback = start_rollback(run, by=world.operator)
    asked.clear()  # the queue was flushed
    advance_run(rollback.pk)
    assert Load.objects.filter(kind="undo").count() == 1
    asked.clear()
    advance_run(rollback.pk)
    assert Load.objects.filter(kind="undo").count() == 1
