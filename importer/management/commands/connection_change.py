"""Changes a connection: its name and address, and how fast Odoo may be asked."""

from typing import Any

from django.core.management.base import CommandParser

from importer.choices import Environment
from importer.connections import change_connection
from importer.management.naming import asking_user, connection_named, project_named
from importer.management.verb_command import VerbCommand, add_project_argument

_TEXTS = ("name", "url", "database")
_NUMBERS = {
    "streams": "batches that are sent at the same time",
    "answer_target_seconds": "how long one call should take",
    "answer_limit_seconds": "after how long Odoo, or a proxy before it, ends a call",
}


class Command(VerbCommand):
    help = "Change a connection. What is not named stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("connection", help="name or id")
        for text in _TEXTS:
            parser.add_argument(f"--{text}", dest=f"new_{text}", metavar=text.upper())
        parser.add_argument("--environment", dest="new_environment", choices=Environment.values)
        for number, says in _NUMBERS.items():
            option = "--" + number.replace("_", "-")
            parser.add_argument(option, dest=f"new_{number}", type=int, metavar="N", help=says)

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        names = (*_TEXTS, "environment", *_NUMBERS)
        asked = {name: options[f"new_{name}"] for name in names}
        changes = {name: value for name, value in asked.items() if value is not None}
        connection = connection_named(project, options["connection"])
        changed = change_connection(connection, by=user, **changes)
        facts = {"ok": True, "id": str(changed.pk)}
        facts |= {name: getattr(changed, name) for name in names}
        return self.answer(options, f"“{changed}” was changed.", facts)
