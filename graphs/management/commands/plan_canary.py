"""manage.py plan_canary: load a few rows of a plan into a sandbox connection and take them back."""

import json
import time
from typing import Any

from django.core.management.base import CommandParser
from rest_framework.renderers import JSONRenderer

from graphs.api.rehearsals import RehearsalSerializer
from graphs.canaries import try_canary
from graphs.choices import RehearsalState
from graphs.management.naming import run_named
from importer.management.naming import asking_user, connection_named
from importer.management.verb_command import VerbCommand

_EVERY_SECONDS = 0.5


class Command(VerbCommand):
    help = "Load a few rows of each node of a plan into a sandbox, and roll them back."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="the dry run")
        parser.add_argument("--connection", help="a sandbox (default: the plan's, if it is one)")
        parser.add_argument("--rows", type=int, default=5, help="rows of each node (default 5)")
        parser.add_argument("--wait", action="store_true", help="until it is rolled back")

    def run_verb(self, options: dict[str, Any]) -> int:
        plan = run_named(options["run"])
        named = options["connection"]
        connection = connection_named(plan.project, named) if named else None
        by = asking_user(options["user"])
        canary = try_canary(plan, by=by, connection=connection, rows=options["rows"])
        while options["wait"] and not canary.is_finished:
            time.sleep(_EVERY_SECONDS)
            canary.refresh_from_db()
        facts = json.loads(JSONRenderer().render(RehearsalSerializer(canary).data))
        facts["ok"] = canary.state != RehearsalState.FAILED
        said = f"{canary}: {canary.get_state_display()}. {canary.error_message}".rstrip()
        return self.answer(options, said, facts)
