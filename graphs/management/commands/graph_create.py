"""manage.py graph_create: a graph, and the mappings it comes with, from a JSON file."""

from argparse import FileType
from typing import IO, Any

from django.core.management.base import CommandParser

from graphs.management.naming import targets_named
from graphs.recipes import create_from_recipe, read_recipe
from importer.errors import Refused
from importer.management.naming import asking_user, project_named
from importer.management.verb_command import VerbCommand, add_project_argument


class Command(VerbCommand):
    help = "Make a graph from a JSON file with nodes, edges and, if it likes, mappings."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--spec", required=True, type=FileType("rb"))
        parser.add_argument("--name", help="default: the name in the file")
        add_project_argument(parser)
        parser.add_argument("--dataset", help="name or id of the dataset it is usually run on")
        parser.add_argument("--connection", help="name or id of its usual target")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        recipe = read_recipe(_text_of(options["spec"]), name=options["name"])
        graph = create_from_recipe(
            recipe, by=user, project=project, **targets_named(options, project)
        )
        facts = {"id": str(graph.pk), "name": graph.name}
        return self.answer(options, f"Graph “{graph}” made ({graph.pk}).", facts)


def _text_of(stream: IO[bytes]) -> str:
    with stream:
        try:
            return stream.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Refused("The graph file is not UTF-8 text. Save it as UTF-8.") from error
