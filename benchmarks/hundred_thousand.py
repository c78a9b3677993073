"""A run of 100 000 rows on the sandbox: how much memory a worker takes, and rows per second.

`.venv/bin/python -m benchmarks.hundred_thousand [--rows N] [--format csv|xlsx] [--null]` starts a
Stowage of its own in a temporary folder, uploads a made file of partners (eight columns), runs a
one-node graph, and prints the peak resident memory of the workers with their children (bytes of
``psutil``'s rss, sampled every 50 ms), apart for reading the file and for the run. With ``--null``
the sandbox answers ids at once and stores nothing: what is left is Stowage's own cost.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psutil

from benchmarks.own_stowage import ROOT, sandbox

HEADER = ("Number", "Name", "Street", "City", "Zip", "Country", "E-mail", "Phone")
_SAMPLE_SECONDS = 0.05
GRAPH = {
    "name": "Partners",
    "mappings": [
        {
            "name": "Partners",
            "sheet_name": "partners",
            "entity": {
                "name": "partner",
                "odoo_model": "res.partner",
                "key_columns": ["Number"],
            },
            "fields": [
                {"target": "ref", "source": "column", "spec": {"column": "Number"}},
                {"target": "name", "source": "column", "spec": {"column": "Name"}},
                {"target": "street", "source": "column", "spec": {"column": "Street"}},
                {"target": "city", "source": "column", "spec": {"column": "City"}},
                {"target": "zip", "source": "column", "spec": {"column": "Zip"}},
                {
                    "target": "country_id",
                    "source": "lookup",
                    "spec": {
                        "model": "res.country",
                        "by": ["code"],
                        "inputs": [{"column": "Country"}],
                    },
                },
                {"target": "email", "source": "column", "spec": {"column": "E-mail"}},
                {"target": "phone", "source": "column", "spec": {"column": "Phone"}},
            ],
        }
    ],
    "nodes": [
        {
            "id": "partners",
            "type": "load",
            "data": {"odooModel": "res.partner", "mapping": "Partners"},
        }
    ],
    "edges": [],
}


class Peak:
    """The largest memory of one worker with its children, while it is watched."""

    def __init__(self, pids: list[int]) -> None:
        self._workers = [psutil.Process(pid) for pid in pids]
        self._stop = threading.Event()
        self.bytes = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_SAMPLE_SECONDS):
            for worker in self._workers:
                self.bytes = max(self.bytes, _largest(worker))

    @property
    def megabytes(self) -> float:
        return self.bytes / 1e6


def _largest(worker: psutil.Process) -> int:
    """The worker or its work-horse, whichever is larger; they share most pages."""
    sizes = [0]
    for process in (worker, *worker.children(recursive=True)):
        try:
            sizes.append(process.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return max(sizes)


def rows(count: int) -> Any:
    countries = ("BE", "NL", "DE", "FR", "IT", "ES", "SE", "PL")
    for n in range(count):
        country = countries[n % len(countries)]
        yield (
            f"P{n:07}",
            f"Partner number {n}",
            f"{n % 400 + 1} Quay Street",
            f"Harbour {n % 97}",
            f"{10000 + n % 90000}",
            country,
            f"partner{n}@example.com",
            f"+32 2 {n:07}",
        )


def make_file(folder: Path, count: int, kind: str) -> Path:
    path = folder / f"partners.{kind}"
    if kind == "csv":
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(HEADER)
            writer.writerows(rows(count))
        return path
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("partners")
    sheet.append(HEADER)
    for row in rows(count):
        sheet.append(row)
    book.save(path)
    return path


def manage(environment: dict[str, str], *words: str, stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 2):
        raise SystemExit(f"{' '.join(words)}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


_SETUP = """
from config import demonstration, serving
account = demonstration.make_account()
project = demonstration.make_project(account.user)
demonstration.make_connection(account.user, project, url={url} or serving.sandbox_url())
"""


def measure(folder: Path, count: int, kind: str, url: str) -> None:
    environment = {**os.environ, "STOWAGE_VAR": str(folder / "var")}
    path = make_file(folder, count, kind)
    (folder / "graph.json").write_text(json.dumps(GRAPH))
    manage(environment, "up")
    try:
        manage(environment, "shell", "-v0", stdin=_SETUP.format(url=repr(url)))
        state = json.loads((folder / "var" / "run" / "services.json").read_text())
        workers = [who["pid"] for n, who in state["processes"].items() if n.startswith("worker")]
        began = time.monotonic()
        with Peak(workers) as reading:
            manage(environment, "dataset_upload", str(path), "--name", "Partners", "--wait")
        read_seconds = time.monotonic() - began
        manage(
            environment,
            *("graph_create", "--spec", str(folder / "graph.json"), "--dataset", "Partners"),
            *("--connection", "Sandbox Odoo"),
        )
        began = time.monotonic()
        with Peak(workers) as running:
            manage(environment, "graph_run", "Partners", "--wait")
        seconds = time.monotonic() - began
        shown = manage(environment, "shell", "-v0", stdin=_COUNTS).strip()
        sys.stdout.write(
            f"{count} rows from {kind}: read in {read_seconds:.1f} s (peak "
            f"{reading.megabytes:.0f} MB), run in {seconds:.1f} s = {count / seconds:.0f} rows/s "
            f"(peak {running.megabytes:.0f} MB); {shown}\n"
        )
    finally:
        manage(environment, "down")


_COUNTS = """
from importer.models import Load
load = Load.objects.latest("id")
print(f"created {load.created}, failed {load.failed}, in Odoo {load.verification['records']}")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--format", choices=("csv", "xlsx"), default="csv")
    parser.add_argument("--null", action="store_true", help="a sandbox that answers at once")
    options = parser.parse_args()
    null = sandbox("19", is_null=True) if options.null else nullcontext()
    with tempfile.TemporaryDirectory() as folder, null as odoo:
        measure(Path(folder), options.rows, options.format, odoo.url if odoo else "")


if __name__ == "__main__":
    main()
