"""Graphs: the draft, its checks, its releases, and starting a run from it."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action

from graphs import recipes, runs, versions
from graphs.admin.starting import GraphForm, RecipeForm, StartForm, rows_by_node
from graphs.models import Graph, GraphRun, GraphVersion
from graphs.rehearsals import rehearse_run
from importer.admin.deeds import Deed, DeedAdmin
from importer.admin.doing import do, posted
from importer.admin.scoping import allowed, person, project_of, user_of

_CHANGEABLE = ("name", "description", "spec", "connection", "dataset")


class VersionInline(TabularInline):
    """The releases of a graph; frozen, so only shown."""

    model = GraphVersion
    extra = 0
    can_delete = False
    fields = ("number", "sha256", "show_maker", "released_at")
    readonly_fields = fields
    verbose_name_plural = _("Releases")
    hide_title = True

    @admin.display(description=_("Released by"))
    def show_maker(self, obj: GraphVersion) -> str:
        return person(obj.released_by)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("released_by").defer("frozen")


@admin.register(Graph)
class GraphAdmin(DeedAdmin):
    """One graph a row."""

    form = GraphForm
    edit_verb = add_verb = delete_verb = "edit_graph"
    list_display = ("name", "connection", "dataset", "show_version", "updated_at")
    list_select_related = ("connection", "dataset")
    search_fields = ("name", "description")
    fields = ("name", "description", "connection", "dataset", "spec")
    inlines = (VersionInline,)
    actions_list = ("from_file",)
    deeds = (
        Deed("start", "view", _("Run"), "start", is_page=True, is_main=True),
        Deed("validate", "view", _("Validate"), "validate"),
        Deed("publish", "publish_graph", _("Publish"), "publish"),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(newest=Max("versions__number"))

    @admin.display(description=_("Release"), ordering="newest")
    def show_version(self, obj: Any) -> str:
        return f"v{obj.newest}" if obj.newest else "-"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        by, given = user_of(request), form.cleaned_data
        if change:
            changed = {name: given[name] for name in _CHANGEABLE if name in form.changed_data}
            versions.save_graph(type(obj).objects.get(pk=obj.pk), by=by, **changed)
            return
        project = project_of(request)
        assert project is not None
        made = versions.create_graph(by=by, project=project, **given)
        obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        versions.delete_graph(obj, by=user_of(request))

    def validate(self, request: HttpRequest, graph: Graph) -> None:
        problems = do(request, lambda: versions.validate_graph(graph))
        for problem in problems or ():
            level = messages.ERROR if problem.is_error else messages.WARNING
            messages.add_message(request, level, problem.message)
        if problems is not None and not problems:
            messages.success(request, _("Nothing is wrong with this graph."))

    def publish(self, request: HttpRequest, graph: Graph) -> None:
        version = do(request, lambda: versions.publish_graph(graph, by=user_of(request)))
        if version is not None:
            messages.success(request, _("Released as version %(n)d.") % {"n": version.number})

    def start(self, request: HttpRequest, graph: Graph) -> HttpResponse:
        """Choose dataset and connection, look at the order, start a run or a dry run."""
        follows = self._followed(request, graph)
        form = StartForm(posted(request)[0], graph=graph, follows=follows, asked=request.GET)
        newest = follows.version if follows else versions.latest_version(graph)
        if request.method == "POST" and form.is_valid():
            run = (
                _rehearse(request, graph, form)
                if "rehearse" in request.POST
                else do(
                    request,
                    lambda: runs.start_run(graph, by=user_of(request), **form.arguments()),
                    _("The run was started; workers take it from here."),
                )
            )
            if run is not None:
                return HttpResponseRedirect(reverse("admin:graphs_graphrun_change", args=(run.pk,)))
        plan = do(request, lambda: versions.execution_plan(graph)) or {"nodes": []}
        rows = rows_by_node(newest, form.first_dataset)
        plan["nodes"] = [step | {"rows": rows.get(step["id"])} for step in plan["nodes"]]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Run %(name)s") % {"name": graph.name},
            "opts": self.opts,
            "graph": graph,
            "object": graph,
            "form": form,
            "plan": plan,
            "n_rows": sum(rows.values()),
            "newest": newest,
            "follows": follows,
            "may_start": allowed(request, "start_run"),
            "may_rehearse": follows is None and allowed(request, "rehearse_run"),
        }
        return TemplateResponse(request, "graphs/start.html", context)

    def _followed(self, request: HttpRequest, graph: Graph) -> GraphRun | None:
        """The run that ``?follows=`` names, if it is one of this graph."""
        try:
            named = UUID(request.GET.get("follows", ""))
        except ValueError:
            return None
        return GraphRun.objects.filter(version__graph=graph, pk=named).first()

    @action(description=_("From a graph file"), url_path="from-file", permissions=["add"])
    def from_file(self, request: HttpRequest) -> HttpResponse:
        """A graph with its value maps, entities and mappings, from one JSON file."""
        project = project_of(request)
        form = RecipeForm(*posted(request), project=project)
        if project is not None and request.method == "POST" and form.is_valid():
            made = do(
                request,
                lambda: recipes.create_from_recipe(
                    recipes.read_recipe(form.text()),
                    by=user_of(request),
                    project=project,
                    **form.links(),
                ),
                _("The graph was made from the file."),
            )
            if made is not None:
                return HttpResponseRedirect(self.page_of(made))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Graph from a file"),
            "opts": self.opts,
            "form": form,
            "button": _("Make the graph"),
        }
        return TemplateResponse(request, "importer/form_page.html", context)


def _rehearse(request: HttpRequest, graph: Graph, form: StartForm) -> GraphRun | None:
    """The run that is rehearsed; its page leads to the rehearsal."""
    chosen = {name: form.cleaned_data[name] for name in ("dataset", "connection")}
    rehearsal = do(
        request,
        lambda: rehearse_run(graph, by=user_of(request), **chosen),
        _("The rehearsal was started: snapshot, run, rollback, comparison."),
    )
    return rehearsal.run if rehearsal is not None else None
