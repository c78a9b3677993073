"""The page that suggests a draft for a dataset: which sheet is what, and what waits for what."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from graphs.drafts import LEAST_CONFIDENCE, accept_graph, suggest_graph
from importer.admin.datasets import DatasetAdmin
from importer.admin.deeds import Deed, offer
from importer.admin.doing import do
from importer.admin.scoping import allowed, user_of
from importer.admin.suggestions import chosen_connection, model_names
from importer.choices import DatasetState
from importer.data.suggesting.shapes import DatasetSuggestion
from importer.models import Connection, Dataset


def draft_page(admin: DatasetAdmin, request: HttpRequest, dataset: Dataset) -> HttpResponse:
    """GET shows what is suggested, POST makes mappings and graph."""
    asked = request.POST if request.method == "POST" else request.GET
    connections = list(Connection.objects.filter(project=dataset.project))
    connection = chosen_connection(connections, asked)
    names = [sheet.name for sheet in dataset.sheets.all()]
    chosen = _chosen(names, asked)
    if request.method == "POST" and connection is not None and "accept" in asked:
        wanted = [name for at, name in enumerate(names) if str(at) in asked.getlist("sheet")]
        draft = do(
            request,
            lambda: accept_graph(
                dataset,
                connection,
                by=user_of(request),
                name=asked.get("name", ""),
                chosen=chosen,
                sheets=wanted,
            ),
            _("The graph and its mappings were made. Look at each mapping before a run."),
        )
        if draft is not None:
            page = reverse("admin:graphs_graph_change", args=(draft.graph.pk,))
            return HttpResponseRedirect(page)
    said = None
    if connection is not None:
        said = do(
            request,
            lambda: suggest_graph(dataset, connection, by=user_of(request), chosen=chosen),
        )
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": _("Suggested graph for %(dataset)s") % {"dataset": dataset},
        "object": dataset,
        "connections": connections,
        "chosen": connection,
        "said": said,
        "sheets": _sheets(dataset, said) if said else [],
        "models": model_names(connection),
        "name": asked.get("name", ""),
        "may_accept": allowed(request, "edit_graph") and allowed(request, "edit_mapping"),
        "back": admin.page_of(dataset),
    }
    return TemplateResponse(request, "graphs/suggested_graph.html", context)


def _chosen(names: list[str], asked: QueryDict) -> dict[str, str]:
    given = {name: asked.get(f"model-{at}", "").strip() for at, name in enumerate(names)}
    return {name: model for name, model in given.items() if model}


def _sheets(dataset: Dataset, said: DatasetSuggestion) -> list[dict[str, Any]]:
    """Each sheet with how many of its columns would be taken over."""
    ids = {sheet.name: sheet.pk for sheet in dataset.sheets.all()}
    return [
        {
            "position": at,
            "said": one,
            "percent": round(one.model_confidence * 100),
            "url": reverse("admin:importer_sheet_do", args=(ids[one.sheet], "suggest")),
            "n_columns": len(one.columns),
            "n_taken": sum(1 for c in one.columns if c.target and c.confidence >= LEAST_CONFIDENCE),
        }
        for at, one in enumerate(said.sheets)
    ]


offer(
    DatasetAdmin,
    Deed(
        "suggest-graph",
        "view",
        _("Suggest a graph"),
        draft_page,
        is_page=True,
        fits=lambda dataset: dataset.state == DatasetState.READY,
    ),
)
