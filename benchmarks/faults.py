"""Runs under kill -9: every record must be as after a run that nobody disturbed.

`.venv/bin/python -m benchmarks.faults [--runs 12] [--kills 15] [--rows 20000] [--seed 1]
[--victims worker,horse,dispatch,postgres,valkey]` starts a Stowage of its own in a temporary
folder and a sandbox Odoo for each run. One run is left in peace; in all others processes are killed
at seeded random instants, the queue is flushed once, and a tenth of the calls that write is lost
before, within or after Odoo's work, answered 502, or refused as a conflict. Prints a line a run;
exit 1 when a record was lost, doubled or differs, a batch is stuck, or work rested for 20 s after
the last of the kills that had stopped it.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import django
import httpx
import psutil

if TYPE_CHECKING:
    from graphs.models import GraphRun
    from importer.models import Connection, Project, User

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
MOST_REST_SECONDS = 20.0
VICTIMS = "worker,horse,dispatch,postgres,valkey"
_CALLS_TO_SPOIL = 400
_FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("drop_before_commit", {}),
    ("drop_after_commit", {}),
    ("commit_after_leave", {"seconds": 1.0}),
    ("truncated_body", {}),
    ("http_error", {"status": 502, "committed": True}),
    ("serialization", {}),
)


@dataclass
class Disturbance:
    """Kills and when they were; ``folder`` is the Stowage's var."""

    folder: Path
    dice: random.Random
    victims: list[str]
    kills: list[datetime] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)

    def kill_one(self) -> None:
        from django.utils import timezone

        who = self.dice.choice(self.victims)
        pid = self._pid_of(who)
        if pid is None:
            return
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.kills.append(timezone.now())
        self.killed[who] += 1

    def _pid_of(self, who: str) -> int | None:
        """Of a living process; a horse is the child in which a worker does its job."""
        state = json.loads((self.folder / "run" / "services.json").read_text())
        known = {name: int(one["pid"]) for name, one in state["processes"].items()}
        kind = "worker" if who == "horse" else who
        pids = [pid for name, pid in known.items() if name.partition("-")[0] == kind]
        pids = [pid for pid in pids if psutil.pid_exists(pid)]
        if who == "horse":
            pids = [child for pid in pids for child in _children(pid)]
        return self.dice.choice(pids) if pids else None


def _children(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.NoSuchProcess:
        return []


def manage(*words: str) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True, capture_output=True)


@contextmanager
def stowage(folder: Path) -> Iterator[None]:
    """A Stowage of its own, attached to this process."""
    os.environ["STOWAGE_VAR"] = str(folder)
    os.environ["STOWAGE_SANDBOX"] = "false"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    manage("up")
    try:
        django.setup()
        yield
    finally:
        manage("down")


@contextmanager
def sandbox() -> Iterator[str]:
    """Its url, in a process of its own."""
    command = [sys.executable, "-m", "importer.odoo.sandbox", "--version", "17", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def patiently(ask: Callable[[], T]) -> T:
    """What ``ask`` gives, over the time that a killed database needs to come back."""
    from django.db import DatabaseError, InterfaceError, connection

    until = time.monotonic() + 60
    while True:
        try:
            return ask()
        except (DatabaseError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


def begin(
    boss: "User", name: str, url: str, book: Path
) -> tuple["Project", "Connection", "GraphRun"]:
    """A project of its own with a run of the workbook that is about to begin."""
    from benchmarks.trade import RECIPE
    from config.demonstration import make_connection, upload
    from graphs.recipes import create_from_recipe, read_recipe
    from graphs.runs import start_run
    from importer.projects import create_project

    project = create_project(by=boss, name=name)
    connection = make_connection(boss, project, url=url)
    dataset = upload(boss, project, book)
    graph = create_from_recipe(
        read_recipe(json.dumps(RECIPE)),
        by=boss,
        project=project,
        connection=connection,
        dataset=dataset,
    )
    return project, connection, start_run(graph, by=boss)


def is_over(run: "GraphRun") -> bool:
    run.refresh_from_db()
    return run.is_finished


def spoil(url: str, dice: random.Random) -> None:
    """A tenth of the first calls that write, at seeded places."""
    for number in dice.sample(range(1, _CALLS_TO_SPOIL), _CALLS_TO_SPOIL // 10):
        kind, wish = dice.choice(_FAULTS)
        fault = {"kind": kind, "method": "load", "after": number, **wish}
        httpx.post(f"{url}/sandbox/faults", json=fault).raise_for_status()


def disturb(
    run: "GraphRun", seed: int, kills: int, expected_seconds: float, var: Path, victims: str
) -> Disturbance:
    """Kill until there were so many, or the run is over; flush the queue once."""
    from django.conf import settings
    from redis import Redis
    from redis.exceptions import ConnectionError as QueueAway

    dice = random.Random(seed)
    done = Disturbance(var, dice, victims.split(","))
    flush_at = dice.randrange(kills)
    while len(done.kills) < kills and not patiently(lambda: is_over(run)):
        time.sleep(dice.uniform(0.1, 2 * max(1.0, expected_seconds) / kills))
        done.kill_one()
        if len(done.kills) == flush_at:
            try:
                Redis.from_url(settings.REDIS_URL).flushdb()
            except QueueAway:
                continue
    return done


def faulty_run(
    boss: "User",
    number: int,
    book: Path,
    options: argparse.Namespace,
    calm: dict[str, Any],
    var: Path,
) -> tuple[int, list[str]]:
    """Kills that were done, and what was wrong in the end."""
    from benchmarks.trade import slowest_resumption, snapshot

    with sandbox() as url:
        project, connection, run = begin(boss, f"Run {number}", url, book)
        spoil(url, random.Random(options.seed + number))
        began = time.monotonic()
        seconds = calm["seconds"]
        done = disturb(run, options.seed + number, options.kills, seconds, var, options.victims)
        while not patiently(lambda: is_over(run)) and time.monotonic() - began < 600:
            time.sleep(0.5)
        took = time.monotonic() - began
        records = patiently(lambda: snapshot(connection))
    first = patiently(lambda: slowest_resumption(run, done.kills))
    rest = patiently(lambda: slowest_resumption(run, done.kills, from_the_last=True))
    wrong = patiently(lambda: faults_of(project, run, records, calm["records"], rest))
    sys.stdout.write(
        f"run {number}: {len(done.kills)} kills {dict(done.killed)}, {took:.0f} s, "
        f"longest rest {rest:.1f} s ({first:.1f} s with all kills in it), "
        f"{'; '.join(wrong) or 'equal row for row'}\n"
    )
    sys.stdout.flush()
    return len(done.kills), wrong


def faults_of(
    project: "Project",
    run: "GraphRun",
    records: dict[str, Any],
    expected: dict[str, Any],
    rest: float,
) -> list[str]:
    """What is wrong, a phrase each."""
    from importer.models import Batch

    wrong = [] if run.status == "completed" else [f"ended as {run.status}: {run.error_message}"]
    for model, rows in expected.items():
        lost = len(set(rows) - set(records[model]))
        doubled = len(records[model]) - len(set(records[model]))
        strange = len(set(records[model]) - set(rows))
        if lost or doubled or strange:
            wrong.append(f"{model}: {lost} lost, {doubled} doubled, {strange} strange")
    stuck = Batch.objects.filter(project=project).exclude(state="done").count()
    if stuck:
        wrong.append(f"{stuck} batches stuck")
    if rest >= MOST_REST_SECONDS:
        wrong.append(f"work rested {rest:.1f} s")
    return wrong


def measure(folder: Path, options: argparse.Namespace) -> bool:
    """Whether every run came out as the undisturbed one."""
    from benchmarks.trade import snapshot, write_trade
    from config.demonstration import make_account

    book = folder / "trade.xlsx"
    write_trade(book, options.rows)
    boss = make_account().user
    with sandbox() as url:
        _, connection, run = begin(boss, "Undisturbed", url, book)
        began = time.monotonic()
        while not is_over(run):
            time.sleep(0.2)
        calm: dict[str, Any] = {
            "seconds": time.monotonic() - began,
            "records": snapshot(connection),
        }
    numbers = {model: len(rows) for model, rows in calm["records"].items()}
    sys.stdout.write(f"undisturbed: {calm['seconds']:.0f} s, {numbers}\n")
    ends = [
        faulty_run(boss, number, book, options, calm, folder / "var")
        for number in range(1, options.runs + 1)
    ]
    bad = sum(1 for _, wrong in ends if wrong)
    kills = sum(done for done, _ in ends)
    sys.stdout.write(f"{len(ends)} runs, {kills} kills, {bad} runs with a fault\n")
    return not bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--kills", type=int, default=15, help="in one run")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--victims", default=VICTIMS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, stowage(Path(name) / "var"):
        return 0 if measure(Path(name), options) else 1


if __name__ == "__main__":
    sys.exit(main())
