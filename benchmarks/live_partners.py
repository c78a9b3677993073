"""How fast partners (eight columns) reach a live Odoo through a whole run.

`ODOO_TEST_URL=... ODOO_TEST_DB=... ODOO_TEST_LOGIN=... ODOO_TEST_SECRET=... .venv/bin/python -m
benchmarks.live_partners [--rows 5000] [--streams 2]` starts a Stowage of its own in a temporary
folder, loads a made file, prints seconds and rows per second of the run and of its sending alone,
the seconds to the first record, and rolls the run back. The database must be one to spare.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.hundred_thousand import GRAPH, make_file, manage

_SETUP = """
import os
from config import demonstration
from importer.connections import add_connection
account = demonstration.make_account()
project = demonstration.make_project(account.user)
connection = add_connection(
    by=account.user, project=project, name="Live", url=os.environ["ODOO_TEST_URL"],
    database=os.environ["ODOO_TEST_DB"], login=os.environ["ODOO_TEST_LOGIN"],
    secret=os.environ["ODOO_TEST_SECRET"], environment="staging")
connection.streams = int(os.environ["STREAMS"])
connection.save()
"""
_SHOW = """
from graphs.models import GraphRun
from importer.models import Attempt, Load
run, load = GraphRun.objects.get(kind="load"), Load.objects.get(kind="load")
sent = Attempt.objects.filter(batch__load=load)
first, last = sent.order_by("ended_at").first(), sent.order_by("ended_at").last()
began = sent.order_by("sent_at").first().sent_at
whole = (run.ended_at - run.created_at).total_seconds()
sending = (last.ended_at - began).total_seconds()
print(f"{load.created} created in {whole:.1f} s = {load.created / whole:.0f} rows/s; "
      f"sending {sending:.1f} s = {load.created / sending:.0f} rows/s in {sent.count()} calls; "
      f"first records after {(first.ended_at - run.created_at).total_seconds():.1f} s")
print("RUN", run.pk)
"""


def measure(folder: Path, count: int, streams: int) -> None:
    environment = {
        **os.environ,
        "STOWAGE_VAR": str(folder / "var"),
        "STOWAGE_SANDBOX": "false",
        "STREAMS": str(streams),
    }
    path = make_file(folder, count, "csv")
    (folder / "graph.json").write_text(json.dumps(GRAPH))
    manage(environment, "up")
    try:
        manage(environment, "shell", "-v0", stdin=_SETUP)
        manage(environment, "dataset_upload", str(path), "--name", "Partners", "--wait")
        manage(
            environment,
            *("graph_create", "--spec", str(folder / "graph.json")),
            *("--dataset", "Partners", "--connection", "Live"),
        )
        manage(environment, "graph_run", "Partners", "--wait")
        said, _, run = manage(environment, "shell", "-v0", stdin=_SHOW).partition("RUN ")
        sys.stdout.write(said)
        manage(environment, "run_rollback", run.strip(), "--wait")
    finally:
        manage(environment, "down")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--streams", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.rows, options.streams)


if __name__ == "__main__":
    main()
