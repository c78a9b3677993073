"""Finds what a graph command names: graphs, datasets and connections by name or id, runs by the
start of their id. What is not found is said in a sentence.
"""

from typing import TypeVar
from uuid import UUID

from django.core.management.base import CommandError
from django.db.models import Model

from graphs.models import Graph, GraphRun
from importer.models import Connection, Dataset, Project

Row = TypeVar("Row", bound=Model)


def graph_named(name: str, project: str | None) -> Graph:
    return _named(Graph, name, project)


def connection_named(name: str | None, project: Project) -> Connection | None:
    return _named(Connection, name, str(project.pk)) if name else None


def dataset_named(name: str | None, project: Project) -> Dataset | None:
    return _named(Dataset, name, str(project.pk)) if name else None


def run_named(text: str) -> GraphRun:
    """A run by its id, or by the first characters of it."""
    start = text.replace("-", "").lower()
    if len(start) < 6 or not all(character in "0123456789abcdef" for character in start):
        raise CommandError(f"“{text}” is no run id; give at least its first 6 characters.")
    low, high = UUID(start[:32].ljust(32, "0")), UUID(start[:32].ljust(32, "f"))
    found = list(GraphRun.objects.filter(pk__gte=low, pk__lte=high)[:2])
    if not found:
        raise CommandError(f"No run's id starts with “{text}”.")
    if len(found) > 1:
        raise CommandError(f"Several runs' ids start with “{text}”; give more of it.")
    return found[0]


def _named(model: type[Row], name: str, project: str | None) -> Row:
    """The one row of a model with that id or name, in the project if one is named."""
    rows = model._default_manager.all()
    if project:
        try:
            rows = rows.filter(project=UUID(project))
        except ValueError:
            rows = rows.filter(project__name=project)
    try:
        found = list(rows.filter(pk=UUID(name))[:2])
    except ValueError:
        found = list(rows.filter(name=name)[:2])
    noun = str(model._meta.verbose_name)
    if not found:
        raise CommandError(f"There is no {noun} “{name}”.")
    if len(found) > 1:
        raise CommandError(f"There are several of {noun} “{name}”; give --project or its id.")
    return found[0]
