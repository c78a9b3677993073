"""kill -9 of a real process in mid-send: the next hand goes on from the last committed batch."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from importer import loads
from importer.choices import BatchState, LoadState
from importer.engine.undoing import ending
from importer.heartbeats import LEASE_SECONDS
from importer.models import Attempt, Batch, Load
from tests.engine.loading import Harbour, column, partners, states
from tests.own_services import PROJECT
from tests.processes import wait_until

RESUMED_WITHIN_SECONDS = 20


@contextmanager
def hand(load: Load, *name: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.hand", str(load.pk), *name],
        cwd=PROJECT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def run_out(harbour: Harbour, load: Load) -> float:
    """Seconds until the load has ended."""
    started = time.monotonic()
    while harbour.run(load, worker="next-hand").state not in LoadState.ended():
        assert time.monotonic() - started < LEASE_SECONDS + 15, states(load)
        time.sleep(0.2)
    return time.monotonic() - started


@pytest.mark.parametrize("stage", ["before", "inside", "after"])
def test_a_hand_killed_in_mid_send_leaves_a_create_that_is_sent_again(
    harbour: Harbour, stage: str
) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(100))
    harbour.fault("latency", model="res.partner", method="load", seconds=3, stage=stage, after=1)
    with hand(load, "killed-hand") as process:
        in_second = Batch.objects.filter(load=load, state=BatchState.SENDING, seq__gt=0)
        wait_until(lambda: in_second.exists() and load_counter(load) == 25, 30, 0.02)
        process.send_signal(signal.SIGKILL)
    assert run_out(harbour, load) < RESUMED_WITHIN_SECONDS
    assert load.state == LoadState.DONE
    assert (load.created, load.failed, load.rows_done) == (100, 0, 100)
    assert len(harbour.names()) == 100
    assert Attempt.objects.filter(batch__load=load, outcome="in_doubt").count() == 1


def load_counter(load: Load) -> int:
    return Load.objects.values_list("created", flat=True).get(pk=load.pk)


def test_a_hand_killed_while_it_prepares_is_followed_by_another(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    fields = [
        column("name"),
        {
            **column("country_id"),
            "source": "lookup",
            "spec": {"model": "res.country", "by": ["code"], "inputs": [{"column": "land"}]},
        },
    ]
    rows = [{**row, "land": "BE"} for row in partners(10)]
    load = harbour.open(partner, rows, fields)
    harbour.fault("hang", model="res.country", seconds=2)
    with hand(load, "killed-hand") as process:
        wait_until(lambda: Load.objects.get(pk=load.pk).state == LoadState.PREPARING, 30, 0.02)
        process.send_signal(signal.SIGKILL)
    assert run_out(harbour, load) < RESUMED_WITHIN_SECONDS
    assert (load.state, load.created) == (LoadState.DONE, 10)


def cities(harbour: Harbour) -> dict[str, str]:
    found = harbour.read("res.partner", [["name", "=like", "Q%"]], ["name", "city"])
    assert len(found) == len({one["name"] for one in found})
    return {one["name"]: one["city"] for one in found}


@pytest.mark.parametrize("stage", ["before", "inside", "after"])
@pytest.mark.parametrize("method", ["load", "write"])
def test_a_hand_killed_in_mid_update_changes_every_record_once_and_an_undo_gives_all_back(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch, method: str, stage: str
) -> None:
    partner = harbour.entity("customer", "res.partner")
    old = partners(60)
    for n, row in enumerate(old):
        row["city"] = f"Lima {n}"
    harbour.load(partner, old)
    new = [
        {**row, "city": "Quito" if method == "write" else f"Quito {n}"} for n, row in enumerate(old)
    ]
    load = harbour.open(partner, new)
    harbour.fault("latency", model="res.partner", method=method, seconds=2, stage=stage, after=1)
    with hand(load) as process:
        in_second = Batch.objects.filter(load=load, state=BatchState.SENDING, seq__gt=0)
        wait_until(in_second.exists, 30, 0.02)
        time.sleep(0.5)  # into the call
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    loads.end_leases_of_the_gone()  # as a dispatcher of the same machine does
    assert run_out(harbour, load) < RESUMED_WITHIN_SECONDS
    assert (load.state, load.failed, load.blocked) == (LoadState.DONE, 0, 0)
    assert (load.updated, load.unchanged, load.rows_done) == (60, 0, 60)
    assert cities(harbour) == {str(row["name"]): row["city"] for row in new}
    assert Attempt.objects.filter(batch__load=load, outcome="in_doubt").count() == 1
    # Once the killed call has ended, the undo need not wait for what may come late.
    wait_until(lambda: harbour.server.database.caller.under_way == 0)
    monkeypatch.setattr(ending, "last_call_may_end", lambda original: None)
    undone = loads.open_undo(load, archive=False)
    run_out(harbour, undone)
    assert (undone.state, undone.restored, undone.kept) == (LoadState.DONE, 60, 0)
    assert cities(harbour) == {str(row["name"]): row["city"] for row in old}
