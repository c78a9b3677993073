"""Reconciliations: the list, the page of one with its differences, its files, and the signature."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from graphs.admin.colours import badge
from graphs.choices import ReconciliationState
from graphs.difference_lists import KINDS, Asked, DifferenceList
from graphs.models import Reconciliation
from graphs.reconciliations import is_intact, newest_reconciliation, sign_reconciliation
from graphs.reporting import contents
from graphs.reporting.exporting import TYPES, exported, file_name
from importer.admin.doing import do
from importer.admin.labels import labels
from importer.admin.scoping import ReadOnlyAdmin, allowed, user_of

_PAGE = 100


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """One report a row, the newest first."""

    list_display = ("__str__", "show_state", "is_equal", "n_differences", "signed_name", "ended_at")
    list_filter = ("state", "origin", "is_equal")
    change_form_template = "graphs/reconciliation.html"
    fields = ("state",)

    @display(description=_("State"), label=labels(ReconciliationState))
    def show_state(self, obj: Reconciliation) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("run__version__graph", "asked_by", "signed_by")

    def get_urls(self) -> Any:
        wrap, name = self.admin_site.admin_view, "graphs_reconciliation"
        own = [
            path("<uuid:pk>/sign/", wrap(self.sign_view), name=f"{name}_sign"),
            path("<uuid:pk>/file.<slug:form>", wrap(self.file_view), name=f"{name}_file"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        made: Reconciliation = self.row_or_404(request, object_id)
        context = {
            "made": made,
            "title": str(made),
            "state_badge": badge(ReconciliationState(made.state)),
            "newest": newest_reconciliation(made.run),
            **(_shown(made, request) if made.state == ReconciliationState.READY else {}),
        }
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def sign_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """A POST signs what the page has shown."""
        made: Reconciliation = self.row_or_404(request, pk)
        if not allowed(request, "sign_reconciliation"):
            raise PermissionDenied
        if request.method == "POST":
            said = {
                "comment": request.POST.get("comment", ""),
                "sha256": request.POST.get("sha256", "") or "-",
            }
            do(
                request,
                lambda: sign_reconciliation(made, by=user_of(request), **said),
                _("The report is signed."),
            )
        return HttpResponseRedirect(reverse("admin:graphs_reconciliation_change", args=(made.pk,)))

    def file_view(self, request: HttpRequest, pk: Any, form: str) -> HttpResponse:
        made: Reconciliation = self.row_or_404(request, pk)
        if form not in TYPES or made.state != ReconciliationState.READY:
            raise Http404("There is no such file.")
        named = f'attachment; filename="{file_name(made, form)}"'
        return HttpResponse(
            exported(made, form),
            content_type=TYPES[form],
            headers={"Content-Disposition": named},
        )


def _shown(made: Reconciliation, request: HttpRequest) -> dict[str, Any]:
    asked = Asked(*(request.GET.get(name, "") for name in ("node", "kind", "text")))
    found = DifferenceList(made, asked)
    pages: Paginator[dict[str, Any]] = Paginator(found, _PAGE)
    return {
        "verdict": contents.verdict(made),
        "facts": contents.facts(made),
        "signature": contents.signature(made),
        "counts": contents.counts(made),
        "sections": [
            {
                "node": one["node"],
                "tables": [
                    table
                    for make in (contents.sums, contents.totals, contents.dates)
                    if (table := make(one))
                ],
                "keys": contents.keys(one),
                "notes": contents.notes(one),
            }
            for one in made.report["sections"]
        ],
        "is_intact": is_intact(made),
        "may_sign": allowed(request, "sign_reconciliation") and not made.is_signed,
        "asked": asked,
        "kinds": [(kind, contents.kind_shown(kind)) for kind in KINDS],
        "n_found": len(found),
        "page": pages.get_page(request.GET.get("page")),
    }
