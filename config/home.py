"""The admin's first page: what to do first in an empty project, else its last runs."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from graphs.admin.colours import badge
from graphs.admin.showing import counts_of
from graphs.choices import RunStatus
from graphs.models import Graph, GraphRun
from importer.admin.scoping import allowed, project_of
from importer.choices import ConnectionState, DatasetState
from importer.models import Connection, Dataset, Mapping, Project

_RUNS = 10
_Text = str | Promise


def home_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds ``steps`` while the project has no run, else ``runs``; nothing without a project."""
    project = project_of(request)
    if project is None:
        return context
    runs = _runs(project)
    return context | ({"runs": runs} if runs else {"steps": _steps(request, project)})


def _runs(project: Project) -> list[dict[str, Any]]:
    rows = (
        GraphRun.objects.filter(project=project)
        .select_related("version__graph", "connection")
        .prefetch_related("node_runs__load")
        .order_by("-created_at")[:_RUNS]
    )
    return [
        {"run": run, "badge": badge(RunStatus(run.status)), "counts": counts_of(run)}
        for run in rows
    ]


def _steps(request: HttpRequest, project: Project) -> list[dict[str, Any]]:
    """What to do first; a step that the user's role does not allow has no ``url``."""
    mine = {"project": project}
    graph = Graph.objects.filter(**mine).first()
    steps = [
        _step(
            _("Upload a workbook"),
            _("The spreadsheets that are to become records. Every sheet is read and can be seen."),
            "upload_dataset",
            "importer_dataset_add",
            Dataset.objects.filter(**mine, state=DatasetState.READY).exists(),
        ),
        _step(
            _("Connect an Odoo database"),
            _("Its address and a login. The test says in plain words whether it works."),
            "edit_connection",
            "importer_connection_add",
            Connection.objects.filter(**mine, state=ConnectionState.READY).exists(),
        ),
        _step(
            _("Map columns to fields"),
            _("How the rows of a sheet become records; a preview shows it with real rows."),
            "edit_mapping",
            "importer_mapping_add",
            Mapping.objects.filter(**mine).exists(),
        ),
        _step(
            _("Make a graph"),
            _("What is loaded after what. A graph file brings its mappings along."),
            "edit_graph",
            "graphs_graph_from_file",
            graph is not None,
        ),
        _step(
            _("Run it"),
            _("First as a dry run, which sends nothing; then for real. It can be rolled back."),
            "start_run",
            "graphs_graph_do" if graph else "graphs_graph_changelist",
            False,
            *([graph.pk, "start"] if graph else []),
        ),
    ]
    return [step if allowed(request, step["right"]) else step | {"url": ""} for step in steps]


def _step(
    title: _Text, says: _Text, right: str, url: str, is_done: bool, *args: Any
) -> dict[str, Any]:
    address = reverse(f"admin:{url}", args=args)
    return {"title": title, "says": says, "right": right, "url": address, "is_done": is_done}
