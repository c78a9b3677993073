"""manage.py run_rollback: undo a run, in reverse order, as a run of its own."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.management.naming import run_named
from graphs.management.run_command import RunCommand
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
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def run_verb(self, options: dict[str, Any]) -> int:
        rollback = start_rollback(
            run_named(options["run"]),
            by=asking_user(options["user"]),
            archive=options["archive"],
            without_later=options["without_later"],
        )
        return self.answer_run(rollback, options, wait=options["wait"])
