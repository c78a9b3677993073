"""What a rollback would do is asked first: the numbers are those the rollback then comes to, and
asking sends nothing and changes nothing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from graphs.choices import RunKind, RunStatus
from graphs.management.commands import run_rollback
from graphs.models import GraphRun
from graphs.rollback_plans import (
    count_records,
    describe_plan,
    newest_plan,
    plan_records,
    plan_rollback,
)
from graphs.runs import start_rollback, start_run
from importer.connections import open_client
from importer.errors import NotAllowed, Refused
from importer.models import KeyMap, Load, Project
from tests.graphs.building import World
from tests.graphs.harbour import Harbour, harbour
from tests.graphs.planned import categories_loaded, the_run
from tests.graphs.scripted import ScriptedEngine
from tests.graphs.test_rolling_back import loaded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    with harbour(project) as made:
        yield made


def planned(run: GraphRun, by: Any, drain: Any, **options: Any) -> dict[str, Any]:
    plan = plan_rollback(run, by=by, **options)
    drain()
    plan.refresh_from_db()
    return describe_plan(plan)


@pytest.mark.timeout(180)
def test_the_numbers_are_those_the_rollback_comes_to(port: Harbour, drain: Any) -> None:
    before = port.counts()
    run = start_run(port.graph, by=port.admin)
    drain()
    run.refresh_from_db()
    order = KeyMap.objects.filter(odoo_model="sale.order").order_by("pk")[0]
    client = open_client(port.connection)
    lines = client.search("sale.order.line", [["order_id", "=", order.odoo_id]])
    client.write("sale.order", [order.odoo_id], {"state": "sale"})
    client.write("sale.order.line", lines, {"state": "sale"})  # Odoo does it by itself
    client.close()
    writes, entries = port.writes(), list(KeyMap.objects.order_by("pk").values())
    found = planned(run, port.admin, drain)
    assert (found["status"], found["is_ready"]) == (RunStatus.COMPLETED, True)
    assert port.writes() == writes
    assert list(KeyMap.objects.order_by("pk").values()) == entries
    run.refresh_from_db()
    assert run.status in RunStatus.can_be_rolled_back()

    plan = newest_plan(run)
    assert plan is not None
    kept = [
        one["key"]
        for which in ("used", "needs_step")
        for one in plan_records(plan, which, limit=1000)
    ]
    assert kept
    listed = plan_records(plan, "removable", limit=10_000)
    assert len(listed) == count_records(plan, "removable") == found["totals"]["removable"]
    middle = plan_records(plan, "removable", offset=len(listed) - 5, limit=3)
    assert middle == listed[-5:-2]

    rollback = start_rollback(run, by=port.admin)
    drain()
    undone = {
        load.node_run.node_id: (load.removed, load.restored, load.kept)
        for load in Load.objects.filter(node_run__run=rollback)
    }
    said = {
        node["node"]: (
            node["removable"],
            node["restorable"],
            node["used"] + node["needs_step"] + node["kept_otherwise"],
        )
        for node in found["nodes"]
    }
    assert said == undone
    assert sum(kept for _, _, kept in undone.values()) == len(kept)
    assert port.counts()["sale.order"] == before["sale.order"] + 1


def test_the_command_shows_the_plan_and_sends_nothing(
    project: Project, drain: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def watched(run_id: Any, console: Any) -> GraphRun:
        drain()
        return GraphRun.objects.get(pk=run_id)

    monkeypatch.setattr(run_rollback, "watch", watched)
    with categories_loaded(project, drain) as port:
        writes = port.writes()
        words = ["run_rollback", the_run().pk.hex, "--dry-run", "--wait", "--user=harbour-master"]
        call_command(*words)
        shown = capsys.readouterr().out
        assert "1 used by 1 of product.template categ_id" in shown
        assert "Nothing was sent." in shown
        call_command(*words, "--json")
        assert json.loads(capsys.readouterr().out)["totals"]["used"] == 1
        assert port.writes() == writes
    assert not GraphRun.objects.filter(kind="rollback", dry_run=False).exists()


def test_a_plan_leaves_the_run_as_it_is_and_is_forgotten_by_the_rollback(
    world: World, engine: ScriptedEngine, drain: Any
) -> None:
    run = loaded(world, drain)
    engine.rows("b", removed=1, kept=1)
    plan = plan_rollback(run, by=world.operator, archive=True)
    assert (plan.kind, plan.dry_run, plan.options["archive"]) == (RunKind.ROLLBACK, True, True)
    drain()
    plan.refresh_from_db()
    run.refresh_from_db()
    assert (plan.status, run.status) == (RunStatus.COMPLETED, RunStatus.COMPLETED)
    assert newest_plan(run) == plan
    start_rollback(run, by=world.operator)
    assert newest_plan(run) is None


def test_a_plan_may_be_made_while_another_run_writes(
    world: World, engine: ScriptedEngine, drain: Any, asked: Any
) -> None:
    run = loaded(world, drain)
    graph = run.version.graph
    start_run(graph, by=world.operator, connection=world.connection, dataset=world.dataset)
    plan_rollback(run, by=world.operator)


def test_what_cannot_be_planned_says_why(
    world: World, engine: ScriptedEngine, drain: Any, make_member: Any
) -> None:
    run = loaded(world, drain)
    plan = plan_rollback(run, by=make_member("approver", project=world.project))
    with pytest.raises(NotAllowed):
        plan_rollback(run, by=make_member("viewer", project=world.project))
    with pytest.raises(Refused, match="A rollback cannot be rolled back"):
        plan_rollback(plan, by=world.operator)
    dry = loaded(world, drain, name="Dry", dry_run=True)
    with pytest.raises(Refused, match="sent nothing"):
        plan_rollback(dry, by=world.operator)
    GraphRun.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING)
    run.refresh_from_db()
    with pytest.raises(Refused, match="Running"):
        plan_rollback(run, by=world.operator)
    with pytest.raises(Refused, match="no list"):
        plan_records(plan, "what")
