"""manage.py run_abandon: end a run of which something stays in doubt."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.abandoning import abandon_run
from graphs.management.naming import run_named
from graphs.management.run_command import RunCommand
from importer.management.naming import asking_user


class Command(RunCommand):
    help = (
        "Give up on what is in doubt and end the run. Every such row is listed; a rollback looks "
        "for what it left behind."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def run_verb(self, options: dict[str, Any]) -> int:
        run = abandon_run(run_named(options["run"]), by=asking_user(options["user"]))
        return self.answer_run(run, options, wait=options["wait"])
