"""Graphs: the draft, its checks, its releases, and starting a run from it."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action

from graphs import runs, versions
from graphs.admin.starting import StartForm
from graphs.models import Graph, GraphVersion
from importer.admin.doing import do
from importer.admin.scoping import ScopedAdmin, allowed, user_of


class VersionInline(TabularInline):
    """The releases of a graph; frozen, so only shown."""

    model = GraphVersion
    extra = 0
    can_delete = False
    fields = ("number", "sha256", "released_by", "released_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(Graph)
class GraphAdmin(ScopedAdmin):
    """One graph a row."""

    edit_verb = add_verb = delete_verb = "edit_graph"
    list_display = ("name", "connection", "dataset", "show_version", "updated_at")
    search_fields = ("name", "description")
    fields = ("name", "description", "connection", "dataset", "spec")
    inlines = (VersionInline,)
    actions_detail = ("validate", "publish", "run")

    @admin.display(description=_("Release"))
    def show_version(self, obj: Graph) -> str:
        newest = versions.latest_version(obj)
        return f"v{newest.number}" if newest else "-"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = user_of(request)
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        do(request, lambda: versions.delete_graph(obj, by=user_of(request)))

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.start_view)
        return [
            path("<uuid:graph_id>/start/", view, name="graphs_graph_start"),
            *super().get_urls(),
        ]

    def _back(self, object_id: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:graphs_graph_change", args=(object_id,)))

    @action(description=_("Validate"), url_path="validate")
    def validate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        graph = self.get_queryset(request).get(pk=object_id)
        problems = do(request, lambda: versions.validate_graph(graph))
        for problem in problems or ():
            messages.add_message(
                request, messages.ERROR if problem.is_error else messages.WARNING, problem.message
            )
        if problems is not None and not problems:
            messages.success(request, _("Nothing is wrong with this graph."))
        return self._back(object_id)

    @action(description=_("Publish"), url_path="publish")
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        graph = self.get_queryset(request).get(pk=object_id)
        version = do(request, lambda: versions.publish_graph(graph, by=user_of(request)))
        if version is not None:
            messages.success(request, _("Released as version %(n)d.") % {"n": version.number})
        return self._back(object_id)

    @action(description=_("Run"), url_path="run")
    def run(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:graphs_graph_start", args=(object_id,)))

    def start_view(self, request: HttpRequest, graph_id: Any) -> HttpResponse:
        """Choose dataset and connection, look at the order, start a run or a dry run."""
        graph = self.get_queryset(request).get(pk=graph_id)
        form = StartForm(request.POST or None, graph=graph)
        if request.method == "POST" and form.is_valid():
            run = do(
                request,
                lambda: runs.start_run(graph, by=user_of(request), **form.arguments()),
                "The run was started; workers take it from here.",
            )
            if run is not None:
                return HttpResponseRedirect(reverse("admin:graphs_graphrun_change", args=(run.pk,)))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Run %(name)s") % {"name": graph.name},
            "opts": self.opts,
            "graph": graph,
            "form": form,
            "plan": do(request, lambda: versions.execution_plan(graph)),
            "may_start": allowed(request, "start_run"),
        }
        return TemplateResponse(request, "graphs/start.html", context)
