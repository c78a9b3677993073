"""The runs of the fault suite, one after the other in one Stowage, and their sums."""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.disturbing import ODOO_VICTIMS, Disturber, OdooProcesses, disturb
from benchmarks.judging import Calm, counts_of, faults_of, stuck_in
from benchmarks.own_stowage import (
    ROOT,
    Odoo,
    Source,
    is_over,
    patiently,
    prepare,
    sandbox,
    wait_over,
)
from benchmarks.records import Snapshot, differences, fields_of, snapshot
from benchmarks.resumption import rests
from benchmarks.spoiling import Spoiler, relay, spoil_sandbox
from graphs.models import Graph, GraphRun
from graphs.rollbacks import start_rollback
from graphs.runs import start_run
from importer.models import User

MOST_REST_SECONDS = 20.0
_RUN_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Orphan:
    """A hand that sleeps before its first call, once it has got work."""

    process: subprocess.Popen[str]

    def wake(self) -> bool:
        """Let it go on and wait for its end. Whether it had been asleep."""
        was_asleep = bool(psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED)
        self.process.send_signal(signal.SIGCONT)
        self.process.wait(120)
        return was_asleep


@contextmanager
def orphan(run: GraphRun) -> Iterator[Orphan]:
    command = [sys.executable, "-m", "benchmarks.orphan", str(run.pk)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            yield Orphan(process)
        finally:
            if process.poll() is None:
                process.kill()


@dataclass
class Sums:
    """Over all runs."""

    runs: int = 0
    bad: int = 0
    flushes: int = 0
    calls: int = 0
    spoiled: int = 0
    orphans: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    rests: list[float] = field(default_factory=list)

    def line(self) -> str:
        return (
            f"{self.runs} runs, {self.killed.total()} kills {dict(self.killed)}, queue flushed "
            f"{self.flushes} times, {self.spoiled} of {self.calls} calls spoiled, {self.orphans} "
            f"late orphans, longest rest {max(self.rests, default=0):.1f} s, "
            f"{self.bad} runs with a fault"
        )


@dataclass
class Suite:
    """One Stowage, ``var`` its folder, and the runs in it one after the other."""

    boss: User
    var: Path
    options: argparse.Namespace
    calm: dict[str, Calm] = field(default_factory=dict)
    sums: Sums = field(default_factory=Sums)

    def undisturbed(self, source: Source) -> None:
        """What the others are compared with."""

        with self._odoo(random.Random(0), is_spoiled=False) as (odoo, _):
            graph = prepare(self.boss, f"{source.name}, undisturbed", source, odoo)
            before = self._records(graph, source)
            run = start_run(graph, by=self.boss)
            began = time.monotonic()
            wait_over(run, _RUN_SECONDS)
            seconds = time.monotonic() - began
            records = self._records(graph, source)
            calm = Calm(seconds, run.status, counts_of(run), records)
            wrong = self._undo(run, source, before) if self._is_real else []
        self.calm[source.name] = calm
        sizes = {model: len(rows) for model, rows in records.items() if rows}
        said = "; ".join([f"{seconds:.0f} s", calm.status, str(sizes), *wrong])
        self._say(f"{source.name}, undisturbed: {said}")

    def disturbed(self, number: int, source: Source, *, has_orphan: bool) -> None:
        """A run under kills and faults, and what was wrong with it in the end."""

        dice = random.Random(self.options.seed * 1000 + number)
        calm = self.calm[source.name]
        with ExitStack() as stack:
            odoo, spoiler = stack.enter_context(self._odoo(dice, is_spoiled=True))
            graph = prepare(self.boss, f"{source.name}, run {number}", source, odoo)
            before = self._records(graph, source)
            run = start_run(graph, by=self.boss)
            began = time.monotonic()
            sleeper = stack.enter_context(orphan(run)) if has_orphan else None
            disturber = self._disturber(dice)
            kills = self.options.kills
            disturb(disturber, lambda: patiently(lambda: is_over(run)), kills, calm.seconds)
            wait_over(run, _RUN_SECONDS)
            seconds = time.monotonic() - began
            found = self._records(graph, source)
            if self._is_real:
                # An Odoo that is away at a load's end keeps the fence until the next load's.
                found["fences"] = calm.records["fences"]
            wrong = patiently(lambda: faults_of(run, found, calm))
            if sleeper is not None or self._is_real:
                wrong += self._undo(run, source, before, sleeper)
            calls, spoiled = spoiler.calls(), spoiler.spoiled()
        rested = patiently(lambda: rests(run, disturber.kills, disturber.away))
        longest = max(rested, default=0.0)
        if longest >= MOST_REST_SECONDS:
            wrong.append(f"work rested {longest:.1f} s")
        self._add(disturber, rested, calls, spoiled, bool(wrong))
        self._say(
            f"run {number}, {source.name}: {len(disturber.kills)} kills {dict(disturber.killed)}, "
            f"queue flushed {disturber.flushes} times, {spoiled} of {calls} calls spoiled, "
            f"{seconds:.0f} s, longest rest {longest:.1f} s{', late orphan' if sleeper else ''}, "
            f"{'; '.join(wrong) or 'equal row for row'}"
        )

    def _undo(
        self,
        run: GraphRun,
        source: Source,
        before: Snapshot,
        sleeper: Orphan | None = None,
    ) -> list[str]:
        """Roll the run back, let the orphan go on, and look whether all is as before."""

        # How long a call may be under way: until then the undoing looks for what may still come.
        run.connection.answer_limit_seconds = 10
        run.connection.save()
        rollback = start_rollback(run, by=self.boss)
        wrong = [] if wait_over(rollback, _RUN_SECONDS) else ["the undoing has not ended"]
        if rollback.status != "completed":
            wrong.append(f"undone as {rollback.status}: {rollback.error_message}")
        left = self._records(run, source)
        wrong += [f"after the undo: {one}" for one in differences(before, left)]
        wrong += stuck_in(rollback)
        if sleeper is not None:
            if not sleeper.wake():
                wrong.append("no orphan was caught")
            self.sums.orphans += 1
            left = self._records(run, source)
            wrong += [f"after the orphan: {one}" for one in differences(before, left)]
        return wrong

    def _records(self, of: Graph | GraphRun, source: Source) -> Snapshot:

        assert of.connection is not None
        connection = of.connection
        return patiently(lambda: snapshot(connection, fields_of(source.recipe)))

    def _disturber(self, dice: random.Random) -> Disturber:
        victims = tuple(self.options.victims.split(","))
        if not self._is_real:
            return Disturber(self.var, dice, victims)
        odoo = OdooProcesses(Path(self.options.odoo_pids_file), self.options.odoo_restart)
        return Disturber(self.var, dice, (*victims, *ODOO_VICTIMS), odoo)

    @property
    def _is_real(self) -> bool:
        return bool(self.options.odoo_pids_file)

    @contextmanager
    def _odoo(self, dice: random.Random, *, is_spoiled: bool) -> Iterator[tuple[Odoo, Spoiler]]:
        if not self._is_real:
            with sandbox(self.options.version) as odoo:
                yield odoo, spoil_sandbox(odoo.url, dice, share=0.2 if is_spoiled else 0)
            return
        with relay(os.environ["ODOO_TEST_URL"], dice) as server:
            server.is_armed = is_spoiled
            yield (
                Odoo(
                    f"http://127.0.0.1:{server.server_port}",
                    os.environ["ODOO_TEST_DB"],
                    os.environ["ODOO_TEST_LOGIN"],
                    os.environ["ODOO_TEST_SECRET"],
                    "staging",
                ),
                server,
            )

    def _add(
        self, disturber: Disturber, rested: list[float], calls: int, spoiled: int, is_bad: bool
    ) -> None:
        self.sums.runs += 1
        self.sums.bad += is_bad
        self.sums.flushes += disturber.flushes
        self.sums.calls += calls
        self.sums.spoiled += spoiled
        self.sums.killed += disturber.killed
        self.sums.rests += rested

    def _say(self, line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
