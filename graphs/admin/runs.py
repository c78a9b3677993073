"""Runs: the list, the page that moves by itself, and what a person may do with a run."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from graphs import runs
from graphs.admin import acting, planned, plans
from graphs.admin.causes import CausesAdmin, first_causes
from graphs.admin.explaining import explain_urls, explain_view
from graphs.admin.fixing import FixedAdmin, fix_link
from graphs.admin.showing import causes_of, counts_of, live_context, log_lines
from graphs.admin.vanishing import vanished_view
from graphs.choices import RunStatus
from graphs.models import GraphRun
from graphs.reconciliations import newest_reconciliation
from graphs.rehearsals import certificate_of
from importer.admin.doing import do
from importer.admin.filters import OwnRowsFilter
from importer.admin.labels import labels
from importer.admin.scoping import ReadOnlyAdmin, allowed, user_of


@admin.register(GraphRun)
class GraphRunAdmin(CausesAdmin, FixedAdmin, ReadOnlyAdmin):
    """One run a row; its page refreshes itself while the run is unfinished."""

    list_display = (
        "show_name",
        "show_status",
        "show_progress",
        "show_counts",
        "connection",
        "started_by",
        "created_at",
    )
    list_filter = ("status", "kind", "dry_run", ("connection", OwnRowsFilter))
    search_fields = ("version__graph__name", "error_message")
    change_form_template = "graphs/run.html"
    fields = ("kind",)

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related(
            "version__graph", "connection", "dataset", "started_by", "reverts", "follows"
        ).prefetch_related("node_runs__load")

    @admin.display(description=_("Run"))
    def show_name(self, obj: GraphRun) -> str:
        return f"{obj} ({_('dry run')})" if obj.dry_run else str(obj)

    @display(description=_("Status"), label=labels(RunStatus))
    def show_status(self, obj: GraphRun) -> tuple[str, str]:
        return obj.status, obj.get_status_display()

    @admin.display(description=_("Progress"))
    def show_progress(self, obj: GraphRun) -> str:
        return format_html(
            '<progress value="{}" max="100" aria-label="{}%"></progress> {}%',
            obj.percentage,
            round(obj.percentage),
            round(obj.percentage),
        )

    @admin.display(description=_("Counts"))
    def show_counts(self, obj: GraphRun) -> str:
        return counts_of(obj)

    def get_urls(self) -> Any:
        wrap = self.admin_site.admin_view
        own = [
            *explain_urls(wrap(self.explain_view)),
            path("<uuid:run_id>/vanished/", wrap(self.vanished_view), name="graphs_run_vanished"),
            path("<uuid:run_id>/live/", wrap(self.live_view), name="graphs_graphrun_live"),
            path("<uuid:run_id>/logs/", wrap(self.logs_view), name="graphs_graphrun_logs"),
            path("<uuid:run_id>/plan/", wrap(self.plan_view), name="graphs_graphrun_plan"),
            path(
                "<uuid:run_id>/plan/<slug:which>/",
                wrap(self.plan_list_view),
                name="graphs_graphrun_plan_list",
            ),
            path("<uuid:run_id>/planned/", wrap(self.planned_view), name="graphs_graphrun_planned"),
            path(
                "<uuid:run_id>/planned/<slug:verb>/",
                wrap(self.planned_do_view),
                name="graphs_graphrun_planned_do",
            ),
            path("<uuid:run_id>/do/<slug:verb>/", wrap(self.do_view), name="graphs_graphrun_do"),
        ]
        return [*own, *super().get_urls()]

    def _run(self, request: HttpRequest, run_id: Any) -> GraphRun:
        run: GraphRun = self.row_or_404(request, run_id)
        return run

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        run = self._run(request, object_id)
        context = {
            "run": run,
            "causes": causes_of(run),
            "found": first_causes(run),
            "title": str(run),
            "actions": acting.offered(run, lambda verb: allowed(request, verb)),
            "follow_link": acting.follow_link(run, lambda verb: allowed(request, verb)),
            "fix_link": fix_link(run),
            "certificate": certificate_of(run),
            "rehearsal": getattr(run, "rehearsal", None),
            "reconciliation": newest_reconciliation(run),
            **live_context(run),
            **log_lines(run, request.GET),
        }
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def live_view(self, request: HttpRequest, run_id: Any) -> HttpResponse:
        """The moving part of the page; htmx asks again while the run is unfinished."""
        run = self._run(request, run_id)
        context = {
            "run": run,
            "causes": causes_of(run),
            "found": first_causes(run),
            **live_context(run),
            "actions": acting.offered(run, lambda verb: allowed(request, verb)),
            "follow_link": acting.follow_link(run, lambda verb: allowed(request, verb)),
            "fix_link": fix_link(run),
            "certificate": certificate_of(run),
            "rehearsal": getattr(run, "rehearsal", None),
            "reconciliation": newest_reconciliation(run),
        }
        response = TemplateResponse(request, "graphs/run_live.html", context)
        if not context["is_moving"]:
            response["HX-Trigger"] = "run-ended"
        return response

    def logs_view(self, request: HttpRequest, run_id: Any) -> HttpResponse:
        run = self._run(request, run_id)
        context = {"run": run, **log_lines(run, request.GET)}
        return TemplateResponse(request, "graphs/run_logs.html", context)

    def explain_view(self, request: HttpRequest) -> HttpResponse:
        """The story of one row, whichever runs it went through."""
        around = {**self.admin_site.each_context(request), "opts": self.opts}
        return explain_view(request, around)

    def vanished_view(self, request: HttpRequest, run_id: Any) -> HttpResponse:
        """The records whose rows were in the run's file no more."""
        run = self._run(request, run_id)
        around = {**self.admin_site.each_context(request), "opts": self.opts, "object": run}
        return vanished_view(request, run, around)

    def plan_view(self, request: HttpRequest, run_id: Any) -> HttpResponse:
        return plans.plan_view(request, self._run(request, run_id))

    def plan_list_view(self, request: HttpRequest, run_id: Any, which: str) -> HttpResponseBase:
        run = self._run(request, run_id)
        around = {**self.admin_site.each_context(request), "opts": self.opts, "object": run}
        return plans.list_view(request, run, which, around)

    def planned_view(self, request: HttpRequest, run_id: Any) -> HttpResponseBase:
        run = self._run(request, run_id)
        around = {**self.admin_site.each_context(request), "opts": self.opts, "object": run}
        return planned.planned_view(request, run, around)

    def planned_do_view(self, request: HttpRequest, run_id: Any, verb: str) -> HttpResponse:
        return planned.do_planned(request, self._run(request, run_id), verb)

    def do_view(self, request: HttpRequest, run_id: Any, verb: str) -> HttpResponse:
        """Say in numbers what will happen; do it on POST."""
        run = self._run(request, run_id)
        back = HttpResponseRedirect(reverse("admin:graphs_graphrun_change", args=(run.pk,)))
        if verb not in acting.ACTIONS:
            raise Http404("There is no such action.")
        chosen = acting.ACTIONS[verb]
        if not allowed(request, chosen.right):
            raise PermissionDenied
        if request.method == "POST":
            done = do(request, lambda: chosen.act(run, user_of(request), request.POST), chosen.done)
            if isinstance(done, GraphRun) and done.pk != run.pk:
                return HttpResponseRedirect(
                    reverse("admin:graphs_graphrun_change", args=(done.pk,))
                )
            return back
        if chosen not in acting.offered(run, lambda right: allowed(request, right)):
            state = {"what": chosen.label, "state": run.get_status_display().lower()}
            messages.error(request, _("“%(what)s” does not fit: the run is %(state)s.") % state)
            return back
        effect = do(request, lambda: runs.rollback_effect(run)) if verb == "rollback" else None
        if verb == "rollback" and effect is None:
            return back
        context = {
            **self.admin_site.each_context(request),
            "run": run,
            "object": run,
            "action": chosen,
            "effect": effect,
            "numbers": acting.in_numbers(run, verb),
            "asks_vanished": verb == "resume" and acting.asks_vanished(run),
            "opts": self.opts,
            "title": chosen.label,
        }
        return TemplateResponse(request, "graphs/confirm.html", context)
