"""Orphans in real processes: stopped, taken over, woken up again, and what must be true then."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import psutil
from django.utils import timezone

from importer import loads
from importer.choices import LoadState
from importer.models import Attempt, Batch, Load, TargetLease
from tests.engine.loading import Harbour, partners, states
from tests.own_services import PROJECT
from tests.processes import wait_until

SAID = "carry no fence"
_PATIENCE = 150.0
"""Seconds: a process that starts on a busy machine takes its time, and nothing hangs on it."""


class Orphan:
    """A hand that stops at its first writing call of each load."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def wait_for_stop(self) -> None:
        watched = psutil.Process(self.process.pid)
        wait_until(lambda: watched.status() == psutil.STATUS_STOPPED, _PATIENCE, 0.02)

    def wake(self, load: Load) -> None:
        """Let it go on, until it has seen that the load ended."""
        self.process.send_signal(signal.SIGCONT)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == str(load.pk)


@contextmanager
def orphan(seconds_into_the_call: float, *loads: Load) -> Iterator[Orphan]:
    """``seconds_into_the_call``: 0 stops it before its call."""
    numbers = [str(load.pk) for load in loads]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.engine.orphan", str(seconds_into_the_call), *numbers],
        cwd=PROJECT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Orphan(process)
        finally:
            if process.poll() is None:
                process.kill()


def take_over(harbour: Harbour, load: Load) -> None:
    """Another hand works the load to its end, as if the orphan's leases had run out."""
    past = timezone.now() - timedelta(seconds=1)
    Batch.objects.filter(load=load, worker="orphan").update(lease_until=past)
    TargetLease.objects.filter(load=load).update(lease_until=past)
    wait_until(lambda: harbour.run(load, worker="heir").state in LoadState.ended(), _PATIENCE)
    assert load.state == LoadState.DONE, (load.error, states(load))


def edit(harbour: Harbour, name: str) -> None:
    """Somebody writes into a record while the orphan sleeps."""
    client = harbour.client()
    ids = client.search("res.partner", [["name", "=", name]])
    client.write("res.partner", ids, {"city": "Edited"})
    client.close()


def cities(harbour: Harbour, prefix: str) -> dict[str, str]:
    """Name -> city; no name may be there twice."""
    found = harbour.read("res.partner", [["name", "=like", f"{prefix}%"]], ["name", "city"])
    assert len(found) == len({one["name"] for one in found})
    return {one["name"]: one["city"] for one in found}


def outcomes(load: Load) -> set[str]:
    return set(Attempt.objects.filter(batch__load=load).values_list("outcome", flat=True))


def in_quito(prefix: str) -> list[dict[str, str | None]]:
    """No two rows alike: equal changes go by ``write``, which has no place for a fence."""
    return [{**row, "city": f"Quito {n}"} for n, row in enumerate(partners(20, prefix))]


def wake_too_late(
    harbour: Harbour,
    *,
    seconds_into_the_call: float,
    is_update_open: bool,
    before_each: Callable[[Load], None] = lambda load: None,
) -> tuple[Load, Load]:
    """A create and an update, each begun by an orphan and ended by its heir, edited by a person,
    and only then does the orphan go on. ``is_update_open``: an update that was not sent yet may
    come late, so nobody edits there. The loads that created and updated."""
    harbour.load(harbour.entity("customer", "res.partner"), partners(20, "QU", city="Lima"))
    harbour.notes.lines.clear()
    entity = harbour.entity("customer", "res.partner")
    creating = harbour.open(entity, in_quito("QC"))
    updating = harbour.open(entity, in_quito("QU"))
    before_each(creating)
    with orphan(seconds_into_the_call, creating, updating) as sleeper:
        for load, prefix in ((creating, "QC"), (updating, "QU")):
            sleeper.wait_for_stop()
            take_over(harbour, load)
            expected = {str(row["name"]): str(row["city"]) for row in in_quito(prefix)}
            if load == creating or not is_update_open:
                edit(harbour, f"{prefix}0003")
                expected[f"{prefix}0003"] = "Edited"
            before_each(updating)
            sleeper.wake(load)
            assert cities(harbour, prefix) == expected
    for load in (creating, updating):
        load.refresh_from_db()
        assert outcomes(load) <= {"in_doubt", "kept", "late", "transient"}
        assert {"late", "in_doubt"} & outcomes(load)
    assert (creating.created, creating.rows_done) == (20, 20)
    assert (updating.updated, updating.rows_done) == (20, 20)
    return creating, updating


def wake_after_undo(harbour: Harbour, *, is_second_look_over: bool) -> Load:
    """Creates begun by an orphan, ended by its heir and undone; the orphan's call comes before the
    undo's second look, or after it. The undo."""
    harbour.connection.answer_limit_seconds = 20
    harbour.connection.save()
    entity = harbour.entity("customer", "res.partner")
    creating = harbour.open(entity, in_quito("QG"))
    with orphan(0, creating) as sleeper:
        sleeper.wait_for_stop()
        take_over(harbour, creating)
        undone = harbour.run(loads.open_undo(creating, archive=False))
        assert undone.state == LoadState.VERIFYING, undone.state
        assert cities(harbour, "QG") == {}
        if not is_second_look_over:
            sleeper.wake(creating)
        wait_until(lambda: harbour.run(undone).state in LoadState.ended(), _PATIENCE, 1.0)
        if is_second_look_over:
            sleeper.wake(creating)
    assert (undone.state, undone.removed, undone.failed) == (LoadState.DONE, 20, 0), undone.error
    return undone


def is_carried(*loads: Load) -> bool:
    """Whether calls of these loads were sent behind a fence."""
    return any("fence" in batch.refs for batch in Batch.objects.filter(load__in=loads))
