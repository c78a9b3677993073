"""Runs under kill -9: every record must be as after a run that nobody disturbed.

`.venv/bin/python -m benchmarks.faults [--runs 14] [--kills 15] [--rows 20000] [--orphans 2]
[--seed 1] [--victims worker,horse,dispatch,postgres,valkey] [--version 17]` starts a Stowage of its
own in a temporary folder and a sandbox Odoo for each run. Runs take turns between a made workbook
and Northwind (where STOWAGE_NORTHWIND names its folder). The first of each is left in peace; in all
others processes are killed at seeded random instants and the queue is flushed once; of the calls
that write a tenth is lost before, during or after Odoo's work, and a tenth is answered by a 5xx or
refused as a conflict. In the first ``--orphans`` runs a hand sleeps before its first call until its
run has been undone, and then goes on.

With a real Odoo: `ODOO_TEST_URL=... ODOO_TEST_DB=... ODOO_TEST_LOGIN=... ODOO_TEST_SECRET=...
... --odoo-pids-file FILE --odoo-restart COMMAND`, on loopback only, in a database to spare. The
file has lines `odoo PID` and `odoo-postgres PID`; those are killed too, and the command, run after
each such kill, must end when the server answers again. Replies are spoiled by a relay in between,
and each run is undone at its end.

Prints a line a run and the sums; exit 1 when a record was lost, doubled or differs, a batch is
stuck, or work rested for 20 s after any kill (without the time in which Odoo itself was away).
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil

from benchmarks.disturbing import (
    ODOO_VICTIMS,
    VICTIMS,
    Disturber,
    OdooProcesses,
    disturb,
)
from benchmarks.own_stowage import (
    ROOT,
    Odoo,
    Source,
    is_over,
    northwind,
    patiently,
    prepare,
    sandbox,
    stowage,
    trade,
    wait_over,
)
from benchmarks.spoiling import Spoiler, relay, spoil_sandbox

if TYPE_CHECKING:
    from benchmarks.judging import Calm
    from benchmarks.records import Snapshot
    from graphs.models import Graph, GraphRun
    from importer.models import User

MOST_REST_SECONDS = 20.0
_RUN_SECONDS = 900.0


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

    boss: "User"
    var: Path
    options: argparse.Namespace
    calm: dict[str, "Calm"] = field(default_factory=dict)
    sums: Sums = field(default_factory=Sums)

    def undisturbed(self, source: Source) -> None:
        """What the others are compared with."""
        from benchmarks.judging import Calm, counts_of
        from graphs.runs import start_run

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
        from benchmarks.judging import faults_of
        from benchmarks.resumption import rests
        from graphs.runs import start_run

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
        run: "GraphRun",
        source: Source,
        before: "Snapshot",
        sleeper: "Orphan | None" = None,
    ) -> list[str]:
        """Roll the run back, let the orphan go on, and look whether all is as before."""
        from benchmarks.judging import stuck_in
        from benchmarks.records import differences
        from graphs.rollbacks import start_rollback

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

    def _records(self, of: "Graph | GraphRun", source: Source) -> "Snapshot":
        from benchmarks.records import fields_of, snapshot

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


@dataclass(frozen=True, slots=True)
class Orphan:
    """A hand that sleeps before its first call, once it has got work."""

    process: "subprocess.Popen[str]"

    def wake(self) -> bool:
        """Let it go on and wait for its end. Whether it had been asleep."""
        was_asleep = bool(psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED)
        self.process.send_signal(signal.SIGCONT)
        self.process.wait(120)
        return was_asleep


@contextmanager
def orphan(run: "GraphRun") -> Iterator[Orphan]:
    command = [sys.executable, "-m", "benchmarks.orphan", str(run.pk)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            yield Orphan(process)
        finally:
            if process.poll() is None:
                process.kill()


def measure(folder: Path, options: argparse.Namespace) -> bool:
    """Whether every run came out as the undisturbed one, in time."""
    from config.demonstration import make_account

    suite = Suite(make_account().user, folder / "var", options)
    began = time.monotonic()
    sources = [one for one in (trade(folder, options.rows), northwind()) if one is not None]
    if len(sources) == 1:
        sys.stdout.write("STOWAGE_NORTHWIND names no folder: made rows only\n")
    for source in sources:
        suite.undisturbed(source)
    for number in range(1, options.runs + 1):
        source = sources[number % len(sources)]
        suite.disturbed(number, source, has_orphan=number <= options.orphans)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    minutes = (time.monotonic() - began) / 60
    sys.stdout.write(f"{suite.sums.line()}; {minutes:.0f} minutes, load average {load}\n")
    return not suite.sums.bad


def check(options: argparse.Namespace) -> None:
    """A real Odoo is killed on this machine only, and by somebody who said how it comes back."""
    if bool(options.odoo_pids_file) != bool(options.odoo_restart):
        raise SystemExit("--odoo-pids-file and --odoo-restart go together.")
    if options.odoo_pids_file:
        host = urlsplit(os.environ.get("ODOO_TEST_URL", "")).hostname
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise SystemExit("ODOO_TEST_URL must name a server on this machine: it is killed.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=14)
    parser.add_argument("--kills", type=int, default=15, help="in one run")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--orphans", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--victims", default=",".join(VICTIMS))
    parser.add_argument("--version", default="17", help="of the sandbox: 15, 17 or 19")
    parser.add_argument("--odoo-pids-file", default="")
    parser.add_argument("--odoo-restart", default="", help="a shell command")
    options = parser.parse_args()
    check(options)
    with tempfile.TemporaryDirectory() as name, stowage(Path(name) / "var"):
        return 0 if measure(Path(name), options) else 1


if __name__ == "__main__":
    sys.exit(main())
