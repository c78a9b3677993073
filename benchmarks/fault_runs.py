"""The scenes of the fault suite: one graph in one Odoo, loaded, loaded again with changes, and
both undone, each step a run of its own under kills and faults.
"""

import argparse
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.disturbing import ODOO_VICTIMS, Disturber, OdooProcesses, children, disturb
from benchmarks.fault_orphans import Orphan, orphan
from benchmarks.fault_sums import Sums
from benchmarks.judging import Calm, counts_of, faults_of
from benchmarks.own_stowage import (
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
from config.demonstration import upload
from graphs.models import Graph, GraphRun
from graphs.rollbacks import start_rollback
from graphs.runs import start_run
from importer.models import Dataset, User

MOST_REST_SECONDS = 20.0
_LATE_SECONDS = 10
_LATE_SECONDS_OF_A_REAL_ODOO = 20
"""How long a call may be under way when an undo begins: so long it looks for late ones."""
STEPS = ("load", "change", "undo change", "undo load")
_UNDONE = {"undo change": "change", "undo load": "load"}
_AS_BEFORE = {"undo change": "load", "undo load": ""}
"""After which step Odoo's records are as after which other; empty: as at the beginning."""


@dataclass
class Scene:
    """One graph in one Odoo: its runs so far and what is in Odoo."""

    boss: User
    source: Source
    graph: Graph
    late_seconds: int
    runs: dict[str, GraphRun] = field(default_factory=dict)
    newer: Dataset | None = None

    def upload(self, step: str) -> None:
        """What the step loads, read by the workers."""
        if step == "change":
            self.newer = upload(self.boss, self.graph.project, *self.source.changed)

    def start(self, step: str) -> GraphRun:
        """The run of a step; returns at once."""
        if step in _UNDONE:
            undone = self.runs[_UNDONE[step]]
            undone.refresh_from_db()
            undone.connection.answer_limit_seconds = self.late_seconds
            undone.connection.save()
            self.runs[step] = start_rollback(undone, by=self.boss)
        elif step == "change":
            self.runs[step] = start_run(self.graph, by=self.boss, dataset=self.newer)
        else:
            self.runs[step] = start_run(self.graph, by=self.boss)
        return self.runs[step]

    def records(self) -> Snapshot:
        connection = self.graph.connection
        assert connection is not None
        return patiently(lambda: snapshot(connection, fields_of(self.source.recipe)))


@dataclass
class Suite:
    """One Stowage, ``var`` its folder, and the scenes in it one after the other."""

    boss: User
    var: Path
    options: argparse.Namespace
    calm: dict[str, dict[str, Calm]] = field(default_factory=dict)
    sums: Sums = field(default_factory=Sums)

    def undisturbed(self, source: Source) -> None:
        """What the others are compared with."""
        with self._odoo(random.Random(0), source, is_spoiled=False) as (odoo, _):
            scene = self._scene(f"{source.name}, undisturbed", source, odoo)
            found = {"": scene.records()}
            calm: dict[str, Calm] = {}
            for step in STEPS:
                run, seconds = self._end(scene, step)
                found[step] = scene.records()
                calm[step] = Calm(seconds, run.status, counts_of(run), found[step])
        self.calm[source.name] = calm
        sizes = {model: len(rows) for model, rows in found["load"].items() if rows}
        took = ", ".join(f"{step} {one.seconds:.0f} s {one.status}" for step, one in calm.items())
        self._say(f"{source.name}, undisturbed: {took}; {sizes}")
        for step, like in _AS_BEFORE.items():
            for wrong in differences(found[like], found[step]):
                raise SystemExit(f"{source.name}, nobody disturbed it, after {step}: {wrong}")

    def disturbed(self, number: int, source: Source, *, late: str = "") -> None:
        """All steps under kills and faults, and what was wrong. ``late``: the step before whose
        first call a hand sleeps until that step has been undone."""
        dice = random.Random(self.options.seed * 1000 + number)
        wrong: list[str] = []
        began = time.monotonic()
        with ExitStack() as stack:
            odoo, spoiler = stack.enter_context(self._odoo(dice, source, is_spoiled=True))
            scene = self._scene(f"{source.name}, scene {number}", source, odoo)
            sleeper: Orphan | None = None
            for step in STEPS:
                patiently(lambda step=step: scene.upload(step))  # type: ignore[misc]
                with _workers_asleep(self._disturber(dice)) if step == late else nullcontext():
                    run = patiently(lambda step=step: scene.start(step))  # type: ignore[misc]
                    if step == late:
                        sleeper = stack.enter_context(orphan(run))
                        sleeper.wait()
                wrong += self._disturbed(number, scene, step, run, dice)
                if sleeper is not None and _UNDONE.get(step) == late:
                    wrong += self._wake(sleeper, scene, step)
            calls, spoiled = spoiler.calls(), spoiler.spoiled()
        self.sums.add_scene(calls, spoiled, bool(wrong))
        self._say(
            f"scene {number}, {source.name}: {spoiled} of {calls} calls spoiled, "
            f"{time.monotonic() - began:.0f} s{f', late orphan of {late}' if late else ''}, "
            f"{'; '.join(wrong) or 'equal row for row'}"
        )

    def _disturbed(
        self, number: int, scene: Scene, step: str, run: GraphRun, dice: random.Random
    ) -> list[str]:
        calm = self.calm[scene.source.name][step]
        disturber = self._disturber(dice)
        began = time.monotonic()
        disturb(
            disturber, lambda: patiently(lambda: is_over(run)), self.options.kills, calm.seconds
        )
        wait_over(run, self.options.patience)
        seconds = time.monotonic() - began
        found = scene.records()
        if self._is_real:
            # An Odoo that is away at a load's end keeps the fence until the next load's.
            found["fences"] = calm.records["fences"]
        wrong = patiently(lambda: faults_of(run, found, calm))
        rested = patiently(lambda: rests(run, disturber.kills, disturber.away))
        longest = max(rested, default=0.0)
        if longest >= MOST_REST_SECONDS:
            wrong.append(f"work rested {longest:.1f} s")
        self.sums.add_run(step, disturber, rested)
        self._say(
            f"  {number} {step}: {len(disturber.kills)} kills {dict(disturber.killed)}, "
            f"{seconds:.0f} s, longest rest {longest:.1f} s{''.join(f'; {one}' for one in wrong)}"
        )
        return [f"{step}: {one}" for one in wrong]

    def _wake(self, sleeper: Orphan, scene: Scene, step: str) -> list[str]:
        """Let it go on after the undo; nothing may change."""
        wrong = [] if sleeper.wake() else ["no orphan was caught"]
        self.sums.orphans += 1
        expected = self.calm[scene.source.name][step].records
        left = differences(expected, {**scene.records(), "fences": expected["fences"]})
        return wrong + [f"after the orphan: {one}" for one in left]

    def _end(self, scene: Scene, step: str) -> tuple[GraphRun, float]:
        scene.upload(step)
        began = time.monotonic()
        run = scene.start(step)
        if not wait_over(run, self.options.patience):
            raise SystemExit(f"{scene.source.name}, {step}: not over, and nobody disturbed it")
        return run, time.monotonic() - began

    def _scene(self, name: str, source: Source, odoo: Odoo) -> Scene:
        late = _LATE_SECONDS_OF_A_REAL_ODOO if self._is_real else _LATE_SECONDS
        return Scene(self.boss, source, prepare(self.boss, name, source, odoo), late)

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
    def _odoo(
        self, dice: random.Random, source: Source, *, is_spoiled: bool
    ) -> Iterator[tuple[Odoo, Spoiler]]:
        if not self._is_real:
            share = 0.2 if is_spoiled else 0
            with sandbox(self.options.version) as odoo:
                yield odoo, spoil_sandbox(odoo.url, dice, fields_of(source.recipe), share=share)
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

    def _say(self, line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


@contextmanager
def _workers_asleep(disturber: Disturber) -> Iterator[None]:
    """So that the orphan gets the first work there is."""
    workers = disturber.all_of("worker")
    asleep = [*workers, *(child for pid in workers for child in children(pid))]
    for pid in asleep:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in asleep:
            os.kill(pid, signal.SIGCONT)
