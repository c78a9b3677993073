"""manage.py run_pause: stop a run for a while."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.management.naming import run_named
from graphs.management.run_command import RunCommand
from graphs.runs import pause_run
from importer.management.naming import asking_user


class Command(RunCommand):
    help = "Pause a run: it stops after the batches that are under way."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")

    def run_verb(self, options: dict[str, Any]) -> int:
        run = pause_run(run_named(options["run"]), by=asking_user(options["user"]))
        self.answer_run(run, options, wait=False)
        return 0
