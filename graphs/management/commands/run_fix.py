"""manage.py run_fix: make the corrected dataset of what waits and run what failed."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.fixing import fix_and_run
from graphs.management.naming import add_on_busy, run_named
from graphs.management.run_command import RunCommand
from importer.management.naming import asking_user


class Command(RunCommand):
    help = "Make the corrected dataset of a run's corrections and start the run that follows."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")
        add_on_busy(parser)
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def run_verb(self, options: dict[str, Any]) -> int:
        by = asking_user(options["user"])
        run = fix_and_run(run_named(options["run"]), by=by, on_busy=options["on_busy"])
        return self.answer_run(run, options, wait=options["wait"])
