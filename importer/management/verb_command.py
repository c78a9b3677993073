"""What the importer's commands share: who asks, in which project, and how the answer is written.

Exit codes: 0 done, 1 refused with a sentence, 2 wrong arguments.
"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from importer.errors import StowageError
from importer.management.naming import asking_user, project_named
from importer.models import Project, User


class VerbCommand(BaseCommand):
    """A command that calls one verb of a project and answers with a sentence and facts."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", help="who asks (default: the only superuser)")
        parser.add_argument("--project", help="name or id (default: the only one there is)")
        parser.add_argument("--json", action="store_true", help="write one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = asking_user(options["user"])
            sentence, facts = self.call_verb(user, project_named(user, options["project"]), options)
        except StowageError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(sentence)
        if not facts.get("ok", True):
            raise SystemExit(1)

    def call_verb(
        self, user: User, project: Project, options: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Do it; what to say to people, and to programs. ``ok`` false means exit code 1."""
        raise NotImplementedError
