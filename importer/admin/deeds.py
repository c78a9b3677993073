"""The buttons over an object's page. What changes something is a POST, asked about first where it
cannot be taken back; who has not the right sees no button and is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise

from importer.admin.scoping import ScopedAdmin, allowed

_Text = str | Promise


@dataclass(frozen=True, slots=True)
class Deed:
    """One button: ``right`` is the verb in the table of rights. ``method`` of the admin gets
    (request, row) and may answer with a page; a function gets (admin, request, row). ``asks`` is
    the question put before it is done, ``is_page`` means that it only shows something. ``fits``
    says for which rows it is offered."""

    name: str
    right: str
    label: _Text
    method: str | Callable[[Any, HttpRequest, Any], HttpResponseBase | None]
    asks: _Text = ""
    is_page: bool = False
    is_main: bool = False
    fits: Callable[[Any], bool] = lambda row: True


class DeedAdmin(ScopedAdmin):
    """An admin with deeds."""

    deeds: tuple[Deed, ...] = ()
    change_form_outer_before_template = "importer/deeds.html"

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.deed_view)
        name = self._url_name("do")
        return [path("<path:object_id>/do/<slug:name>/", view, name=name), *super().get_urls()]

    def _url_name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"

    def page_of(self, row: Any) -> str:
        """The address of the row's own page."""
        return reverse(f"admin:{self._url_name('change')}", args=(row.pk,))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kw: Any) -> Any:
        row = kw.get("obj")
        if row is not None:
            context["deeds"] = [
                {"deed": deed, "url": self._url(row, deed)}
                for deed in self.deeds
                if allowed(request, deed.right) and deed.fits(row)
            ]
        return super().render_change_form(request, context, *args, **kw)

    def _done(self, deed: Deed, request: HttpRequest, row: Any) -> HttpResponseBase | None:
        if callable(deed.method):
            return deed.method(self, request, row)
        answer: HttpResponseBase | None = getattr(self, deed.method)(request, row)
        return answer

    def _url(self, row: Any, deed: Deed) -> str:
        return reverse(f"admin:{self._url_name('do')}", args=(row.pk, deed.name))

    def deed_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponseBase:
        """Do it, or ask first. GET changes nothing."""
        row = self.row_or_404(request, object_id)
        deed = next((deed for deed in self.deeds if deed.name == name), None)
        if deed is None or not deed.fits(row):
            raise Http404("There is nothing of that name to do here.")
        if not allowed(request, deed.right):
            raise PermissionDenied
        if request.method == "POST" or deed.is_page:
            answer = self._done(deed, request, row)
            return answer or HttpResponseRedirect(self.page_of(row))
        if not deed.asks:
            return HttpResponseRedirect(self.page_of(row))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": deed.label,
            "deed": deed,
            "row": row,
            "object": row,
            "back": self.page_of(row),
        }
        return TemplateResponse(request, "importer/deed_asks.html", context)


def offer(admin: type[DeedAdmin], deed: Deed) -> None:
    """Give an admin of a lower app one more deed."""
    admin.deeds = (*admin.deeds, deed)
