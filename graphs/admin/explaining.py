"""The page that explains one row, and the ways to it: from a key, a problem, a sheet, a plan's
list, or what a person types."""

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from graphs.admin.starting import choose
from graphs.explaining import with_runs
from importer.admin.datasets import SheetAdmin
from importer.admin.deeds import Deed, offer
from importer.admin.doing import do
from importer.admin.records import IssueAdmin, KeyMapAdmin
from importer.admin.scoping import ScopedAdmin, allowed, project_of, user_of
from importer.errors import Refused
from importer.explaining.asking import Told, explain_key, explain_record, explain_row
from importer.models import Connection, Entity, Issue, KeyMap, Sheet

Ask = Callable[[], Told]


class AskForm(forms.Form):
    """A record, or a key; a sheet and a row come from the sheet's own page."""

    connection = forms.ModelChoiceField(
        Connection.objects.none(),
        label=_("Connection"),
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    model = forms.CharField(
        label=_("Odoo model"), required=False, widget=UnfoldAdminTextInputWidget()
    )
    odoo_id = forms.IntegerField(
        label=_("Its number in Odoo"),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        widget=UnfoldAdminTextInputWidget(),
    )
    entity = forms.ModelChoiceField(
        Entity.objects.none(),
        label=_("Or the entity"),
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    key = forms.CharField(
        label=_("and its key"),
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_('A key of several columns is a JSON list: ["10248", "11"].'),
    )
    sheet = forms.ModelChoiceField(Sheet.objects.none(), required=False, widget=forms.HiddenInput())
    row = forms.IntegerField(
        label=_("Or the row of the sheet"),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        widget=forms.HiddenInput(),
    )
    load = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, project: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "connection", Connection.objects.filter(project=project), None)
        choose(self, "entity", Entity.objects.filter(project=project), None)
        sheets = Sheet.objects.filter(project=project).select_related("dataset", "project")
        choose(self, "sheet", sheets, None)

    def ask(self, request: HttpRequest) -> Ask | None:
        """What is asked for; None where nothing is yet."""
        asked, by = self.cleaned_data, user_of(request)
        load, target = asked["load"], asked["connection"]
        if target and asked["model"] and asked["odoo_id"]:
            model, odoo_id = asked["model"].strip(), asked["odoo_id"]
            return lambda: explain_record(
                by=by, connection=target, model=model, odoo_id=odoo_id, load=load
            )
        if asked["entity"] and asked["key"]:
            return lambda: explain_key(
                by=by,
                entity=asked["entity"],
                key=_key(asked["key"]),
                connection=target,
                load=load,
            )
        if asked["sheet"] and asked["row"]:
            return lambda: explain_row(by=by, sheet=asked["sheet"], row=asked["row"], load=load)
        return None


def _key(text: str) -> list[str]:
    if not text.lstrip().startswith("["):
        return [text]
    try:
        return [str(part) for part in json.loads(text)]
    except (ValueError, TypeError) as error:
        raise Refused(f"The key is no JSON list: {error}.") from error


def explain_view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The form, and the story of what it asks for. ``context``: of the admin site."""
    if not allowed(request, "explain_row"):
        raise PermissionDenied
    form = AskForm(request.GET, project=project_of(request))
    ask = form.ask(request) if form.is_valid() else None
    told = do(request, lambda: with_runs(ask())) if ask else None
    return _page(request, context, told, form=form)


def _page(
    request: HttpRequest, context: dict[str, Any], told: Told | None, **more: Any
) -> HttpResponse:
    shown = {**context, "title": _("Explain a row"), "told": told or (), **more}
    return TemplateResponse(request, "graphs/explained.html", shown)


def _deed_page(admin: ScopedAdmin, request: HttpRequest, row: Any, ask: Ask) -> HttpResponse:
    context = {**admin.admin_site.each_context(request), "opts": admin.opts, "object": row}
    return _page(request, context, do(request, lambda: with_runs(ask())))


def explain_entry(admin: KeyMapAdmin, request: HttpRequest, entry: KeyMap) -> HttpResponse:
    """From a key map entry."""
    by, key = user_of(request), json.loads(entry.source_key)
    ask = lambda: explain_key(  # noqa: E731
        by=by, entity=entry.entity, key=key, connection=entry.connection
    )
    return _deed_page(admin, request, entry, ask)


def explain_problem(admin: IssueAdmin, request: HttpRequest, issue: Issue) -> HttpResponse:
    """From a problem: by the key of its row, else by the row."""
    load, by = issue.load, user_of(request)

    def ask() -> Told:
        if issue.source_key:
            key = json.loads(issue.source_key)
            return explain_key(
                by=by, entity=load.entity, key=key, connection=load.connection, load=load.pk
            )
        sheet = load.sheet.dataset.sheets.filter(name=issue.sheet).first() if load.sheet else None
        if sheet is None or not issue.row:
            raise Refused("This problem is about no single row.")
        return explain_row(by=by, sheet=sheet, row=issue.row, load=load.pk)

    return _deed_page(admin, request, issue, ask)


def explain_urls(view: Any) -> list[Any]:
    """For the admin of runs: ``admin:graphs_explain``."""
    return [path("explain/", view, name="graphs_explain")]


_LABEL = _("Explain this row")
offer(KeyMapAdmin, Deed("explain", "explain_row", _LABEL, explain_entry, is_page=True))
offer(IssueAdmin, Deed("explain", "explain_row", _LABEL, explain_problem, is_page=True))
SheetAdmin.row_link = "admin:graphs_explain"
