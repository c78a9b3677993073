"""manage.py run_rollback: undo a run, in reverse order, as a run of its own."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.display import is_over, watch
from graphs.management.naming import run_named
from graphs.management.plan_tables import show_plan
from graphs.management.run_command import RunCommand
from graphs.management.terminal import console
from graphs.models import GraphRun
from graphs.rollback_plans import describe_plan, plan_rollback
from graphs.runs import start_rollback
from importer.management.naming import asking_user


class Command(RunCommand):
    help = "Roll a run back. What cannot be undone is kept and listed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")
        parser.add_argument("--archive", action="store_true", help="archive what Odoo keeps")
        parser.add_argument(
            "--without-later",
            action="store_true",
            help="leave out records that later runs touched",
        )
        parser.add_argument(
            "--remove-edited",
            action="store_true",
            help="remove created records even where somebody else edited them since",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="look what it would do, send nothing"
        )
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def run_verb(self, options: dict[str, Any]) -> int:
        run, by = run_named(options["run"]), asking_user(options["user"])
        chosen = {name: options[name] for name in ("archive", "remove_edited")}
        if options["dry_run"]:
            return self._answer_plan(plan_rollback(run, by=by, **chosen), options)
        rollback = start_rollback(run, by=by, without_later=options["without_later"], **chosen)
        return self.answer_run(rollback, options, wait=options["wait"])

    def _answer_plan(self, plan: GraphRun, options: dict[str, Any]) -> int:
        """What it would do, once it was looked at; without --wait only that it is being looked."""
        if options["wait"]:
            plan = watch(plan.pk, console(self.stderr))
        found = describe_plan(plan)
        if options["json"]:
            self.write_json(found)
        elif is_over(plan):
            show_plan(found, console(self.stdout))
        else:
            self.stdout.write(f"Plan {plan.pk}: {plan.get_status_display()}.")
        return 0 if found["is_ready"] or not is_over(plan) else 1
