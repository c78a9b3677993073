"""Six kill -9, a flushed queue and lost answers in one run: the records are those of a run that
nobody disturbed. Real processes; the long form is ``benchmarks/faults.py``.
"""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil
import pytest
from django.utils import timezone
from redis import Redis

from benchmarks.records import differences, fields_of, snapshot
from benchmarks.resumption import rests
from benchmarks.trade import RECIPE, write_trade
from graphs.choices import RunStatus
from graphs.models import GraphRun
from graphs.recipes import create_from_recipe, read_recipe
from graphs.runs import start_run
from importer.choices import Role
from importer.connections import add_connection
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Attempt, Batch, Connection, Job, KeyMap, Load, Membership, Project, User
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, order_fault, sandbox
from tests.processes import ManageProcess, StartProcess, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
ROWS = 2_000
SEED = 6
RESUMED_WITHIN_SECONDS = 20
VICTIMS = ("worker", "dispatch", "horse", "worker", "horse", "dispatch")


@dataclass
class Crew:
    """Workers and a dispatcher; whoever is killed is replaced at once."""

    start: StartProcess
    dice: random.Random
    workers: list[ManageProcess] = field(default_factory=list)
    dispatcher: ManageProcess | None = None
    kills: list[datetime] = field(default_factory=list)

    def hire(self) -> None:
        self.workers = [self.start("rqworker", "runs", "jobs") for _ in range(2)]
        self.dispatcher = self.start("dispatch")
        for worker in self.workers:
            worker.wait_for("Listening on", 60)

    def kill(self, who: str) -> None:
        """kill -9 of a worker without its horse, of a horse, or of the dispatcher."""
        number = self.dice.randrange(len(self.workers))
        if who == "dispatch":
            assert self.dispatcher is not None
            self.dispatcher.process.kill()
            self.dispatcher = self.start("dispatch")
        elif who == "worker":
            self.workers[number].process.kill()
            self.workers[number] = self.start("rqworker", "runs", "jobs")
        else:
            self._a_horse().kill()
        self.kills.append(timezone.now())

    def _a_horse(self) -> psutil.Process:
        horses: list[psutil.Process] = []

        def are_there() -> bool:
            horses[:] = [child for worker in self.workers for child in worker.family()[1:]]
            return bool(horses)

        wait_until(are_there, 30, 0.01)
        return self.dice.choice(horses)


@contextmanager
def trade(project: Project, book: Path) -> Iterator[tuple[Connection, GraphRun, str]]:
    """A sandbox of its own, connected, and a run of the workbook that is about to begin."""
    boss = User.objects.create_user(f"boss of {project.name}", password="a long password")
    Membership.objects.create(project=project, user=boss, role=Role.ADMIN)
    with sandbox("17") as url:
        connection = add_connection(
            by=boss,
            project=project,
            name="Sandbox",
            url=url,
            database=DATABASE,
            login=LOGIN,
            secret=SECRET,
            environment="sandbox",
        )
        dataset, _ = upload_dataset(by=boss, project=project, files=[(book.name, book)])
        execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
        dataset.refresh_from_db()
        recipe = read_recipe(json.dumps(RECIPE))
        graph = create_from_recipe(
            recipe, by=boss, project=project, connection=connection, dataset=dataset
        )
        yield connection, start_run(graph, by=boss), url


def is_over(run: GraphRun) -> bool:
    run.refresh_from_db()
    return run.is_finished


def disturb(url: str, dice: random.Random) -> None:
    """One call in ten or more is lost before or after its commit, or meets a conflict; every call
    takes long enough to be killed in its middle."""
    order_fault(url, "latency", method="load", seconds=0.4, times=0, stage="inside")
    for kind in ("drop_before_commit", "drop_after_commit", "serialization", "commit_after_leave"):
        order_fault(url, kind, method="load", after=dice.randrange(2, 14))


def test_six_kills_a_flush_and_lost_answers_change_nothing(
    start_process: StartProcess,
    valkey: Redis,
    project: Project,
    other_project: Project,
    tmp_path: Path,
) -> None:
    dice = random.Random(SEED)
    book = tmp_path / "trade.xlsx"
    write_trade(book, ROWS)
    crew = Crew(start_process, dice)
    crew.hire()
    with trade(other_project, book) as (connection, run, _):
        wait_until(lambda: is_over(run), 90, 0.2)
        expected = snapshot(connection, fields_of(RECIPE))
    assert sum(1 for rows in expected.values() for row in rows if row[0]) == ROWS
    with trade(project, book) as (connection, run, url):
        disturb(url, dice)
        wait_until(lambda: Attempt.objects.filter(batch__load__project=project).exists(), 60, 0.05)
        for number, who in enumerate(VICTIMS):
            time.sleep(dice.uniform(0.2, 2.0))
            assert not is_over(run), f"over before kill {number}"
            crew.kill(who)
            if number == 2:
                valkey.flushdb()
        wait_until(lambda: is_over(run), 120, 0.2)
        assert run.status == RunStatus.COMPLETED, run.error_message
        assert differences(expected, snapshot(connection, fields_of(RECIPE))) == []
    loads = Load.objects.filter(project=project)
    assert sum(load.created for load in loads) == ROWS
    assert all(load.rows_done == load.rows_total for load in loads)
    assert KeyMap.objects.filter(project=project).count() == ROWS
    assert set(Batch.objects.filter(project=project).values_list("state", flat=True)) == {"done"}
    outcomes = Attempt.objects.filter(batch__load__project=project).values_list("outcome")
    assert {"in_doubt", "kept"} <= {one for (one,) in outcomes}
    assert max(rests(run, crew.kills)) < RESUMED_WITHIN_SECONDS
