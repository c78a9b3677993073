"""Adds a connection to an Odoo database. The secret comes from a variable or standard input,
never from the command line, which other users of the machine can see."""

import os
import sys
from typing import Any

from django.core.management.base import CommandParser

from importer.choices import Environment
from importer.connections import add_connection, test_connection
from importer.management.naming import asking_user, project_named
from importer.management.verb_command import VerbCommand, add_project_argument

_VARIABLE = "STOWAGE_ODOO_SECRET"


class Command(VerbCommand):
    help = (
        f"Add a connection. The password or API key is read from {_VARIABLE}, or else from "
        "standard input."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("name")
        parser.add_argument("--url", required=True)
        parser.add_argument("--database", required=True)
        parser.add_argument("--login", required=True)
        parser.add_argument(
            "--environment", default=Environment.STAGING, choices=Environment.values
        )
        parser.add_argument("--test", action="store_true", help="try it at once")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        connection = add_connection(
            by=user,
            project=project,
            secret=os.environ.get(_VARIABLE) or sys.stdin.readline().strip(),
            **{key: options[key] for key in ("name", "url", "database", "login", "environment")},
        )
        sentence = f"Added {connection.name} ({connection.pk})."
        facts = {"ok": True, "id": str(connection.pk), "name": connection.name}
        if options["test"]:
            report = test_connection(connection, by=user)
            sentence = f"{sentence} {report.sentence}"
            facts |= {"ok": report.ok, "sentence": report.sentence}
        return self.answer(options, sentence, {**facts, "state": connection.state})
