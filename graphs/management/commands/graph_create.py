"""manage.py graph_create: a graph, and the mappings it comes with, from a JSON file."""

from argparse import FileType
from typing import Any

from django.core.management.base import CommandParser

from graphs.management.naming import connection_named, dataset_named
from graphs.management.verbs import VerbCommand
from graphs.recipes import create_from_recipe, read_recipe
from importer.management.naming import asking_user, project_named


class Command(VerbCommand):
    help = "Make a graph from a JSON file with nodes, edges and, if it likes, mappings."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--spec", required=True, type=FileType(encoding="utf-8"))
        parser.add_argument("--name", help="default: the name in the file")
        parser.add_argument("--project", help="name or id (default: the only project)")
        parser.add_argument("--dataset", help="name or id of the dataset it is usually run on")
        parser.add_argument("--connection", help="name or id of its usual target")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        with options["spec"] as stream:
            recipe = read_recipe(stream.read(), name=options["name"])
        graph = create_from_recipe(
            recipe,
            by=user,
            project=project,
            connection=connection_named(options["connection"], project),
            dataset=dataset_named(options["dataset"], project),
        )
        if options["json"]:
            self.write_json({"id": str(graph.pk), "name": graph.name})
        else:
            self.stdout.write(f"Graph “{graph}” made ({graph.pk}).")
        return 0
