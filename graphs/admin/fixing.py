"""The bad rows of a run on a page: corrected, handed to the client, and run again."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from graphs.choices import OnBusy, RunKind
from graphs.fixing import RunRows, fix_and_run
from graphs.models import GraphRun
from importer.admin import fixing
from importer.admin.doing import do
from importer.admin.scoping import ScopedAdmin, allowed, user_of
from importer.bad_rows import LEVELS, Wanted
from importer.choices import IssueStage
from importer.models import Issue

_APPLY = _("Apply corrections and run what failed")
_DRY = _("Apply corrections and plan again")
_STARTED = _("The corrected dataset is on its way: only what is new or changed is sent.")


class FixedAdmin(ScopedAdmin):
    """Pages of bad rows, for the admin of runs."""

    def get_urls(self) -> Any:
        wrap = self.admin_site.admin_view
        views = {
            "": self.fix_view,
            "cells/": self.fix_cells_view,
            "workbook/": self.fix_workbook_view,
            "run/": self.fix_run_view,
        }
        own = [
            path(f"<uuid:run_id>/fix/{end}", wrap(view), name=_name(end))
            for end, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def _bad(self, request: HttpRequest, run_id: Any) -> RunRows:
        run: GraphRun = self.row_or_404(request, run_id)
        return RunRows(run, Wanted.asked(request.GET))

    def fix_view(self, request: HttpRequest, run_id: Any) -> HttpResponse:
        """Only rows that were found bad; of one cause with ?code=&column=&value=."""
        bad = self._bad(request, run_id)
        if do(request, lambda: bad.dataset) is None:
            return HttpResponseRedirect(self._page(bad.run))
        cause = f"?{request.GET.urlencode()}" if request.GET else ""
        around = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": bad.run,
            "run": bad.run,
            "back": self._page(bad.run),
            "run_label": _DRY if bad.run.dry_run else _APPLY,
            "title": _("Rows to correct of %(run)s") % {"run": bad.run},
            "urls": {
                "cells": self._address(bad.run, "cells/") + cause,
                "workbook": self._address(bad.run, "workbook/") + cause,
                "run": self._address(bad.run, "run/"),
            },
        }
        return fixing.grid_page(request, bad, around)

    def fix_cells_view(self, request: HttpRequest, run_id: Any) -> HttpResponse:
        bad = self._bad(request, run_id)
        if request.method != "POST" or not allowed(request, "correct_dataset"):
            raise PermissionDenied
        return fixing.save_cells(request, bad)

    def fix_workbook_view(self, request: HttpRequest, run_id: Any) -> HttpResponseBase:
        bad = self._bad(request, run_id)
        back = HttpResponseRedirect(self._address(bad.run, ""))
        return fixing.exchange_workbook(request, bad, back, f"?run={bad.run.pk}")

    def fix_run_view(self, request: HttpRequest, run_id: Any) -> HttpResponse:
        """Make the corrected dataset and start the run that follows, by POST."""
        bad = self._bad(request, run_id)
        if request.method != "POST" or not allowed(request, "start_run"):
            raise PermissionDenied
        on_busy = OnBusy.WAIT if "wait" in request.POST else OnBusy.REFUSE
        run = do(
            request, lambda: fix_and_run(bad.run, by=user_of(request), on_busy=on_busy), _STARTED
        )
        return HttpResponseRedirect(self._page(run) if run else self._address(bad.run, ""))

    def _page(self, run: GraphRun) -> str:
        return reverse("admin:graphs_graphrun_change", args=(run.pk,))

    def _address(self, run: GraphRun, end: str) -> str:
        return reverse(f"admin:{_name(end)}", args=(run.pk,))


def _name(end: str) -> str:
    return "_".join(("graphs_graphrun_fix", *filter(None, [end.rstrip("/")])))


def fix_link(run: GraphRun) -> str:
    """Where the run's bad rows are corrected; empty where it has none."""
    found = Issue.objects.filter(load__node_run__run=run, level__in=LEVELS)
    if run.kind != RunKind.LOAD or not found.exclude(stage=IssueStage.VERIFY).exists():
        return ""
    return reverse("admin:graphs_graphrun_fix", args=(run.pk,))
