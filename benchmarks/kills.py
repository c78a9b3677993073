"""One process killed in mid-run: when work goes on, and when the run has ended.

`.venv/bin/python -m benchmarks.kills [--rows 3000] [--times 3] [--victims web,dispatch,...]` starts
a Stowage of its own in a temporary folder and a sandbox Odoo for each run. When a third of the rows
is in, one process (or one worker, or both, with what they do their jobs in) is killed with
`kill -9`. Prints a line for each kind: median and longest time until the next batch ended and
until the run had. Exit 1 when a record was lost, doubled or differs, or work rested for 20 s.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.disturbing import Disturber, children
from benchmarks.own_stowage import Source, patiently, prepare, sandbox, stowage, trade, wait_over

if TYPE_CHECKING:
    from benchmarks.records import Snapshot
    from graphs.models import GraphRun
    from importer.models import User

MOST_REST_SECONDS = 20.0


def _every(kind: str) -> Callable[[Disturber], list[int]]:
    return lambda disturber: disturber.all_of(kind)


def with_children(pids: list[int]) -> list[int]:
    """A worker does its job in a child."""
    return [*pids, *(child for pid in pids for child in children(pid))]


KINDS: dict[str, Callable[[Disturber], list[int]]] = {
    "web": _every("web"),
    "dispatch": _every("dispatch"),  # both
    "valkey": _every("valkey"),
    "worker": lambda disturber: with_children(disturber.all_of("worker")[:1]),
    "workers": lambda disturber: with_children(disturber.all_of("worker")),
    "postgres": _every("postgres"),
}


def _rows_done(run: "GraphRun") -> int:
    from importer.models import Load

    return sum(load.rows_done for load in Load.objects.filter(node_run__run=run))


def one_run(
    boss: "User", name: str, source: Source, kind: str, rows: int, var: Path
) -> tuple[float, float, "Snapshot"]:
    """Seconds from the kill to the next batch and to the end, and what is in Odoo then. With no
    kind nothing is killed, and the second figure is the whole run's."""
    from benchmarks.records import fields_of, snapshot
    from benchmarks.resumption import rests
    from graphs.runs import start_run

    with sandbox() as odoo:
        graph = prepare(boss, name, source, odoo)
        run = start_run(graph, by=boss)
        began = time.monotonic()
        disturber = Disturber(var, random.Random(1))
        if kind:
            while _rows_done(run) < rows // 3:
                time.sleep(0.02)
            disturber.kill(kind, KINDS[kind](disturber))
            began = time.monotonic()
        if not wait_over(run, 300) or run.status != "completed":
            raise SystemExit(f"{name} ended as {run.status}: {run.error_message}")
        ended = time.monotonic() - began
        rest = max(patiently(lambda: rests(run, disturber.kills)), default=0.0)
        found = patiently(lambda: snapshot(run.connection, fields_of(source.recipe)))
        return rest, ended, found


def measure(folder: Path, options: argparse.Namespace) -> bool:
    """Whether every run came out as the undisturbed one, in time."""
    from benchmarks.records import differences
    from config.demonstration import make_account

    boss = make_account().user
    source = trade(folder, options.rows)
    var = folder / "var"
    _, seconds, calm = one_run(boss, "Undisturbed", source, "", options.rows, var)
    sys.stdout.write(f"{source.name}; undisturbed: {seconds:.1f} s\n")
    is_good = True
    for kind in options.victims.split(","):
        rests, ends, wrong = [], [], []
        for number in range(options.times):
            name = f"{kind} {number + 1}"
            rest, ended, found = one_run(boss, name, source, kind, options.rows, var)
            rests.append(rest)
            ends.append(ended)
            wrong += differences(calm, found)
        is_good = is_good and not wrong and max(rests) < MOST_REST_SECONDS
        sys.stdout.write(
            f"{kind}: work resumed after {statistics.median(rests):.1f} s "
            f"(longest {max(rests):.1f}), run ended after {statistics.median(ends):.1f} s "
            f"(longest {max(ends):.1f}), {'; '.join(wrong) or 'equal row for row'}\n"
        )
        sys.stdout.flush()
    load = os.getloadavg()
    sys.stdout.write(f"load average {load[0]:.1f} {load[1]:.1f} {load[2]:.1f}\n")
    return is_good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--times", type=int, default=3, help="each kind")
    parser.add_argument("--victims", default=",".join(KINDS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, stowage(Path(name) / "var"):
        return 0 if measure(Path(name), options) else 1


if __name__ == "__main__":
    sys.exit(main())
