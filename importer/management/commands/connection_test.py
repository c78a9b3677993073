"""Tries a connection and says in plain words how it went."""

from typing import Any

from django.core.management.base import CommandParser

from importer.connections import test_connection
from importer.management.naming import asking_user, connection_named, project_named
from importer.management.verb_command import VerbCommand, add_project_argument


class Command(VerbCommand):
    help = "Try a connection."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("connection", help="name or id")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        connection = connection_named(project, options["connection"])
        report = test_connection(connection, by=user)
        facts = {
            "ok": report.ok,
            "sentence": report.sentence,
            "error": report.error,
            "state": connection.state,
            "version": report.version.text if report.version else "",
            "protocol": report.protocol,
            "user": report.user_name,
            "notes": list(report.notes),
        }
        return self.answer(options, "\n".join((report.sentence, *report.notes)), facts)
