"""Pages of a dataset on which its rows are corrected: the grid under a mapping, and what a workbook
that came back would change.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from importer.admin import fixing
from importer.admin.deeds import Deed, DeedAdmin
from importer.admin.doing import do
from importer.admin.scoping import allowed, user_of
from importer.bad_rows import Wanted
from importer.checking import CheckedRows
from importer.choices import DatasetState
from importer.corrections import make_corrected, newest_of, waiting_in
from importer.data.correcting.comparing import CellChange
from importer.models import Connection, Dataset, Mapping as MappingRow, ReturnedWorkbook
from importer.returned import Compared, corrected_by
from importer.workbooks import Place, apply_workbook, preview_workbook

_SHOWN = 500
_HEADS = (_("Cell"), _("Went out as"), _("Is now"), _("Workbook"))


class CorrectedAdmin(DeedAdmin):
    """Pages and buttons of corrections, for the admin of datasets."""

    deeds: tuple[Deed, ...] = (
        Deed(
            "fix",
            "view",
            _("Check and correct"),
            "fix_page",
            is_page=True,
            fits=lambda row: row.state == DatasetState.READY,
        ),
        Deed(
            "corrected",
            "correct_dataset",
            _("Make the corrected dataset"),
            "make_corrected",
            fits=lambda row: row.corrections.filter(made=None).exists(),
        ),
    )

    def get_urls(self) -> Any:
        wrap = self.admin_site.admin_view
        views = {
            "fix/cells/": (self.fix_cells_view, "fix_cells"),
            "fix/workbook/": (self.fix_workbook_view, "fix_workbook"),
            "workbooks/<uuid:workbook_id>/": (self.workbook_view, "workbook"),
        }
        own = [
            path(f"<uuid:dataset_id>/{end}", wrap(view), name=f"importer_dataset_{name}")
            for end, (view, name) in views.items()
        ]
        return [*own, *super().get_urls()]

    def make_corrected(self, request: HttpRequest, dataset: Dataset) -> HttpResponse | None:
        """What waits becomes a dataset of its own; its page is next."""
        done = _("The corrected dataset was made.")
        made = do(request, lambda: make_corrected(dataset, by=user_of(request)), done)
        return HttpResponseRedirect(self.page_of(made)) if made else None

    def fix_page(self, request: HttpRequest, dataset: Dataset) -> HttpResponse:
        """The grid under ``?mapping=&connection=``; first these are asked for."""
        bad = self._bad(request, dataset)
        around = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": dataset,
            "title": _("Rows to correct of %(dataset)s") % {"dataset": dataset},
            "back": self.page_of(dataset),
        }
        if bad is None:
            own = {"project": dataset.project_id}
            choices = {
                "mappings": MappingRow.objects.filter(**own, nested_in=None).order_by("name"),
                "connections": Connection.objects.filter(**own).order_by("name"),
            }
            return TemplateResponse(request, "importer/choose_check.html", {**around, **choices})
        chosen = {"mapping": str(bad.mapping.pk), "connection": str(bad.connection.pk)}
        cause = f"?{urlencode({**request.GET.dict(), **chosen})}"
        names = {"cells": "fix_cells", "workbook": "fix_workbook"}
        urls = {
            key: reverse(f"admin:importer_dataset_{name}", args=(dataset.pk,)) + cause
            for key, name in names.items()
        }
        return fixing.grid_page(request, bad, {**around, "urls": urls, "chosen": chosen})

    def _bad(self, request: HttpRequest, dataset: Dataset) -> CheckedRows | None:
        def row(model: Any, name: str) -> Any:
            own = model.objects.filter(project=dataset.project_id)
            return next((one for one in own if str(one.pk) == request.GET.get(name)), None)

        mapping, connection = row(MappingRow, "mapping"), row(Connection, "connection")
        if mapping is None or connection is None:
            return None
        return CheckedRows(dataset, mapping, connection, Wanted.asked(request.GET))

    def _known(self, request: HttpRequest, dataset_id: Any) -> CheckedRows:
        bad = self._bad(request, self.row_or_404(request, dataset_id))
        if bad is None:
            raise Http404("There is no such mapping or connection in this project.")
        return bad

    def fix_cells_view(self, request: HttpRequest, dataset_id: Any) -> HttpResponse:
        bad = self._known(request, dataset_id)
        if request.method != "POST" or not allowed(request, "correct_dataset"):
            raise PermissionDenied
        return fixing.save_cells(request, bad)

    def fix_workbook_view(self, request: HttpRequest, dataset_id: Any) -> HttpResponseBase:
        bad = self._known(request, dataset_id)
        page = reverse("admin:importer_dataset_do", args=(bad.dataset.pk, "fix"))
        back = HttpResponseRedirect(f"{page}?{request.GET.urlencode()}")
        return fixing.exchange_workbook(request, bad, back)

    def workbook_view(
        self, request: HttpRequest, dataset_id: Any, workbook_id: Any
    ) -> HttpResponse:
        """What it would change, first; by POST the corrected dataset is made. ``?run=``: whose
        rows it had, which is the page to go back to."""
        dataset = self.row_or_404(request, dataset_id)
        workbook = ReturnedWorkbook.objects.filter(dataset=dataset, pk=workbook_id).first()
        if workbook is None:
            raise Http404("There is no such workbook in this project.")
        if not allowed(request, "correct_dataset"):
            raise PermissionDenied
        back = _back(request, self.page_of(dataset))
        if request.method == "POST":
            made = do(
                request, lambda: _apply(request, workbook), _("The corrected dataset was made.")
            )
            if made is not None:
                is_of_run = back != self.page_of(dataset)
                return HttpResponseRedirect(back if is_of_run else self.page_of(made))
        found = do(request, lambda: preview_workbook(workbook, by=user_of(request)))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": dataset,
            "title": _("What “%(name)s” changes") % {"name": workbook},
            "workbook": workbook,
            "back": back,
            "found": found,
            **(_shown(found) if found else {}),
        }
        return TemplateResponse(request, "importer/workbook_preview.html", context)


def origin_of(dataset: Dataset) -> str:
    """What the dataset was corrected from, what became of it, and what waits."""
    parts = []
    if dataset.derived_from is not None:
        n = dataset.made_of.count()
        said = _("%(n)s corrections of") % {"n": f"{n:,}"}
        parts.append(format_html("{} {}", said, _link(dataset.derived_from)))
    newest = newest_of(dataset)
    if newest.pk != dataset.pk:
        parts.append(format_html("{} {}", _("corrected as"), _link(newest)))
    if n := waiting_in(newest).count():
        parts.append(format_html("{}", _("%(n)s corrections wait") % {"n": f"{n:,}"}))
    return format_html_join(", ", "{}", ((part,) for part in parts)) or "-"


def _link(dataset: Dataset) -> str:
    page = reverse("admin:importer_dataset_change", args=(dataset.pk,))
    return format_html('<a class="text-primary-600" href="{}">{}</a>', page, dataset)


def _back(request: HttpRequest, usual: str) -> str:
    """The bad rows of the run that is named, a page of an upper app; else the dataset."""
    try:
        return reverse("admin:graphs_graphrun_fix", args=(request.GET["run"],))
    except (KeyError, NoReverseMatch):
        return usual


def _apply(request: HttpRequest, workbook: ReturnedWorkbook) -> Dataset:
    posted: Mapping[str, str] = request.POST
    answers: dict[Place, str] = {}
    for name, answer in posted.items():
        if name.startswith("answer-"):
            place = posted.get(f"place-{name.removeprefix('answer-')}", "").split("\t", 2)
            if len(place) == 3 and place[1].isdecimal():
                answers[place[0], int(place[1]), place[2]] = answer
    conflicts = posted.get("conflicts", "ask")
    return apply_workbook(workbook, by=user_of(request), conflicts=conflicts, answers=answers)


def _shown(found: Compared) -> dict[str, Any]:
    who = corrected_by(found.dataset, found.conflicts[:_SHOWN])
    named: list[tuple[int, CellChange, str]] = [
        (at, one, who.get((one.sheet, one.row, one.column), "-"))
        for at, one in enumerate(found.conflicts[:_SHOWN])
    ]
    return {
        "conflicts": named,
        "conflict_heads": _HEADS,
        "changes": found.changes[:_SHOWN],
        "more": f"{len(found.changes) - _SHOWN:,}" if len(found.changes) > _SHOWN else "",
    }
