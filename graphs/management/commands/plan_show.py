"""manage.py plan_show: what a dry run has planned, as counts, rows or a workbook; of a run that
waits for an agreement, what differs."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from graphs.agreements import agreement_of, changed_since, changes_of
from graphs.management.naming import run_named
from graphs.management.plan_tables import show_differences, show_load_plan, show_rows
from graphs.management.run_command import RunCommand
from graphs.management.terminal import console
from graphs.models import GraphRun
from graphs.plan_exports import write_plan_workbook
from graphs.plans import VERDICTS, PlannedRows, describe_load_plan
from importer.management.naming import asking_user
from importer.planned_rows import Wanted
from importer.rights import require


class Command(RunCommand):
    help = "Show the plan of a dry run: counts first, then the rows that are asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")
        parser.add_argument("--verdict", default="", choices=[str(one) for one in VERDICTS])
        parser.add_argument("--node", default="", help="rows of this node only")
        parser.add_argument("--field", default="", help="rows that would write this field")
        parser.add_argument("--text", default="", help="in the key, a cell or what is said of it")
        parser.add_argument("--rows", type=int, default=0, help="how many rows to list (default 0)")
        parser.add_argument("--xlsx", type=Path, help="write them all into this workbook")

    def run_verb(self, options: dict[str, Any]) -> int:
        run = run_named(options["run"])
        require(asking_user(options["user"]), "view", run.project)
        if run.applies_id is not None:
            return self._differences(run, options)
        found = describe_load_plan(run)
        agreement = agreement_of(run)
        found["agreement"] = (
            {
                "agreed_by": str(agreement.agreed_by or ""),
                "agreed_at": agreement.created_at.isoformat(),
                "changed": changed_since(agreement),
            }
            if agreement
            else None
        )
        wanted = Wanted(options["verdict"], options["text"], options["field"])
        rows = PlannedRows(run, wanted, options["node"])
        if options["xlsx"]:
            write_plan_workbook(run, rows, options["xlsx"])
        listed = rows[0 : max(0, options["rows"])]
        if options["json"]:
            self.write_json(found | {"rows": listed})
        else:
            show_load_plan(found, console(self.stdout))
            show_rows(listed, console(self.stdout))
        return 0 if found["is_ready"] else 4

    def _differences(self, run: GraphRun, options: dict[str, Any]) -> int:
        found = changes_of(run, limit=options["rows"] or 20)
        if options["json"]:
            self.write_json({"changes": found})
        else:
            show_differences(found, console(self.stdout))
        return 4 if found else 0
