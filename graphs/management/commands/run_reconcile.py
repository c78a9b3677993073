"""manage.py run_reconcile: hold a run's sheets against what Odoo says now."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from graphs.choices import ReconciliationState
from graphs.management.naming import run_named
from graphs.management.reconciliation_tables import as_facts, show_reconciliation
from graphs.management.terminal import console
from graphs.models import GraphRun, Reconciliation
from graphs.reconciliations import newest_reconciliation, reconcile_run
from graphs.reporting.exporting import TYPES, exported
from importer.errors import Refused
from importer.management.naming import asking_user
from importer.management.verb_command import VerbCommand
from importer.models import User
from importer.rights import require

_LOOKS_EVERY = 0.5


class Command(VerbCommand):
    help = "Reconcile a run with Odoo. Exit code 0: equal, 3: they differ, 1: it could not be done."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")
        parser.add_argument("--newest", action="store_true", help="show the newest, ask for none")
        parser.add_argument("--wait", action="store_true", help="until the report is ready")
        for form in TYPES:
            parser.add_argument(f"--{form}", metavar="FILE", help=f"write it as {form}")

    def run_verb(self, options: dict[str, Any]) -> int:
        run, by = run_named(options["run"]), asking_user(options["user"])
        made = _newest(run, by) if options["newest"] else reconcile_run(run, by=by)
        while options["wait"] and not made.is_finished:
            time.sleep(_LOOKS_EVERY)
            made.refresh_from_db()
        for form in TYPES:
            if options[form]:
                Path(options[form]).write_bytes(exported(made, form))
        if options["json"]:
            self.write_json(as_facts(made))
        else:
            show_reconciliation(made, console(self.stdout))
        return _code(made)


def _newest(run: GraphRun, by: User) -> Reconciliation:
    require(by, "view", run.project)
    made = newest_reconciliation(run)
    if made is None:
        raise Refused("This run has no reconciliation yet.")
    return made


def _code(made: Reconciliation) -> int:
    if made.state == ReconciliationState.FAILED:
        return 1
    return 3 if made.is_equal is False else 0
