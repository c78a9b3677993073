"""manage.py run_resume: let a paused run go on."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.management.naming import run_named
from graphs.management.run_command import RunCommand
from graphs.runs import resume_run
from graphs.vanishing import DECISIONS
from importer.management.naming import asking_user


class Command(RunCommand):
    help = "Let a paused run go on where it stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")
        parser.add_argument(
            "--vanished",
            choices=DECISIONS,
            default="",
            help="what becomes of the rows that the run asks about",
        )
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def run_verb(self, options: dict[str, Any]) -> int:
        run = resume_run(
            run_named(options["run"]),
            by=asking_user(options["user"]),
            vanished=options["vanished"],
        )
        return self.answer_run(run, options, wait=options["wait"])
