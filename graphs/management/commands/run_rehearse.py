"""manage.py run_rehearse: run a graph, undo it, and prove that Odoo is as before."""

import json
import time
from typing import Any

from django.core.management.base import CommandParser
from rest_framework.renderers import JSONRenderer

from graphs.api.rehearsals import RehearsalSerializer
from graphs.choices import RehearsalState
from graphs.management.naming import add_graph_arguments, graph_named, targets_named
from graphs.models import Rehearsal
from graphs.rehearsals import rehearse_run
from importer.management.naming import asking_user
from importer.management.verb_command import VerbCommand

_EVERY_SECONDS = 0.5


class Command(VerbCommand):
    help = "Rehearse a graph on a sandbox or staging connection; what passes is a certificate."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_graph_arguments(parser, targets="instead of the graph's own")
        parser.add_argument("--wait", action="store_true", help="until it has passed or failed")

    def run_verb(self, options: dict[str, Any]) -> int:
        graph = graph_named(options["graph"], options["project"])
        rehearsal = rehearse_run(
            graph, by=asking_user(options["user"]), **targets_named(options, graph.project)
        )
        while options["wait"] and not rehearsal.is_finished:
            time.sleep(_EVERY_SECONDS)
            rehearsal.refresh_from_db()
        facts = json.loads(JSONRenderer().render(RehearsalSerializer(rehearsal).data))
        facts["ok"] = rehearsal.state != RehearsalState.FAILED
        return self.answer(options, sentence_of(rehearsal), facts)


def sentence_of(rehearsal: Rehearsal) -> str:
    """How it stands."""
    said = f"{rehearsal}: {rehearsal.get_state_display()}."
    if rehearsal.state == RehearsalState.PASSED:
        records = sum(rehearsal.counts["after"].values())
        return f"{said} No difference in {records} records."
    return f"{said} {rehearsal.error_message}".rstrip()
