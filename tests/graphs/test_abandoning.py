"""A run whose batch cannot be settled ends all the same: by a cancel once Odoo answers again, or,
when somebody gives up on it, with a list of the rows left in doubt.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from django.utils import timezone

from graphs.abandoning import abandon_run, doubt_in_numbers
from graphs.admin.acting import in_numbers, offered
from graphs.choices import RunKind, RunStatus
from graphs.dispatching import tick
from graphs.models import GraphRun
from graphs.rollback_plans import plan_rollback
from graphs.rollbacks import start_rollback
from graphs.runs import cancel_run, resume_run, retry_run, start_run
from importer.connections import open_client
from importer.engine.retrying import RetryRules
from importer.errors import NotAllowed, Refused
from importer.models import Batch, Connection, Issue, KeyMap, Load, Project
from tests.graphs.harbour import Harbour, harbour

pytestmark = pytest.mark.django_db(transaction=True)
Finish = Callable[[GraphRun], GraphRun]


@pytest.fixture
def port(project: Project, asked: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harbour]:
    quick = RetryRules(first=0.0, limit=3)
    monkeypatch.setattr(RetryRules, "outlasting", classmethod(lambda cls, seconds: quick))
    with harbour(project, only=("companies",)) as made:
        Connection.objects.filter(pk=made.connection.pk).update(answer_limit_seconds=2)
        yield made


@pytest.fixture
def finish(drain: Any) -> Finish:
    """Dispatch and work until the run has ended, or is paused."""

    def work(run: GraphRun) -> GraphRun:
        until = time.monotonic() + 60
        while run.status in (RunStatus.PENDING, RunStatus.RUNNING):
            assert time.monotonic() < until, (run.status, list(states()))
            tick(timezone.now())
            drain()
            run.refresh_from_db()
            time.sleep(0.2)
        return run

    return work


def states() -> Any:
    return Batch.objects.order_by("pk").values_list("kind", "state")


def order(port: Harbour, kind: str, method: str = "load", **more: Any) -> None:
    wish = {"kind": kind, "model": "res.partner", "method": method, "times": 0, **more}
    httpx.post(f"{port.url}/sandbox/faults", json=wish).raise_for_status()


def well_again(port: Harbour) -> None:
    httpx.delete(f"{port.url}/sandbox/faults").raise_for_status()


def sent(port: Harbour) -> int:
    calls = httpx.get(f"{port.url}/sandbox/calls").json()
    return sum(int(one["calls"]) for one in calls if one["method"] == "load")


def stalled(port: Harbour, finish: Finish) -> GraphRun:
    order(port, "http_error", committed=True)
    run = finish(start_run(port.graph, by=port.admin))
    assert run.status == RunStatus.PAUSED
    assert set(Batch.objects.values_list("state", flat=True)) & {"stalled"}
    return run


@pytest.mark.timeout(120)
def test_a_cancel_settles_what_stalled_and_ends_the_run(port: Harbour, finish: Finish) -> None:
    before = port.counts()["res.partner"]
    run = stalled(port, finish)
    well_again(port)
    assert finish(cancel_run(run, by=port.admin)).status == RunStatus.CANCELLED
    load = Load.objects.get()
    assert load.created == port.counts()["res.partner"] - before > 0


@pytest.mark.timeout(120)
def test_a_cancel_that_cannot_settle_pauses_again_and_hangs_nowhere(
    port: Harbour, finish: Finish
) -> None:
    run = stalled(port, finish)
    assert finish(cancel_run(run, by=port.admin)).status == RunStatus.PAUSED
    well_again(port)
    assert finish(resume_run(run, by=port.admin)).status == RunStatus.CANCELLED


@pytest.mark.timeout(120)
def test_an_abandoned_run_ends_with_its_doubts_listed_and_a_rollback_finds_what_it_made(
    port: Harbour, finish: Finish, make_member: Any
) -> None:
    before = port.counts()["res.partner"]
    run = stalled(port, finish)
    numbers = doubt_in_numbers(run)
    assert numbers["rows"] > 0
    assert f"{numbers['rows']} rows" in in_numbers(run, "abandon")
    assert "abandon" in [one.name for one in offered(run, lambda right: True)]
    with pytest.raises(NotAllowed):
        abandon_run(run, by=make_member("operator", project=run.project))
    calls = sent(port)
    assert finish(abandon_run(run, by=port.admin)).status == RunStatus.CANCELLED
    assert sent(port) == calls
    left = Issue.objects.filter(load__node_run__run=run, code="left_in_doubt")
    assert left.count() == numbers["rows"]
    assert Load.objects.get().failed == Issue.objects.filter(level="error").count()
    assert left.filter(row__gt=1).exclude(source_key="").count() == numbers["rows"]
    assert run.logs.filter(message__contains="left in doubt").exists()
    well_again(port)
    assert port.counts()["res.partner"] > before
    finish(start_rollback(run, by=port.admin))
    assert Load.objects.get(kind="undo").verification["ghosts"] > 0
    assert port.counts()["res.partner"] == before
    run.refresh_from_db()
    assert run.status == RunStatus.ROLLED_BACK


@pytest.mark.timeout(120)
def test_a_retry_takes_up_what_was_abandoned(port: Harbour, finish: Finish) -> None:
    before = port.counts()["res.partner"]
    run = stalled(port, finish)
    call_command("run_abandon", run.pk.hex, f"--user={port.admin.username}")
    well_again(port)
    run.refresh_from_db()
    finish(run)
    run = finish(retry_run(run, by=port.admin))
    load = Load.objects.get()
    assert not Issue.objects.filter(code="left_in_doubt").exists()
    assert load.created == port.counts()["res.partner"] - before


@pytest.mark.timeout(120)
def test_updates_that_were_abandoned_are_given_back(port: Harbour, finish: Finish) -> None:
    finish(start_run(port.graph, by=port.admin))
    first = seen(port)
    spoil(port)
    spoilt = seen(port)
    assert spoilt != first
    order(port, "http_error", committed=True)
    order(port, "http_error", "write", committed=True)
    run = finish(start_run(port.graph, by=port.admin))
    assert run.status == RunStatus.PAUSED
    finish(abandon_run(run, by=port.admin))
    well_again(port)
    assert seen(port) != spoilt
    planned = finish(plan_rollback(run, by=port.admin))
    restorable = sum(load.restored for load in Load.objects.filter(node_run__run=planned))
    assert restorable > 0
    finish(start_rollback(run, by=port.admin))
    assert seen(port) == spoilt
    assert Load.objects.get(kind="undo", dry_run=False).restored == restorable


def seen(port: Harbour) -> dict[int, Any]:
    client = open_client(port.connection)
    try:
        found = client.search_read("res.partner", [], ["name", "city", "street", "phone"])
        return {one["id"]: one for one in found}
    finally:
        client.close()


def spoil(port: Harbour) -> None:
    """What was loaded is changed in Odoo, so that the same file has something to update."""
    ids = list(KeyMap.objects.values_list("odoo_id", flat=True))
    KeyMap.objects.update(sent_hash=b"\0" * 16, sent_fields=b"\0" * 56)
    client = open_client(port.connection)
    try:
        client.write("res.partner", ids, {"city": "Elsewhere", "street": "Nowhere 1"})
    finally:
        client.close()


def test_what_is_not_in_doubt_is_not_abandoned(port: Harbour, finish: Finish) -> None:
    run = start_run(port.graph, by=port.admin)
    with pytest.raises(Refused, match="paused or being cancelled"):
        abandon_run(run, by=port.admin)
    GraphRun.objects.filter(pk=run.pk).update(status=RunStatus.PAUSED)
    with pytest.raises(Refused, match="Nothing of this run is in doubt"):
        abandon_run(run, by=port.admin)
    assert "abandon" not in [one.name for one in offered(run, lambda right: True)]
    assert run.kind == RunKind.LOAD
