"""manage.py run_retry: the same run once more, for what failed."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.management.naming import add_on_busy, run_named
from graphs.management.run_command import RunCommand
from graphs.runs import retry_run
from importer.management.naming import asking_user


class Command(RunCommand):
    help = "Retry a run: failed and blocked rows only."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")
        parser.add_argument(
            "--winner",
            choices=("source", "odoo"),
            default="",
            help="whose value stays where a field was changed in Odoo and in the sheet",
        )
        add_on_busy(parser)
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def run_verb(self, options: dict[str, Any]) -> int:
        by = asking_user(options["user"])
        chosen = {name: options[name] for name in ("winner", "on_busy")}
        run = retry_run(run_named(options["run"]), by=by, **chosen)
        return self.answer_run(run, options, wait=options["wait"])
