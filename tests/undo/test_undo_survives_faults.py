"""An undo that is killed, or whose answers are lost, goes on and ends with the same numbers."""

import os
import signal
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from importer import loads
from importer.choices import LoadState
from importer.engine.external_ids import external_id
from importer.errors import Refused
from importer.models import Attempt, Batch, Issue, KeyMap, Load
from tests.engine.loading import Harbour, column, partners
from tests.processes import wait_until
from tests.undo.undoing import count, create, ids_of, undo

FIELDS = [column("name"), column("city")]


def run_out(harbour: Harbour, load: Load, seconds: float = 60) -> Load:
    """Work until the undo has ended, over its waits."""
    until = time.monotonic() + seconds
    while harbour.run(load).state not in LoadState.ended():
        assert time.monotonic() < until, (load.state, harbour.notes.lines[-5:])
        time.sleep(0.2)
    return load


@pytest.mark.parametrize("kind", ["drop_before_commit", "drop_after_commit"])
def test_a_lost_answer_of_a_removal_is_settled_by_reading(harbour: Harbour, kind: str) -> None:
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(20))
    harbour.fault(kind, model="res.partner", method="unlink")
    done = run_out(harbour, loads.open_undo(load, archive=False))
    assert (done.removed, done.unchanged, done.rows_done) == (20, 0, 20)
    assert harbour.names() == []
    found = Attempt.objects.filter(batch__load=done).order_by("pk")
    outcomes = list(found.values_list("outcome", flat=True))
    assert outcomes == (["in_doubt"] if kind == "drop_after_commit" else ["in_doubt", "kept"])


@pytest.mark.parametrize("sandbox_server", [19], indirect=True)
@pytest.mark.parametrize("kind", ["drop_before_commit", "drop_after_commit"])
def test_what_odoo_made_along_goes_too_when_the_answer_was_lost(
    harbour: Harbour, kind: str
) -> None:
    load = harbour.load(harbour.entity("employee", "hr.employee"), partners(5))
    assert len(harbour.read("hr.version", [], ["name"])) == 5
    harbour.fault(kind, model="hr.employee", method="unlink")
    done = run_out(harbour, loads.open_undo(load, archive=False))
    assert (done.removed, done.kept, done.failed) == (5, 0, 0)
    assert harbour.read("hr.version", [], ["name"]) == []
    assert done.verification["removed_along"]["hr.version"] == 5
    assert not [refs for refs in done.batches.values_list("refs", flat=True) if "twins" in refs]


@pytest.mark.parametrize("kind", ["drop_before_commit", "drop_after_commit"])
def test_a_lost_answer_of_a_restore_is_settled_by_comparing(harbour: Harbour, kind: str) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, partners(20, city="Lima"), FIELDS)
    load = harbour.load(partner, partners(20, city="Quito"), FIELDS)
    harbour.fault(kind, model="res.partner", method="write")
    done = run_out(harbour, loads.open_undo(load, archive=False))
    assert (done.restored, done.unchanged, done.kept, done.rows_done) == (20, 0, 0, 20)
    found = harbour.read("res.partner", [["name", "=like", "Q%"]], ["city"])
    assert {one["city"] for one in found} == {"Lima"}


def test_a_restore_of_many_calls_goes_on_as_long_as_it_gets_further(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    old = [{**row, "city": f"Lima {n}"} for n, row in enumerate(partners(60))]
    harbour.load(partner, old, FIELDS)
    load = harbour.load(partner, partners(60, city="Quito"), FIELDS)
    for nth in range(1, 15):  # more failures than tries in a row are allowed
        harbour.fault("serialization", model="res.partner", method="write", after=3 * nth)
    done = run_out(harbour, loads.open_undo(load, archive=False), 40)
    assert harbour.notes.paused == []
    assert (done.restored, done.kept, done.failed) == (60, 0, 0)
    assert Attempt.objects.filter(batch__load=done, outcome="transient").count() > 12
    found = harbour.read("res.partner", [["name", "=like", "Q%"]], ["name", "city"])
    assert {one["name"]: one["city"] for one in found} == {one["name"]: one["city"] for one in old}


def test_a_conflict_in_odoo_is_repeated(harbour: Harbour) -> None:
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(5))
    harbour.fault("serialization", model="res.partner", method="unlink", times=2)
    done = run_out(harbour, loads.open_undo(load, archive=False))
    assert (done.removed, done.failed, done.kept) == (5, 0, 0)


def test_killed_with_9_in_the_middle_it_goes_on_from_there(harbour: Harbour) -> None:
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(420))
    create(harbour, "sale.order", {"partner_id": ids_of(harbour, "res.partner")["Q0007"]})
    before = count(harbour, "res.partner")
    opened = loads.open_undo(load, archive=False)
    harbour.fault(
        "latency", model="res.partner", method="unlink", seconds=0.4, times=0, stage="after"
    )
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            harbour.run(opened, worker="victim")
        finally:
            os._exit(0)
    done_some = Batch.objects.filter(load=opened, state="done")
    wait_until(lambda: done_some.count() >= 1 and _is_sending(opened), 60)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    harbour.server.database.caller.faults.clear()
    opened.refresh_from_db()
    assert 0 < opened.removed < 419
    done = run_out(harbour, opened)
    assert (done.removed, done.kept, done.unchanged, done.failed) == (419, 1, 0, 0)
    assert done.rows_done == done.rows_total == 420
    assert count(harbour, "res.partner") == before - 419
    assert Issue.objects.filter(load=done).count() == KeyMap.objects.count() == 1


def _is_sending(load: Load) -> bool:
    return Batch.objects.filter(load=load, state="sending").exists()


def test_what_the_load_left_in_doubt_is_settled_before_it_is_undone(harbour: Harbour) -> None:
    load = harbour.open(harbour.entity("customer", "res.partner"), partners(20))
    harbour.fault("drop_after_commit", model="res.partner", method="load", times=1)
    while not Batch.objects.filter(load=load, state="in_doubt").exists():
        loads.work(load.pk, reporter=harbour.notes, worker="a", seconds=0.001)
    loads.end_badly(load, LoadState.FAILED, "The connection was lost.")
    load.refresh_from_db()
    assert load.created == 0
    _all_calls_are_old(load)
    done = run_out(harbour, loads.open_undo(load, archive=False))
    load.refresh_from_db()
    assert (load.created, done.removed, harbour.names()) == (20, 20, [])


def test_records_that_a_late_call_made_after_the_undo_are_removed(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.load(partner, partners(6))
    lost = Attempt.objects.get(batch__load=load)
    Attempt.objects.filter(pk=lost.pk).update(outcome="late")
    _all_calls_are_old(load)
    opened = loads.open_undo(load, archive=False)
    while opened.state != LoadState.VERIFYING:
        loads.work(opened.pk, reporter=harbour.notes, worker="a", seconds=0.001)
        opened.refresh_from_db()
    assert harbour.names() == []
    _send_again(harbour, 6)
    done = run_out(harbour, opened)
    assert harbour.names() == []
    assert done.verification["ghosts"] == 6
    assert harbour.notes.said("A late call of batch 0 had made 6 records")


def test_while_a_lost_call_may_still_run_the_undo_waits_and_looks_once_more(
    harbour: Harbour,
) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.load(partner, partners(3))
    Attempt.objects.filter(batch__load=load).update(outcome="in_doubt", sent_at=timezone.now())
    opened = undo(harbour, load)
    assert (opened.state, opened.removed) == ("verifying", 3)
    assert harbour.notes.said("looking once more in")
    assert loads.hands_wanted(opened, timezone.now()) == 1
    _send_again(harbour, 3)
    assert harbour.run(opened).state == "verifying"
    _all_calls_are_old(load)
    assert harbour.run(opened).state == "done"
    assert harbour.names() == []


def _all_calls_are_old(load: Load) -> None:
    """As if the server's time limit had passed since every call."""
    old = timezone.now() - timedelta(hours=1)
    Attempt.objects.filter(batch__load=load).update(sent_at=old)


def _send_again(harbour: Harbour, n: int) -> None:
    """What a late call does: the same rows under the same external ids."""
    names = [row["code"] for row in partners(n)]
    rows = [
        [external_id(harbour.project.namespace, "customer", f'["{one}"]'), str(one)]
        for one in names
    ]
    client = harbour.client()
    assert client.insert_if_absent("res.partner", ["id", "name"], rows).ids
    client.close()


def test_a_dry_run_and_an_undo_cannot_be_undone(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    with pytest.raises(Refused, match="sent something"):
        loads.open_undo(harbour.load(partner, partners(1), dry_run=True), archive=False)
    load = harbour.open(partner, partners(1))
    with pytest.raises(Refused, match="not ended"):
        loads.open_undo(load, archive=False)
    done = undo(harbour, harbour.run(load))
    with pytest.raises(Refused, match="sent something"):
        loads.open_undo(done, archive=False)
