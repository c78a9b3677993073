"""The page of a mapping's values that fit nothing: each with its rows, what it may have meant, and
what becomes of it. Nothing is chosen by itself.
"""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from importer.admin.deeds import Deed, DeedAdmin
from importer.admin.doing import do
from importer.admin.scoping import allowed, user_of
from importer.choices import DatasetState
from importer.models import Connection, Mapping, Sheet
from importer.value_choices import MAP, Choice, choose_values
from importer.value_gaps import value_gaps

_SHEETS = 200
_SUGGESTED = "suggested:"
_MOST = 20_000
_LABELS = {
    "create": _("Create it (a stub)"),
    "empty": _("Leave the field empty"),
    "skip": _("Skip its rows"),
}
_DONE = _(
    "Kept. Runs read a release: publish the graph again, then plan once more to see what is left."
)


class ValueGapsAdmin(DeedAdmin):
    """The button and the page, for the admin of mappings."""

    deeds: tuple[Deed, ...] = (
        Deed("values", "view", _("Values that fit nothing"), "values_page", is_page=True),
    )

    def values_page(self, request: HttpRequest, mapping: Mapping) -> HttpResponse:
        """GET looks, POST keeps choices and looks again."""
        asked = request.POST if request.method == "POST" else request.GET
        if request.method == "POST":
            chosen = list(_choices(request.POST))
            do(
                request,
                lambda: choose_values(mapping, chosen, by=user_of(request)),
                _DONE if chosen else _("Nothing was chosen."),
            )
            return HttpResponseRedirect(f"{request.path}?{_kept(request.POST).urlencode()}")
        ready = Sheet.objects.filter(project=mapping.project, dataset__state=DatasetState.READY)
        newest = ready.select_related("dataset").order_by("-dataset__created_at", "position")
        usual = newest.filter(name__iexact=mapping.sheet_name)
        sheets = list(dict.fromkeys((*usual[:_SHEETS], *newest[:_SHEETS])))
        connections = list(Connection.objects.filter(project=mapping.project))
        sheet = _wanted(ready, asked.get("sheet", "")) or next(iter(sheets), None)
        target = next(
            (one for one in connections if str(one.pk) == asked.get("connection")),
            connections[0] if connections else None,
        )
        found = None
        if sheet is not None and target is not None:
            found = do(request, lambda: value_gaps(mapping, sheet, target, by=user_of(request)))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Values that fit nothing in %(mapping)s") % {"mapping": mapping},
            "mapping": mapping,
            "object": mapping,
            "back": self.page_of(mapping),
            "sheets": sheets if sheet in sheets or sheet is None else [sheet, *sheets],
            "connections": connections,
            "sheet": sheet,
            "target": target,
            "fields": list(_shown(found or (), asked)),
            "is_looked_at": found is not None,
            "may_choose": allowed(request, "choose_values"),
            "asked_field": asked.get("field", ""),
            "asked_value": asked.get("value", ""),
        }
        return TemplateResponse(request, "importer/value_gaps.html", context)


def _wanted(sheets: Any, asked: str) -> Sheet | None:
    if not asked.isdecimal() or len(asked) > 18:
        return None
    found: Sheet | None = sheets.select_related("dataset").filter(pk=asked).first()
    return found


def _shown(found: Any, asked: QueryDict) -> Iterator[dict[str, Any]]:
    """The fields that have gaps, the one that was asked for first; of its values likewise."""
    wanted, value = asked.get("field", ""), asked.get("value", "").strip().casefold()
    fields = sorted(found, key=lambda one: one["field"] != wanted)
    for n, one in enumerate(field for field in fields if field["gaps"]):
        gaps = one["gaps"]
        if one["field"] == wanted and value:
            gaps = sorted(gaps, key=lambda gap: gap["value"].strip().casefold() != value)
        ways = [(way, _LABELS[way]) for way in one["may"] if way in _LABELS]
        yield {**one, "n": n, "gaps": gaps, "ways": ways}


def _choices(posted: QueryDict) -> Iterator[Choice]:
    """What was chosen: ``value-<n>``, ``field-<n>`` and ``do-<n>``, with ``to-<n>`` where a text
    was typed; a text that was typed counts as the choice to map."""
    for name in list(posted)[:_MOST]:
        start, _dash, place = name.partition("-")
        if start != "value":
            continue
        field, _at, lang = posted.get(f"field-{place}", "").partition("@")
        way, typed = posted.get(f"do-{place}", ""), posted.get(f"to-{place}", "").strip()
        value = posted.get(name, "")
        if way.startswith(_SUGGESTED):
            yield Choice(field, value, MAP, way.removeprefix(_SUGGESTED), lang)
        elif way == MAP or (typed and not way):
            yield Choice(field, value, MAP, typed, lang)
        elif way:
            yield Choice(field, value, way, "", lang)


def _kept(posted: QueryDict) -> QueryDict:
    kept = QueryDict(mutable=True)
    for name in ("sheet", "connection", "field"):
        if value := posted.get(name):
            kept[name] = value
    return kept
