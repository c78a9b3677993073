"""manage.py plan_apply: run the plan that was agreed to, exactly as it is."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.agreements import apply_plan
from graphs.management.naming import add_on_busy, run_named
from graphs.management.run_command import RunCommand
from importer.management.naming import asking_user


class Command(RunCommand):
    help = "Apply an agreed plan; where it would be another one by now, the run pauses and asks."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="the dry run whose plan was agreed to")
        add_on_busy(parser)
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def run_verb(self, options: dict[str, Any]) -> int:
        plan, by = run_named(options["run"]), asking_user(options["user"])
        run = apply_plan(plan, by=by, on_busy=options["on_busy"])
        return self.answer_run(run, options, wait=options["wait"])
