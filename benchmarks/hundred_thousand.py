"""A run of 100 000 rows on the sandbox: how much memory a worker takes, and rows per second.

`.venv/bin/python -m benchmarks.hundred_thousand [--rows N] [--format csv|xlsx] [--null] [--again]`
starts a Stowage of its own in a temporary folder, uploads a made file of partners (eight columns),
runs a one-node graph, and prints the peak resident memory of the workers with their children (bytes
of ``psutil``'s rss, sampled every 50 ms), apart for reading the file and for the run, and the
processor seconds of the run by kind of process. With ``--null`` the sandbox answers ids at once and
stores nothing: what is left is Stowage's own cost, and the sandbox's, which is told apart.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psutil

from benchmarks.costs import Peak, processor_seconds, spent_between
from benchmarks.own_stowage import ROOT, sandbox

HEADER = ("Number", "Name", "Street", "City", "Zip", "Country", "E-mail", "Phone")
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


def measure(folder: Path, count: int, kind: str, url: str, *, is_again: bool) -> None:
    environment = {**os.environ, "STOWAGE_VAR": str(folder / "var")}
    path = make_file(folder, count, kind)
    (folder / "graph.json").write_text(json.dumps(GRAPH))
    manage(environment, "up")
    try:
        manage(environment, "shell", "-v0", stdin=_SETUP.format(url=repr(url)))
        kinds = kinds_of_processes(folder / "var", url)
        began = time.monotonic()
        with Peak(kinds["workers"]) as reading:
            manage(environment, "dataset_upload", str(path), "--name", "Partners", "--wait")
        read_seconds = time.monotonic() - began
        sys.stdout.write(
            f"{count} rows from {kind}: read in {read_seconds:.1f} s "
            f"(peak {reading.megabytes:.0f} MB)\n"
        )
        manage(
            environment,
            *("graph_create", "--spec", str(folder / "graph.json"), "--dataset", "Partners"),
            *("--connection", "Sandbox Odoo"),
        )
        for _ in range(1 + is_again):
            run_once(environment, kinds)
    finally:
        manage(environment, "down")


def run_once(environment: dict[str, str], kinds: dict[str, list[int]]) -> None:
    before = processor_seconds(kinds)
    with Peak(kinds["workers"]) as running:
        manage(environment, "graph_run", "Partners", "--wait")
    spent = spent_between(before, processor_seconds(kinds))
    shown = manage(environment, "shell", "-v0", stdin=_SHOW).strip()
    sys.stdout.write(f"{shown}\npeak {running.megabytes:.0f} MB; {spent}\n")
    sys.stdout.flush()


def kinds_of_processes(var: Path, sandbox: str) -> dict[str, list[int]]:
    """Kind -> pids of what takes part in a run."""
    state = json.loads((var / "run" / "services.json").read_text())
    kinds: dict[str, list[int]] = {}
    for name, who in state["processes"].items():
        kind = "workers" if name.startswith("worker") else name.rstrip("-0123456789")
        kinds.setdefault(kind, []).append(who["pid"])
    if sandbox:
        own = [one.pid for one in psutil.Process().children() if "sandbox" in str(one.cmdline())]
        kinds["null sandbox"] = own
    return kinds


_SHOW = """
from graphs.models import GraphRun
from importer.models import Attempt, Execution, Load
run, load = GraphRun.objects.latest("created_at"), Load.objects.latest("id")
sent = Attempt.objects.filter(batch__load=load)
prepared = Execution.objects.get(title=f"Prepare load {load.pk}")
plan = load.plans.latest("id")
steps = {"prepared": prepared.ended_at, "planned": plan.created_at}
if sent.exists():
    last = sent.order_by("ended_at").last().ended_at
    steps |= {"first call": sent.order_by("sent_at").first().sent_at, "last key map": last}
steps |= {"verified": load.ended_at, "ended": run.ended_at}
told = ", ".join(f"{n} {(at - run.created_at).total_seconds():.2f}" for n, at in steps.items())
seconds = (run.ended_at - run.created_at).total_seconds()
print(f"run in {seconds:.2f} s = {load.rows_total / seconds:.0f} rows/s; seconds after its start: "
      f"{told}; {sent.count()} calls; created {load.created}, unchanged {load.unchanged}, failed "
      f"{load.failed}, in Odoo {load.verification['records']['in_odoo']}")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--format", choices=("csv", "xlsx"), default="csv")
    parser.add_argument("--null", action="store_true", help="a sandbox that answers at once")
    parser.add_argument("--again", action="store_true", help="and once more, nothing changed")
    options = parser.parse_args()
    null = sandbox("19", is_null=True) if options.null else nullcontext()
    with tempfile.TemporaryDirectory() as folder, null as odoo:
        url = odoo.url if odoo else ""
        measure(Path(folder), options.rows, options.format, url, is_again=options.again)


if __name__ == "__main__":
    main()
