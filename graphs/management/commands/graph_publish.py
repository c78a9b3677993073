"""manage.py graph_publish: release a graph, frozen."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.management.naming import add_graph_arguments, graph_named
from graphs.versions import publish_graph
from importer.management.naming import asking_user
from importer.management.verb_command import VerbCommand


class Command(VerbCommand):
    help = "Release a graph: what runs is frozen, later edits change nothing in it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_graph_arguments(parser)

    def run_verb(self, options: dict[str, Any]) -> int:
        graph = graph_named(options["graph"], options["project"])
        version = publish_graph(graph, by=asking_user(options["user"]))
        facts = {"graph": str(graph.pk), "version": version.number, "sha256": version.sha256}
        return self.answer(options, f"“{graph}” is released as version {version.number}.", facts)
