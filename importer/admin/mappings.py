"""Entities, mappings with their fields, value maps; a mapping can be tried on real rows."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action

from importer import mappings
from importer.admin.doing import do
from importer.admin.scoping import ScopedAdmin, allowed, project_of, user_of
from importer.choices import DatasetState
from importer.models import Connection, Entity, FieldMapping, Mapping, Sheet, ValueMap


@admin.register(Entity)
class EntityAdmin(ScopedAdmin):
    """Stable names for the things that are loaded. The name is fixed once it is given."""

    edit_verb = add_verb = delete_verb = "edit_mapping"
    list_display = ("name", "alias", "odoo_model", "key_columns")
    search_fields = ("name", "alias", "odoo_model")
    fields = ("name", "alias", "odoo_model", "key_columns")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name", "odoo_model", "key_columns") if obj else ()


class FieldMappingInline(TabularInline):
    """The fields of a mapping, one a line."""

    model = FieldMapping
    extra = 0
    fields = (
        "position",
        "target",
        "source",
        "spec",
        "default",
        "value_map",
        "on_missing",
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, "view")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, "edit_mapping")

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "value_map":
            kwargs["queryset"] = ValueMap.objects.filter(project=project_of(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Mapping)
class MappingAdmin(ScopedAdmin):
    """How the rows of an entity are made."""

    edit_verb = add_verb = delete_verb = "edit_mapping"
    list_display = ("name", "entity", "sheet_name", "on_existing", "empty_cells")
    list_filter = ("on_existing",)
    search_fields = ("name", "entity__name", "sheet_name")
    fieldsets = (
        (None, {"fields": ("name", "entity", "sheet_name", "row_filter")}),
        (_("Existing records"), {"fields": ("on_existing", "empty_cells")}),
        (_("Odoo"), {"fields": ("context", "control_totals")}),
        (_("Nested in another mapping"), {"fields": ("nested_in", "nested_field")}),
    )
    inlines = (FieldMappingInline,)
    actions_detail = ("try_rows",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("entity")

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.preview_view)
        return [
            path("<uuid:mapping_id>/preview/", view, name="importer_mapping_preview"),
            *super().get_urls(),
        ]

    @action(description=_("Preview"), url_path="try")
    def try_rows(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.preview_view(request, object_id)

    def preview_view(self, request: HttpRequest, mapping_id: Any) -> HttpResponse:
        """The first prepared rows of a chosen sheet, with their errors. Nothing is sent."""
        mapping = self.get_queryset(request).get(pk=mapping_id)
        ready = Sheet.objects.filter(
            project=mapping.project, dataset__state=DatasetState.READY
        ).select_related("dataset")
        sheets = list(ready.order_by("-dataset__created_at", "position")[:200])
        usual = [s for s in sheets if s.name.lower() == mapping.sheet_name.lower()]
        connections = list(Connection.objects.filter(project=mapping.project))
        chosen = _chosen([*usual, *sheets], request.GET.get("sheet"))
        target = _chosen(connections, request.GET.get("connection"))
        result = None
        if chosen is not None and target is not None:
            result = do(
                request,
                lambda: mappings.preview(
                    mapping, sheet=chosen, connection=target, by=user_of(request)
                ),
            )
        context = {
            **self.admin_site.each_context(request),
            "title": _("Preview of %(name)s") % {"name": mapping.name},
            "opts": self.opts,
            "mapping": mapping,
            "back": reverse("admin:importer_mapping_change", args=(mapping.pk,)),
            "sheets": sheets,
            "connections": connections,
            "chosen": chosen,
            "target": target,
            "result": result,
        }
        return TemplateResponse(request, "importer/mapping_preview.html", context)


def _chosen(rows: list[Any], wanted: str | None) -> Any:
    """The wanted row, else the first; None where there is none."""
    return next((row for row in rows if str(row.pk) == wanted), rows[0] if rows else None)


@admin.register(ValueMap)
class ValueMapAdmin(ScopedAdmin):
    """Source values and what they become."""

    edit_verb = add_verb = delete_verb = "edit_mapping"
    list_display = ("name", "ignore_case")
    search_fields = ("name",)
    fields = ("name", "entries", "ignore_case")
