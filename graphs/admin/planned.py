"""A dry run's plan on a page: counts first, then the rows that are asked for; agreeing to it,
applying it, trying a canary. The same page shows a run whose plan is not the agreed one any more.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from graphs import agreements
from graphs.admin.starting import choose
from graphs.canaries import MOST_ROWS, try_canary
from graphs.models import GraphRun
from graphs.plan_exports import plan_download
from graphs.plans import VERDICTS, PlannedRows, describe_load_plan
from importer.admin.doing import do
from importer.admin.scoping import allowed, user_of
from importer.choices import Environment, Verdict
from importer.models import Connection
from importer.planned_rows import Wanted

_PAGE = 100
_SHOWN_DIFFERENCES = 200
RIGHTS = {
    "agree": "agree_to_plan",
    "apply": "start_run",
    "canary": "rehearse_run",
    "agree-changes": "agree_to_plan",
}


class CanaryForm(forms.Form):
    """Where a canary goes, and how large it is."""

    connection = forms.ModelChoiceField(
        Connection.objects.none(), label=_("Sandbox"), widget=UnfoldAdminSelectWidget()
    )
    rows = forms.IntegerField(
        label=_("Rows of each node"),
        initial=5,
        min_value=1,
        max_value=MOST_ROWS,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def __init__(self, *args: Any, plan: GraphRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sandboxes = Connection.objects.filter(
            project=plan.project_id, environment=Environment.SANDBOX
        )
        choose(self, "connection", sandboxes, sandboxes.first())


def planned_view(
    request: HttpRequest, run: GraphRun, each_context: dict[str, Any]
) -> HttpResponseBase:
    """The page of a plan, or its rows as a workbook (``?xlsx=1``)."""
    if run.applies_id is not None:
        return _changes_view(request, run, each_context)
    if not run.dry_run or run.reverts_id is not None:
        raise Http404("This run has no plan to be agreed to.")
    asked = request.GET
    wanted = Wanted(_verdict(asked), asked.get("text", "").strip(), asked.get("field", ""))
    rows = PlannedRows(run, wanted, asked.get("node", ""))
    if "xlsx" in asked:
        return plan_download(run, rows)
    plan = describe_load_plan(run)
    agreement = agreements.agreement_of(run)
    pages: Paginator[dict[str, Any]] = Paginator(rows, _PAGE)
    kept = {name: asked.get(name, "") for name in ("verdict", "text", "field", "node")}
    context = {
        **each_context,
        "title": _("Plan of %(graph)s") % {"graph": run.version.graph},
        "run": run,
        "plan": plan,
        "verdicts": [(str(one), one.label, plan["totals"][str(one)]) for one in VERDICTS],
        "table": [_table_row(node) for node in plan["nodes"]],
        "fields": sorted({name for node in plan["nodes"] for name in node["fields"]}),
        "labels": {str(one): one.label for one in Verdict},
        "asked": kept,
        "query": urlencode({name: value for name, value in kept.items() if value}),
        "page": pages.get_page(asked.get("page")),
        "count": len(rows),
        "agreement": agreement,
        "changed": agreements.changed_since(agreement) if agreement else [],
        "may": {verb: allowed(request, right) for verb, right in RIGHTS.items()},
        "canary_form": CanaryForm(plan=run),
    }
    return TemplateResponse(request, "graphs/planned.html", context)


def _verdict(asked: Mapping[str, str]) -> str:
    named = asked.get("verdict", "")
    return named if named in VERDICTS else ""


def _table_row(node: dict[str, Any]) -> dict[str, Any]:
    counts = [(str(one), node["verdicts"][str(one)]) for one in VERDICTS]
    return {**node, "counts": counts}


def _changes_view(
    request: HttpRequest, run: GraphRun, each_context: dict[str, Any]
) -> HttpResponseBase:
    context = {
        **each_context,
        "title": _("What has changed since the plan was agreed to"),
        "run": run,
        "asking": agreements.changes_of(run, limit=_SHOWN_DIFFERENCES),
        "shown": _SHOWN_DIFFERENCES,
        "may": {verb: allowed(request, right) for verb, right in RIGHTS.items()},
    }
    return TemplateResponse(request, "graphs/plan_changes.html", context)


def do_planned(request: HttpRequest, run: GraphRun, verb: str) -> HttpResponse:
    """One of :data:`RIGHTS`, by POST; a refusal is a message on the page it came from."""
    if verb not in RIGHTS or request.method != "POST":
        raise Http404("There is no such action.")
    if not allowed(request, RIGHTS[verb]):
        raise PermissionDenied
    acts: dict[str, Callable[[], Any]] = {
        "agree": lambda: agreements.agree_to_plan(
            run, by=user_of(request), sha256=request.POST.get("sha256", "")
        ),
        "apply": lambda: agreements.apply_plan(run, by=user_of(request)),
        "canary": lambda: _canary(request, run),
        "agree-changes": lambda: agreements.agree_to_changes(
            run, by=user_of(request), sha256=request.POST.getlist("sha256")
        ),
    }
    done = do(request, acts[verb], _SAID[verb])
    if verb in ("apply", "agree-changes") and isinstance(done, GraphRun):
        return HttpResponseRedirect(reverse("admin:graphs_graphrun_change", args=(done.pk,)))
    return HttpResponseRedirect(reverse("admin:graphs_graphrun_planned", args=(run.pk,)))


_SAID = {
    "agree": _("The plan is agreed to."),
    "apply": _("The plan is being applied; workers take it from here."),
    "canary": _("The canary is on its way; it is rolled back by itself."),
    "agree-changes": _("Agreed: the run goes on."),
}


def _canary(request: HttpRequest, run: GraphRun) -> Any:
    form = CanaryForm(request.POST, plan=run)
    if form.is_valid():
        return try_canary(run, by=user_of(request), **form.cleaned_data)
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))
    return None
