"""The page that compares a sheet with an older one, or with what was loaded last."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from django import forms
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from importer.admin.datasets import SheetAdmin
from importer.admin.deeds import Deed, offer
from importer.admin.doing import do
from importer.admin.scoping import user_of
from importer.choices import DatasetState
from importer.data.delta import KINDS, Comparison, DeltaRow
from importer.data.neutralising import neutral
from importer.deltas import compare_sheets, last_loaded
from importer.errors import Refused
from importer.models import Connection, Entity, Sheet

_PAGE = 100


class _SheetField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Sheets under the names of their datasets."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.dataset} · {obj.name}"


class DeltaForm(forms.Form):
    """What the sheet is compared with, and by which key."""

    against = _SheetField(
        Sheet.objects.none(),
        label=_("Older sheet"),
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    entity = forms.ModelChoiceField(
        Entity.objects.none(),
        label=_("Or the last load of"),
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    connection = forms.ModelChoiceField(
        Connection.objects.none(),
        label=_("into"),
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    key = forms.CharField(
        label=_("Key columns"),
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("With commas between them; left out: those of the entity."),
    )

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {"project": sheet.project_id}
        older = Sheet.objects.filter(dataset__state=DatasetState.READY, **own).exclude(pk=sheet.pk)
        choices: dict[str, Any] = {
            "against": older.select_related("dataset").order_by("-dataset__created_at", "position"),
            "entity": Entity.objects.filter(**own),
            "connection": Connection.objects.filter(**own),
        }
        for name, rows in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows

    def older(self) -> Sheet | None:
        """None where nothing is asked for yet."""
        asked = self.cleaned_data
        if asked["against"]:
            return asked["against"]  # type: ignore[no-any-return]
        if asked["entity"] and asked["connection"]:
            return last_loaded(asked["entity"], asked["connection"])
        return None

    def key_columns(self) -> list[str]:
        entity = self.cleaned_data["entity"]
        typed = [one.strip() for one in self.cleaned_data["key"].split(",") if one.strip()]
        return typed or (list(entity.key_columns) if entity else [])


def delta_page(admin: SheetAdmin, request: HttpRequest, sheet: Sheet) -> HttpResponseBase:
    """The form, and what it asks for: counts first, then rows; or all rows as CSV."""
    form = DeltaForm(request.GET, sheet=sheet)
    old = do(request, form.older) if form.is_valid() else None
    kind = request.GET.get("kind", "")
    kinds = [kind] if kind in KINDS else ["new", "changed", "vanished"]
    if old is not None and "csv" in request.GET:
        return _csv_answer(request, old, sheet, form.key_columns(), kinds)
    offset = _offset(request.GET.get("offset", ""))
    shown = do(request, lambda: _shown(request, old, sheet, form, kinds, offset)) if old else None
    asked = request.GET.copy()
    for name in ("offset", "kind", "csv"):
        asked.pop(name, None)
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "object": sheet,
        "title": _("Compare %(name)s with an older sheet") % {"name": sheet.name},
        "form": form,
        "old": old,
        "asked": asked.urlencode(),
        "kind": kind if kind in KINDS else "",
        "back": admin.page_of(sheet),
        **(shown or {}),
    }
    return TemplateResponse(request, "importer/delta.html", context)


def _shown(
    request: HttpRequest, old: Sheet, new: Sheet, form: DeltaForm, kinds: list[str], offset: int
) -> dict[str, Any]:
    with compare_sheets(
        by=user_of(request), old=old, new=new, key_columns=form.key_columns()
    ) as found:
        total = found.count(kinds)
        return {
            "counts": found.counts,
            "numbers": [(kind, getattr(found.counts, kind)) for kind in KINDS],
            "rows": found.rows(kinds, offset=offset, limit=_PAGE),
            "earlier": max(0, offset - _PAGE) if offset else None,
            "later": offset + _PAGE if offset + _PAGE < total else None,
        }


def _offset(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 12 else 0


def _csv_answer(
    request: HttpRequest, old: Sheet, new: Sheet, key: list[str], kinds: list[str]
) -> HttpResponseBase:
    def lines() -> Iterator[str]:
        with compare_sheets(by=user_of(request), old=old, new=new, key_columns=key) as found:
            yield from _csv_lines(found, key, kinds)

    if not key:
        raise Refused("Name the columns of the key by which rows are compared.")
    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="delta-{new.pk}.csv"'
    return answer


def _csv_lines(found: Comparison, key: list[str], kinds: list[str]) -> Iterator[str]:
    yield _line(["kind", *key, "old_row", "new_row", "column", "old", "new"])
    offset = 0
    while rows := found.rows(kinds, offset=offset, limit=1000):
        offset += len(rows)
        yield "".join(_line(cells) for row in rows for cells in _csv_rows(row))


def _csv_rows(row: DeltaRow) -> list[list[object]]:
    own = [row.kind, *row.key, row.old_row, row.new_row]
    if not row.changes:
        return [[*own, "", "", ""]]
    return [[*own, one.column, one.old, one.new] for one in row.changes]


def _line(cells: list[Any]) -> str:
    text = StringIO()
    safe = [neutral(one) if isinstance(one, str) else one for one in cells]
    csv.writer(text, lineterminator="\r\n").writerow(safe)
    return text.getvalue()


offer(
    SheetAdmin,
    Deed("delta", "compare_sheets", _("Compare with an older sheet"), delta_page, is_page=True),
)
