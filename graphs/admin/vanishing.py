"""The list of records whose rows were in a run's file no more, a page at a time."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from graphs.models import GraphRun
from graphs.vanishing import vanished_rows

_PAGE = 100


def vanished_view(request: HttpRequest, run: GraphRun, around: dict[str, Any]) -> HttpResponse:
    """By node; ``?offset=`` pages on."""
    text = request.GET.get("offset", "")
    offset = int(text) if text.isdecimal() and len(text) < 12 else 0
    found = vanished_rows(run, offset=offset, limit=_PAGE)
    context = {
        **around,
        "title": _("Rows that vanished"),
        "run": run,
        "found": found,
        "earlier": max(0, offset - _PAGE) if offset else None,
        "later": offset + _PAGE if offset + _PAGE < found["count"] else None,
    }
    return TemplateResponse(request, "graphs/vanished.html", context)
