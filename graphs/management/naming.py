"""The arguments of graph commands and what they name: graphs by name or id, runs by the start of
their id, and what a graph is to run with. What is not found is said in a sentence.
"""

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from graphs.choices import OnBusy
from graphs.models import Graph, GraphRun
from importer.errors import Refused
from importer.management.naming import connection_named, dataset_named, one_named
from importer.models import Project


def graph_named(name: str, project: str | None) -> Graph:
    """The graph of that name or id, in the project (name or id) if one is named."""
    graphs = Graph.objects.all()
    if project:
        try:
            graphs = graphs.filter(project=UUID(project))
        except ValueError:
            graphs = graphs.filter(project__name=project)
    return one_named(graphs, name)


def add_graph_arguments(parser: CommandParser, *, targets: str = "") -> None:
    """``graph`` and ``--project`` for ``graph_named``; with ``targets``, the help of both, also
    ``--dataset`` and ``--connection`` for ``targets_named``."""
    parser.add_argument("graph", help="name or id")
    parser.add_argument("--project", help="name or id, where the name is not unique")
    if targets:
        parser.add_argument("--dataset", help=targets)
        parser.add_argument("--connection", help=targets)


def add_on_busy(parser: CommandParser) -> None:
    """``--on-busy`` for what begins a run or goes on with one."""
    parser.add_argument(
        "--on-busy",
        choices=OnBusy.values,
        default=OnBusy.REFUSE.value,
        help="what to do while another run writes to the connection (default refuse)",
    )


def targets_named(options: dict[str, Any], project: Project) -> dict[str, Any]:
    """``connection`` and ``dataset`` of the options as the project's rows; None where not named."""
    finders = {"connection": connection_named, "dataset": dataset_named}
    return {
        noun: find(project, options[noun]) if options[noun] else None
        for noun, find in finders.items()
    }


def run_named(text: str) -> GraphRun:
    """A run by its id, or by the first characters of it."""
    start = text.replace("-", "").lower()
    if len(start) < 6 or not all(character in "0123456789abcdef" for character in start):
        raise Refused(f"“{text}” is no run id; give at least its first 6 characters.")
    low, high = UUID(start[:32].ljust(32, "0")), UUID(start[:32].ljust(32, "f"))
    found = list(GraphRun.objects.filter(pk__gte=low, pk__lte=high)[:2])
    if not found:
        raise Refused(f"No run's id starts with “{text}”.")
    if len(found) > 1:
        raise Refused(f"Several runs' ids start with “{text}”; give more of it.")
    return found[0]
