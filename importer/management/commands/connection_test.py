"""Tries a connection and says in plain words how it went."""

from typing import Any

from django.core.management.base import CommandParser

from importer.connections import test_connection
from importer.management.naming import connection_named
from importer.management.verb_command import VerbCommand
from importer.models import Project, User


class Command(VerbCommand):
    help = "Try a connection."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("connection", help="name or id")

    def call_verb(
        self, user: User, project: Project, options: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
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
        return "\n".join((report.sentence, *report.notes)), facts
