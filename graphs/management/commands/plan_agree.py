"""manage.py plan_agree: agree to the plan of a dry run, or to what has changed in it while a run
that applies it waits."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.agreements import agree_to_changes, agree_to_plan
from graphs.management.naming import run_named
from graphs.management.run_command import RunCommand
from importer.management.naming import asking_user


class Command(RunCommand):
    help = "Agree to a dry run's plan, or to its changes while a run that applies it waits."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="a dry run, or the paused run that asks")
        parser.add_argument("--sha256", default="", help="refuse if the plan is not this one")
        parser.add_argument("--wait", action="store_true", help="follow the run that goes on")

    def run_verb(self, options: dict[str, Any]) -> int:
        run, by = run_named(options["run"]), asking_user(options["user"])
        if run.applies_id is not None:
            seen = options["sha256"].split()
            agreed = agree_to_changes(run, by=by, sha256=seen)
            return self.answer_run(agreed, options, wait=options["wait"])
        agreement = agree_to_plan(run, by=by, sha256=options["sha256"])
        facts = {"plan": str(run.pk), "sha256": agreement.sha256, "agreed_by": str(by)}
        return self.answer(options, f"{by} agreed to the plan {agreement.sha256[:12]}.", facts)
