"""The log of all runs of the project."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from graphs.choices import LogLevel
from graphs.models import RunLog
from importer.admin.labels import labels
from importer.admin.scoping import ReadOnlyAdmin


@admin.register(RunLog)
class RunLogAdmin(ReadOnlyAdmin):
    """One line of a log a row, the newest first."""

    list_display = ("show_time", "run", "show_node", "show_level", "message")
    list_filter = ("level", "node_id")
    search_fields = ("message", "node_id")
    fields = ("run", "node_id", "batch", "level", "message", "error_type", "traceback", "at")
    ordering = ("-id",)

    @admin.display(description=_("Time"), ordering="id")
    def show_time(self, obj: RunLog) -> str:
        return f"{localtime(obj.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description=_("Node"), ordering="node_id")
    def show_node(self, obj: RunLog) -> str:
        return obj.node_id or "-"

    @display(description=_("Level"), label=labels(LogLevel))
    def show_level(self, obj: RunLog) -> tuple[str, str]:
        return obj.level, obj.get_level_display()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("run__version__graph")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A traceback is for those who mend Stowage, not for its users."""
        fields = super().get_fields(request, obj)
        superuser = getattr(request.user, "is_superuser", False)
        return fields if superuser else [name for name in fields if name != "traceback"]
