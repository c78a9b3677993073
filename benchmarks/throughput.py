"""Stowage beside others on a real Odoo: the same partners, in turn, the order alternating.

`ODOO_TEST_URL=... ODOO_TEST_DB=... ODOO_TEST_LOGIN=... ODOO_TEST_SECRET=... .venv/bin/python -m
benchmarks.throughput [--rounds 5] [--rows 5000] [--streams 2] [--large 0] [--work clean,bad,..]`.
Works: clean, bad, changed, unchanged. Give as many streams as Odoo has workers. The database must
be one to spare. Commands, all optional:

- ``ODOO_TEST_FRESH`` makes the database fresh before each measurement; without it the partners of
  the one before are removed by `unlink`.
- ``ODOO_TEST_PEER`` and ``ODOO_TEST_LIMIT`` are the other sides: another tool, and `load` called
  inside Odoo itself. They are given the work's name in ``WORK`` and a file of `load`'s columns
  (semicolons) in ``FILE``, and may say ``SECONDS <n>`` as their last line; else their wall time
  counts.

Of Stowage everything is journaled and imaged. ``clean`` counts from the first claim to the last
key map entry, all else the whole run, from the moment it is asked for to its end: ``bad`` until all
good rows are in and all bad ones named, ``changed`` and ``unchanged`` after a load of the same rows
by the same side, which is not counted. ``--large N`` repeats ``unchanged`` with N rows for Stowage
and takes the other side's figure times N / rows. Exit 1 when records are missing or bad rows
unnamed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.own_stowage import Odoo, Source, prepare, stowage, wait_for_jobs, wait_over
from benchmarks.pair_rows import TAGS, Files, recipe, write_rows

if TYPE_CHECKING:
    from graphs.models import Graph, GraphRun
    from importer.models import User
    from importer.odoo.client import Client

SIDES = {"peer": "ODOO_TEST_PEER", "limit": "ODOO_TEST_LIMIT"}
WORKS = {"clean": {}, "bad": {"bad": 0.01}, "changed": {"changed": 0.05}, "unchanged": {}}
_ON_TOP = ("changed", "unchanged")
_LIMITED = ("clean",)
_numbers = count(1)


@dataclass
class Bench:
    """One measurement's setting; ``wrong`` gathers what did not come out as it must."""

    boss: "User"
    client: "Client"
    odoo: Odoo
    streams: int
    wrong: list[str] = field(default_factory=list)

    def fresh(self) -> None:
        """An Odoo without partners of ours, with the tags, and all its workers awake."""
        command = os.environ.get("ODOO_TEST_FRESH", "")
        if command:
            subprocess.run(command, shell=True, check=True, capture_output=True)
        else:
            self._remove()
        names = [[f"__import__.pair_{n}", f"Pair {n}"] for n in range(TAGS)]
        self.client.insert_if_absent("res.partner.category", ["id", "name"], names)
        for _ in range(4 * self.streams):
            self.client.update("res.partner", ["id", "name"], [["__import__.pair_warm", ""]])

    def _remove(self) -> None:
        while ids := self._ours(limit=1000):
            self.client.unlink("res.partner", ids)

    def _ours(self, limit: int | None = None) -> list[int]:
        return self.client.search("res.partner", [["ref", "=like", "PF%"]], limit=limit)

    def check(self, side: str, work: str, files: Files) -> None:
        there = len(self._ours())
        if there != files.n_rows - files.bad:
            told = f"{side}, {work}: {there} records instead of {files.n_rows - files.bad}"
            self.wrong.append(told)
            sys.stdout.write(f"  {told}\n")

    def ours(self, work: str, base: Files | None, files: Files) -> float:
        from graphs.models import GraphRun
        from graphs.runs import start_run

        first = base or files
        name = f"Pair {next(_numbers)}"
        source = Source(name, (first.sheet,), recipe(has_colour=bool(files.bad)))
        graph = prepare(self.boss, name, source, self.odoo)
        assert graph.connection is not None
        graph.connection.streams = self.streams
        graph.connection.save(update_fields=["streams"])
        run = self._run(lambda: start_run(graph, by=self.boss))
        if base is not None:
            run = self._run(lambda: self._follow(graph, files))
        self._named(work, run, files)
        assert isinstance(run, GraphRun)
        return _seconds(run, whole=work not in _LIMITED)

    def _follow(self, graph: "Graph", files: Files) -> "GraphRun":
        from config.demonstration import upload
        from graphs.runs import start_run

        dataset = upload(self.boss, graph.project, files.sheet)
        return start_run(graph, by=self.boss, dataset=dataset)

    def _run(self, start: Callable[[], "GraphRun"]) -> "GraphRun":
        wait_for_jobs()
        run = start()
        if not wait_over(run, 1800):
            raise SystemExit(f"The run has not ended: {run.status}, {run.error_message}")
        return run

    def _named(self, work: str, run: "GraphRun", files: Files) -> None:
        from importer.models import Issue

        bad = Issue.objects.filter(load__node_run__run=run, level="error")
        named = bad.values("row").distinct().count()
        if named != files.bad:
            self.wrong.append(f"stowage, {work}: {named} bad rows named instead of {files.bad}")
            sys.stdout.write(f"  {self.wrong[-1]}\n")

    def other(self, side: str, work: str, base: Files | None, files: Files) -> float:
        if base is not None:
            self._command(side, "clean", base)
        return self._command(side, work, files)

    def _command(self, side: str, work: str, files: Files) -> float:
        given = {**os.environ, "WORK": work, "FILE": str(files.load)}
        began = time.monotonic()
        done = subprocess.run(
            os.environ[SIDES[side]], shell=True, env=given, capture_output=True, text=True
        )
        seconds = time.monotonic() - began
        if done.returncode:
            raise SystemExit(f"{side} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        last = (done.stdout.strip().splitlines() or [""])[-1]
        return float(last.split()[1]) if last.startswith("SECONDS ") else seconds


def _seconds(run: "GraphRun", *, whole: bool) -> float:
    from importer.models import Attempt

    if whole:
        assert run.ended_at is not None
        return (run.ended_at - run.created_at).total_seconds()
    sent = Attempt.objects.filter(batch__load__node_run__run=run, ended_at__isnull=False)
    began = sent.order_by("sent_at").values_list("sent_at", flat=True)[0]
    ended = sent.order_by("-ended_at").values_list("ended_at", flat=True)[0]
    assert ended is not None
    return (ended - began).total_seconds()


def measure(bench: Bench, folder: Path, work: str, options: argparse.Namespace) -> None:
    """All rounds of one work, and a line of medians."""
    base = write_rows(folder, "base", options.rows) if work in _ON_TOP else None
    files = write_rows(folder, work, options.rows, **WORKS[work])
    others = [side for side, name in SIDES.items() if os.environ.get(name)]
    sides = ["stowage", *(one for one in others if one != "limit" or work in _LIMITED)]
    took: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(options.rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            bench.fresh()
            is_ours = side == "stowage"
            seconds = (
                bench.ours(work, base, files) if is_ours else bench.other(side, work, base, files)
            )
            bench.check(side, work, files) if is_ours or not files.bad else None
            took[side].append(seconds)
            load = os.getloadavg()[0]
            say(f"  {work}, round {number + 1}: {side} {seconds:.2f} s (load average {load:.1f})")
    medians = {side: statistics.median(times) for side, times in took.items()}
    for side, seconds in medians.items():
        ratio = statistics.median(
            theirs / ours for ours, theirs in zip(took["stowage"], took[side], strict=True)
        )
        beside = "" if side == "stowage" else f", Stowage {ratio:.2f} times as fast"
        say(f"{work}: {side} {seconds:.2f} s = {options.rows / seconds:.0f} rows/s{beside}")
    if work == "unchanged" and options.large:
        _large(bench, folder, options, medians)


def _large(
    bench: Bench, folder: Path, options: argparse.Namespace, medians: dict[str, float]
) -> None:
    files = write_rows(folder, "large", options.large)
    bench.fresh()
    seconds = bench.ours("unchanged", files, files)
    say(f"unchanged, {options.large} rows: stowage {seconds:.2f} s")
    for side, small in medians.items():
        if side != "stowage":
            scaled = small * options.large / options.rows
            times = f"{scaled / seconds:.0f} times Stowage's"
            say(f"  {side}, scaled from {options.rows} rows: {scaled:.0f} s = {times}")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def odoo_from_environment() -> Odoo:
    names = ("URL", "DB", "LOGIN", "SECRET")
    given = [os.environ.get(f"ODOO_TEST_{name}", "") for name in names]
    if not all(given):
        missing = ", ".join(f"ODOO_TEST_{name}" for name in names)
        raise SystemExit(f"Say where the Odoo to spare is: {missing}.")
    return Odoo(*given, environment="staging")


def run_all(folder: Path, works: Iterable[str], options: argparse.Namespace) -> bool:
    """Whether everything came out as it must."""
    from config.demonstration import make_account
    from importer.odoo.client import connect

    odoo = odoo_from_environment()
    client = connect(odoo.url, odoo.database, odoo.login, odoo.secret)
    bench = Bench(make_account().user, client, odoo, options.streams)
    for work in works:
        measure(bench, folder, work, options)
    return not bench.wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--streams", type=int, default=2)
    parser.add_argument("--work", default=",".join(WORKS))
    parser.add_argument("--large", type=int, default=0, help="rows of one more unchanged run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, stowage(Path(name) / "var"):
        return 0 if run_all(Path(name), options.work.split(","), options) else 1


if __name__ == "__main__":
    sys.exit(main())
