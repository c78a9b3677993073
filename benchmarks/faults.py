"""Loads and undos under kill -9: every record must be as where nobody disturbed anything.

`.venv/bin/python -m benchmarks.faults [--scenes 12 | --only 7,9] [--kills 6] [--rows 20000]
[--orphans 4] [--seed 1] [--victims worker,horse,dispatch,postgres,valkey] [--version 17]` starts a
Stowage of its own in a temporary folder and a sandbox Odoo for each scene. A scene is four runs:
a load, a load of the same files with changes, the undo of the second, the undo of the first.
Scenes take turns between a made workbook and Northwind (where STOWAGE_NORTHWIND names its folder).
The first of each is left in peace; in all others ``--kills`` processes are killed at seeded random
instants of each run and the queue is flushed once; of the calls of `load`, `write` and `unlink` a
tenth is lost before, during or after Odoo's work, and a tenth is answered by a 5xx or refused as a
conflict. In the first ``--orphans`` scenes a hand sleeps before its first call, in turn of the
first load and of the changed one, until that run has been undone, and then goes on.

With a real Odoo: `ODOO_TEST_URL=... ODOO_TEST_DB=... ODOO_TEST_LOGIN=... ODOO_TEST_SECRET=...
... --odoo-pids-file FILE --odoo-restart COMMAND`, on loopback only, in a database to spare. The
file has lines `odoo PID` and `odoo-postgres PID`; those are killed too, and the command, run after
each such kill, must end when the server answers again. Replies are spoiled by a relay in between.

Prints a line a run and the sums; exit 1 when a record was lost, doubled or differs after any of the
runs, a batch is stuck, or work rested for 20 s after any kill (without the time in which Odoo
itself was away).
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.disturbing import VICTIMS
from benchmarks.own_stowage import northwind, stowage, trade


def measure(folder: Path, options: argparse.Namespace) -> bool:
    """Whether every run of every scene came out as the undisturbed one, in time."""
    from benchmarks.fault_runs import Suite
    from config.demonstration import make_account

    suite = Suite(make_account().user, folder / "var", options)
    began = time.monotonic()
    sources = [one for one in (trade(folder, options.rows), northwind(folder)) if one is not None]
    if len(sources) == 1:
        sys.stdout.write("STOWAGE_NORTHWIND names no folder: made rows only\n")
    for source in sources:
        suite.undisturbed(source)
    only = [int(one) for one in options.only.split(",") if one]
    for number in only or range(1, options.scenes + 1):
        source = sources[number % len(sources)]
        # Of two sources in turn each sees an orphan of either kind.
        late = ("load", "change")[(number - 1) // len(sources) % 2]
        suite.disturbed(number, source, late=late if number <= options.orphans else "")
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
    parser.add_argument("--scenes", type=int, default=12)
    parser.add_argument("--only", default="", help="numbers of the scenes to repeat: 7,9")
    parser.add_argument("--kills", type=int, default=6, help="in each run")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--orphans", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--victims", default=",".join(VICTIMS))
    parser.add_argument("--version", default="17", help="of the sandbox: 15, 17 or 19")
    parser.add_argument("--patience", type=float, default=900, help="seconds a run may take")
    parser.add_argument("--odoo-pids-file", default="")
    parser.add_argument("--odoo-restart", default="", help="a shell command")
    options = parser.parse_args()
    check(options)
    with tempfile.TemporaryDirectory() as name, stowage(Path(name) / "var"):
        return 0 if measure(Path(name), options) else 1


if __name__ == "__main__":
    sys.exit(main())
