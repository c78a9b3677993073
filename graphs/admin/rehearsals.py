"""Rehearsals: what was tried out and undone, and the certificates."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from graphs.choices import RehearsalState
from graphs.models import Rehearsal
from importer.admin.labels import labels
from importer.admin.scoping import ReadOnlyAdmin


@admin.register(Rehearsal)
class RehearsalAdmin(ReadOnlyAdmin):
    """One rehearsal a row, the newest first."""

    list_display = ("__str__", "show_state", "dataset", "connection", "n_differences", "ended_at")
    list_filter = ("state",)
    fields = (
        "state",
        "error_message",
        "plan",
        "rows_a_node",
        "version",
        "version_sha256",
        "dataset",
        "dataset_sha256",
        "connection",
        "fingerprint",
        "run",
        "rollback",
        "counts",
        "n_differences",
        "differences",
        "not_looked_at",
        "started_by",
        "created_at",
        "ended_at",
    )

    @display(description=_("State"), label=labels(RehearsalState))
    def show_state(self, obj: Rehearsal) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("version__graph", "dataset", "connection", "started_by")
