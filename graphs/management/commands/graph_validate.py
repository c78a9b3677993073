"""manage.py graph_validate: every problem of a graph at once."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.management.naming import add_graph_arguments, graph_named, targets_named
from graphs.versions import validate_graph
from importer.management.naming import asking_user
from importer.management.verb_command import VerbCommand
from importer.rights import require


class Command(VerbCommand):
    help = "Check a graph against its mappings, its connection and its dataset."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_graph_arguments(parser, targets="check against this one")

    def run_verb(self, options: dict[str, Any]) -> int:
        graph = graph_named(options["graph"], options["project"])
        require(asking_user(options["user"]), "view", graph.project)
        problems = validate_graph(graph, **targets_named(options, graph.project))
        errors = [problem for problem in problems if problem.is_error]
        warnings = [problem for problem in problems if not problem.is_error]
        if options["json"]:
            found = {"errors": errors, "warnings": warnings}
            self.write_json({k: [one.as_dict() for one in v] for k, v in found.items()})
        else:
            for problem in problems:
                kind = "error" if problem.is_error else "warning"
                self.stdout.write(f"{kind}: {problem.message}")
            self.stdout.write(f"{len(errors)} errors, {len(warnings)} warnings.")
        return 1 if errors else 0
