"""Entities, mappings with their fields, value maps; a mapping can be tried on real rows."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from importer import mappings, value_maps
from importer.admin.deeds import Deed
from importer.admin.doing import do
from importer.admin.json_fields import LinesField
from importer.admin.match_rules import MatchRulesField
from importer.admin.readable import readable_key
from importer.admin.row_companies import RowCompanyField
from importer.admin.scoping import (
    JSON_FIELDS,
    ScopedAdmin,
    ScopedForm,
    allowed,
    narrow_to_project,
    user_of,
)
from importer.admin.transforms import TransformedAdmin
from importer.admin.value_gaps import ValueGapsAdmin
from importer.choices import DatasetState
from importer.errors import Refused
from importer.models import Connection, Entity, FieldMapping, Mapping, Sheet, ValueMap


class EntityForm(ScopedForm):
    """An entity; its key columns are given one a line."""

    key_columns = LinesField(
        label=_("Key columns"),
        help_text=_("The columns of the sheet that tell one row from another, one a line."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # shown then, not asked for again
            del self.fields["key_columns"]


@admin.register(Entity)
class EntityAdmin(ScopedAdmin):
    """Stable names for the things that are loaded. The name is fixed once it is given."""

    form = EntityForm

    edit_verb = add_verb = delete_verb = "edit_mapping"
    list_display = ("name", "alias", "odoo_model", "show_key")
    search_fields = ("name", "alias", "odoo_model")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("name", "alias", "odoo_model", "show_key" if obj else "key_columns")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name", "odoo_model", "show_key") if obj else ()

    @admin.display(description=_("Key columns"))
    def show_key(self, obj: Entity) -> str:
        return ", ".join(str(column) for column in obj.key_columns)


class FieldMappingForm(forms.ModelForm):  # type: ignore[type-arg]
    """One field; its spec must have what its source needs."""

    def clean(self) -> Any:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                mappings.check_field({**cleaned, "value_map": None})
            except Refused as refusal:
                self.add_error("spec", str(refusal))
        return cleaned


class FieldMappingInline(TabularInline):
    """The fields of a mapping, one a line."""

    model = FieldMapping
    form = FieldMappingForm
    formfield_overrides = JSON_FIELDS | {
        models.TextField: {"widget": UnfoldAdminTextInputWidget},
    }
    verbose_name = _("Field")
    verbose_name_plural = _("Fields")
    hide_title = True
    ordering_field = "position"
    hide_ordering_field = True
    extra = 0
    fields = (
        "position",
        "target",
        "lang",
        "source",
        "spec",
        "default",
        "value_map",
        "on_missing",
        "winner",
        "linking",
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, "view")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed(request, "edit_mapping")

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        narrow_to_project(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class MappingForm(ScopedForm):
    """A mapping; its match rules are given one a line."""

    row_company = RowCompanyField(
        label=_("Company of the row"),
        required=False,
        help_text=_(
            "The column that names each row's company in Odoo, by its name, external id or "
            "database id; or an expression after “=”. Left out: all rows go to the node's company, "
            "else to the login's own."
        ),
    )

    match_rules = MatchRulesField(
        label=_("Match rules"),
        required=False,
        help_text=_(
            "How to find records that Odoo has already, one rule a line, tried in this order: "
            "“vat”, “email + is_company”, “name (any case)”, or “external id: Old id” with a "
            "column of the sheet."
        ),
    )


@admin.register(Mapping)
class MappingAdmin(TransformedAdmin, ValueGapsAdmin):
    """How the rows of an entity are made."""

    form = MappingForm
    edit_verb = add_verb = delete_verb = "edit_mapping"
    list_display = ("name", "entity", "sheet_name", "on_existing", "empty_cells")
    list_filter = ("on_existing",)
    search_fields = ("name", "entity__name", "sheet_name")
    fieldsets = (
        (None, {"fields": ("name", "entity", "sheet_name", "row_filter", "row_company")}),
        (_("Existing records"), {"fields": ("on_existing", "empty_cells", "match_rules")}),
        (_("Rows that vanished"), {"fields": ("vanished", "vanished_percent")}),
        (_("Odoo"), {"fields": ("context", "control_totals")}),
        (_("Nested in another mapping"), {"fields": ("nested_in", "nested_field")}),
    )
    inlines = (FieldMappingInline,)
    deeds = (
        Deed("preview", "view", _("Preview with real rows"), "preview", is_page=True),
        *TransformedAdmin.deeds,
        *ValueGapsAdmin.deeds,
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("entity")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        mappings.delete_mapping(obj, by=user_of(request))

    def preview(self, request: HttpRequest, mapping: Mapping) -> HttpResponse:
        """The first prepared rows of a chosen sheet, with their errors. Nothing is sent."""
        ready = Sheet.objects.filter(
            project=mapping.project, dataset__state=DatasetState.READY
        ).select_related("dataset")
        sheets = list(ready.order_by("-dataset__created_at", "position")[:200])
        usual = [s for s in sheets if s.name.lower() == mapping.sheet_name.lower()]
        connections = list(Connection.objects.filter(project=mapping.project))
        chosen = _chosen([*usual, *sheets], request.GET.get("sheet"))
        target = _chosen(connections, request.GET.get("connection"))
        result: dict[str, Any] | None = None
        if chosen is not None and target is not None:
            result = do(
                request,
                lambda: mappings.preview(
                    mapping, sheet=chosen, connection=target, by=user_of(request)
                ),
            )
        for row in result["rows"] if result else ():
            row["key"] = readable_key(row["key"])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Preview of %(name)s") % {"name": mapping.name},
            "opts": self.opts,
            "mapping": mapping,
            "back": self.page_of(mapping),
            "object": mapping,
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

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        value_maps.change_value_map(obj, by=user_of(request), entries=obj.entries)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        value_maps.delete_value_map(obj, by=user_of(request))
