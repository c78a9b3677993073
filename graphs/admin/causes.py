"""The causes of a run's problems on a page, each with links to where it can be put right."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from graphs.causes import run_causes
from graphs.causes_sql import WAITING
from graphs.causes_words import FIELD, KEY, RETRY, RULES, VALUES
from graphs.models import GraphRun
from importer.admin.scoping import ScopedAdmin
from importer.models import Mapping

_PAGE = 50
_ON_RUN = 8
_LABELS = {
    VALUES: _("Say what becomes of them"),
    FIELD: _("Change the field"),
    RULES: _("Change the match rules"),
    KEY: _("Change the key"),
    RETRY: _("Retry"),
}
_ROWS = _("Correct the rows")


class CausesAdmin(ScopedAdmin):
    """The page of causes, for the admin of runs."""

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.causes_view)
        own = path("<uuid:run_id>/causes/", view, name="graphs_graphrun_causes")
        return [own, *super().get_urls()]

    def causes_view(self, request: HttpRequest, run_id: Any) -> HttpResponse:
        """All causes, a page of them at a time; those first that block most rows."""
        run: GraphRun = self.row_or_404(request, run_id)
        asked = request.GET.get("page", "")
        page = max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1
        found = shown_causes(run, limit=_PAGE, offset=(page - 1) * _PAGE)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": run,
            "run": run,
            "title": _("What went wrong in %(run)s, by cause") % {"run": run},
            "found": found,
            "page": page,
            "has_more": found["count"] > (page - 1) * _PAGE + len(found["causes"]),
        }
        return TemplateResponse(request, "graphs/run_causes.html", context)


def first_causes(run: GraphRun) -> dict[str, Any]:
    """Those that the run's own page shows; none while it moves, as they change all the time."""
    if not run.is_finished:
        return {"count": 0, "headline": "", "causes": []}
    return shown_causes(run, limit=_ON_RUN, offset=0)


def shown_causes(run: GraphRun, *, limit: int, offset: int) -> dict[str, Any]:
    """``run_causes``; each cause with ``links`` [(label, address)], its values with ``url``."""
    found = run_causes(run, limit=limit, offset=offset)
    ids = {one["mapping"] for one in found["causes"] if _is_id(one["mapping"])}
    known = {str(pk) for pk in Mapping.objects.filter(pk__in=ids).values_list("pk", flat=True)}
    for cause in found["causes"]:
        has_mapping = cause["mapping"] in known
        cause["links"] = [
            (_LABELS.get(one["door"], _ROWS), address)
            for one in cause["actions"]
            if (address := _address(run, cause, one, has_mapping=has_mapping))
        ]
        is_by_map = has_mapping and cause["actions"][0]["door"] == VALUES
        for value in cause["values"]:
            value["url"] = _values_page(run, cause, value["value"]) if is_by_map else ""
    return found


def _address(
    run: GraphRun, cause: dict[str, Any], action: dict[str, str], *, has_mapping: bool
) -> str:
    door = action["door"]
    if door == RETRY:
        return reverse("admin:graphs_graphrun_do", args=(run.pk, "retry"))
    if door in _LABELS and not has_mapping:
        return ""
    if door == VALUES:
        return _values_page(run, cause, action["value"])
    if door in _LABELS:
        return reverse("admin:importer_mapping_change", args=(cause["mapping"],))
    return _rows_page(run, cause, action["value"])


def _values_page(run: GraphRun, cause: dict[str, Any], value: str) -> str:
    page = reverse("admin:importer_mapping_do", args=(cause["mapping"], "values"))
    asked = {"sheet": cause["sheet_id"], "connection": run.connection_id, "field": cause["field"]}
    return f"{page}?{urlencode({**asked, **({'value': value} if value else {})})}"


def _rows_page(run: GraphRun, cause: dict[str, Any], value: str) -> str:
    """Where exactly these rows are corrected."""
    page = reverse("admin:graphs_graphrun_fix", args=(run.pk,))
    levels = "all" if cause["code"] in WAITING else ""
    asked = {"code": cause["code"], "column": cause["column"], "value": value, "levels": levels}
    return f"{page}?{urlencode({name: text for name, text in asked.items() if text})}"


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
