"""The rollback's plan on the page that asks whether to roll back: it is made when the page is
opened, its numbers are shown, and each leads to a list."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from graphs.api.rollback_plans import csv_answer
from graphs.models import GraphRun
from graphs.plan_lists import PlanList
from graphs.rollback_plans import describe_plan, newest_plan, plan_rollback
from importer.admin.doing import do
from importer.admin.scoping import allowed, user_of

_PAGE = 100
NAMES = {
    "removable": _("Goes"),
    "restorable": _("Gets values back"),
    "edited": _("Edited since"),
    "used": _("Used elsewhere"),
    "needs_step": _("Needs a step in Odoo"),
    "kept_otherwise": _("Stays otherwise"),
    "nothing_to_do": _("Nothing to do"),
}


def plan_view(request: HttpRequest, run: GraphRun) -> HttpResponse:
    """The part of the page with the numbers; a POST asks for a plan."""
    may_plan = allowed(request, "plan_rollback")
    if request.method == "POST":
        if not may_plan:
            raise PermissionDenied
        do(request, lambda: plan_rollback(run, by=user_of(request)))
    plan = newest_plan(run)
    return TemplateResponse(
        request,
        "graphs/rollback_plan.html",
        {"run": run, "may_plan": may_plan, "asked": request.method == "POST", **_shown(plan)},
    )


def _shown(plan: GraphRun | None) -> dict[str, Any]:
    if plan is None:
        return {"plan": None, "is_looking": False}
    found = describe_plan(plan)
    rows = [{**node, "counts": [(name, node[name]) for name in NAMES]} for node in found["nodes"]]
    return {"plan": found, "is_looking": not plan.is_finished, "rows": rows, "names": NAMES}


def list_view(
    request: HttpRequest, run: GraphRun, which: str, each_context: dict[str, Any]
) -> HttpResponseBase:
    """The records behind one number, a page of them or all as CSV."""
    plan = newest_plan(run)
    if plan is None or which not in NAMES:
        raise Http404("There is no such list.")
    node = request.GET.get("node", "")
    records = PlanList(plan, which, node)
    if "csv" in request.GET:
        return csv_answer(records, which)
    pages: Paginator[dict[str, Any]] = Paginator(records, _PAGE)
    context = {
        **each_context,
        "title": NAMES[which],
        "run": run,
        "which": which,
        "node": node,
        "page": pages.get_page(request.GET.get("page")),
        "count": len(records),
    }
    return TemplateResponse(request, "graphs/rollback_plan_list.html", context)
