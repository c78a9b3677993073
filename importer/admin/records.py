"""What became of the rows: key map, row errors, batches. All of it is written by the engine."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from importer.admin.deeds import DeedAdmin
from importer.admin.filters import OwnRowsFilter
from importer.admin.labels import labels
from importer.admin.readable import readable_key
from importer.admin.scoping import ReadOnlyAdmin, person
from importer.choices import BatchState, IssueLevel, JobState, KeyMapState
from importer.data.keys import display_keys
from importer.models import Batch, DeferredLink, Issue, Job, KeyMap


@admin.register(KeyMap)
class KeyMapAdmin(DeedAdmin, ReadOnlyAdmin):
    """Source keys and the Odoo records they became."""

    list_display = (
        "show_key",
        "entity",
        "odoo_model",
        "odoo_id",
        "origin",
        "show_state",
    )
    list_filter = (("entity", OwnRowsFilter), ("connection", OwnRowsFilter), "origin", "state")
    search_fields = ("source_key",)
    fields = (
        "connection",
        "entity",
        "show_key",
        "odoo_model",
        "odoo_id",
        "ref",
        "origin",
        "state",
        "note",
        "write_date",
        "created_batch",
        "last_batch",
    )

    readonly_fields = ("show_key",)

    @admin.display(description=_("Key"), ordering="source_key")
    def show_key(self, obj: KeyMap) -> str:
        return readable_key(obj.source_key)

    @display(description=_("State"), label=labels(KeyMapState))
    def show_state(self, obj: KeyMap) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("entity", "connection")


class WaitingFilter(admin.SimpleListFilter):
    """Links that wait, or that are written."""

    title = _("written")
    parameter_name = "written"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Waits")), ("yes", _("Written"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(written_at__isnull=self.value() == "no")


@admin.register(DeferredLink)
class DeferredLinkAdmin(ReadOnlyAdmin):
    """References that were cut out of a circle, until they are written and after."""

    list_display = ("show_key", "field", "target", "show_target", "created_at", "written_at")
    list_filter = (WaitingFilter, "target", "field")
    search_fields = ("keymap__source_key", "target_key")
    fields = ("keymap", "field", "target", "show_target", "load", "created_at", "written_at")
    readonly_fields = ("show_target",)

    @admin.display(description=_("Key"), ordering="keymap__source_key")
    def show_key(self, obj: DeferredLink) -> str:
        return readable_key(obj.keymap.source_key)

    @admin.display(description=_("Refers to"))
    def show_target(self, obj: DeferredLink) -> str:
        return display_keys(obj.target_key)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("keymap", "load")


@admin.register(Issue)
class IssueAdmin(DeedAdmin, ReadOnlyAdmin):
    """Every row's problem, from prepare to Odoo."""

    list_display = (
        "sheet", "show_row", "column", "value", "message", "show_level", "stage", "created_at",
    )  # fmt: skip
    # A sheet that is run again has its problems again: the newest first.
    ordering = ("-load_id", "row", "id")
    list_filter = ("level", "stage", "code", "sheet")
    search_fields = ("message", "value", "source_key")
    fields = (
        "sheet",
        "row",
        "column",
        "value",
        "field",
        "message",
        "level",
        "stage",
        "code",
        "source_key",
        "created_at",
    )
    list_display_links = ("sheet",)

    @admin.display(description=_("Row"), ordering="row")
    def show_row(self, obj: Issue) -> str:
        return str(obj.row or "-")

    @display(description=_("Level"), label=labels(IssueLevel))
    def show_level(self, obj: Issue) -> tuple[str, str]:
        return obj.level, obj.get_level_display()


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """The portions a load was sent in."""

    list_display = (
        "load",
        "show_number",
        "kind",
        "show_rows",
        "attempt",
        "show_state",
        "ended_at",
    )
    list_filter = ("kind", "state")
    fields = (
        "load",
        "seq",
        "kind",
        "level",
        "fields",
        "first_pos",
        "n_rows",
        "ejected",
        "state",
        "attempt",
        "epoch",
        "witness",
        "ended_at",
    )

    @admin.display(description=_("Number"), ordering="seq")
    def show_number(self, obj: Batch) -> str:
        return str(obj.seq + 1)

    @admin.display(description=_("Rows"), ordering="n_rows")
    def show_rows(self, obj: Batch) -> str:
        return f"{obj.n_rows:,}"

    @display(description=_("State"), label=labels(BatchState))
    def show_state(self, obj: Batch) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("load")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Background work that is no run: reading files, refreshing schemas."""

    list_display = (
        "kind",
        "show_state",
        "done",
        "total",
        "message",
        "created_at",
        "ended_at",
    )
    list_filter = ("kind", "state")
    fields = (
        "kind",
        "state",
        "attempt",
        "done",
        "total",
        "message",
        "show_maker",
        "ended_at",
    )
    readonly_fields = ("show_maker",)

    @admin.display(description=_("Asked for by"))
    def show_maker(self, obj: Job) -> str:
        return person(obj.created_by)

    @display(description=_("State"), label=labels(JobState))
    def show_state(self, obj: Job) -> tuple[str, str]:
        return obj.state, obj.get_state_display()
