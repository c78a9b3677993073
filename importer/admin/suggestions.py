"""The page that suggests a mapping for a sheet: each column with its field, how sure that is and
why, to be changed and accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from importer.admin.deeds import Deed, DeedAdmin
from importer.admin.doing import do
from importer.admin.scoping import allowed, user_of
from importer.choices import DatasetState
from importer.data.suggesting.shapes import SheetSuggestion, Suggestion
from importer.datasets import sample_rows
from importer.models import Connection, OdooField, OdooModel, Sheet
from importer.suggestions import accept_mapping, suggest_mapping

_SAMPLES = 40
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A line of the page: the suggestion, some cells, and what stands in the form now."""

    position: int
    said: Suggestion
    samples: list[str]
    target: str
    is_key: bool

    @property
    def percent(self) -> int:
        return round(self.said.confidence * 100)

    @property
    def others(self) -> str:
        return ", ".join(str(one) for one in self.said.others)


class SuggestedAdmin(DeedAdmin):
    """The button and the page, for the admin of sheets."""

    deeds = (
        Deed(
            "suggest",
            "view",
            _("Suggest a mapping"),
            "suggest_page",
            is_page=True,
            is_main=True,
            fits=lambda sheet: sheet.dataset.state == DatasetState.READY,
        ),
    )

    def suggest_page(self, request: HttpRequest, sheet: Sheet) -> HttpResponse:
        """GET shows what is suggested, POST makes the mapping; what is refused stays filled in."""
        asked = request.POST if request.method == "POST" else request.GET
        connections = list(Connection.objects.filter(project=sheet.project))
        connection = chosen_connection(connections, asked)
        if request.method == "POST" and connection is not None and "accept" in asked:
            made = do(
                request,
                lambda: accept_mapping(
                    sheet, connection, by=user_of(request), **_accepted(sheet, asked)
                ),
                _("The mapping was made. Try it on real rows before you run it."),
            )
            if made is not None:
                page = reverse("admin:importer_mapping_change", args=(made.pk,))
                return HttpResponseRedirect(page)
        said = None
        if connection is not None:
            said = do(
                request,
                lambda: suggest_mapping(
                    sheet, connection, by=user_of(request), model=asked.get("model", "").strip()
                ),
            )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Suggested mapping of %(sheet)s") % {"sheet": sheet},
            "object": sheet,
            "connections": connections,
            "chosen": connection,
            "said": said,
            "columns": _columns(sheet, said, asked) if said else [],
            "models": model_names(connection),
            "fields": _fields(connection, said.model) if said and connection else [],
            "name": asked.get("name", ""),
            "may_accept": allowed(request, "edit_mapping"),
            "back": self.page_of(sheet),
        }
        return TemplateResponse(request, "importer/mapping_suggestion.html", context)


def chosen_connection(connections: list[Connection], asked: Mapping[str, Any]) -> Connection | None:
    """The one that was asked for, else the first whose schema is known, else the first."""
    wanted = [one for one in connections if str(one.pk) == asked.get("connection")]
    known = [one for one in connections if one.schema_taken_at]
    return next(iter((*wanted, *known, *connections)), None)


def model_names(connection: Connection | None) -> list[str]:
    """The models whose fields are known."""
    known = OdooModel.objects.filter(connection=connection)
    return list(known.values_list("name", flat=True))


def _fields(connection: Connection, model: str) -> list[tuple[str, str]]:
    """(name, label) of the model's fields that can be written."""
    known = OdooField.objects.filter(
        odoo_model__connection=connection, odoo_model__name=model, readonly=False
    )
    return list(known.exclude(type="one2many").values_list("name", "label"))


def _accepted(sheet: Sheet, asked: QueryDict) -> dict[str, Any]:
    names = sheet.column_names
    keys = [int(one) for one in asked.getlist("key") if one.isdecimal() and len(one) < 6]
    return {
        "model": asked.get("model", "").strip(),
        "key": [names[at] for at in keys if at < len(names)],
        "targets": {name: asked.get(f"target-{at}", "") for at, name in enumerate(names)},
        "name": asked.get("name", ""),
    }


def _columns(sheet: Sheet, said: SheetSuggestion, asked: QueryDict) -> list[ColumnView]:
    """With what was typed, where the form came back."""
    rows = sample_rows(sheet, limit=_SAMPLES)
    is_back = "accept" in asked
    views = []
    for at, one in enumerate(said.columns):
        cells = dict.fromkeys(str(row[one.column]) for row in rows if row.get(one.column))
        target = str(one.target) if one.target else ""
        is_key = one.column in said.key
        views.append(
            ColumnView(
                at,
                one,
                list(cells)[:_SHOWN],
                asked.get(f"target-{at}", "") if is_back else target,
                str(at) in asked.getlist("key") if is_back else is_key,
            )
        )
    return views
