"""The admin site that every app registers with."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from config.login import LoginForm
from config.own_settings import own_settings
from config.switching import switch, switcher_context

_View = Callable[..., HttpResponseBase]


class StowageAdminSite(UnfoldAdminSite):
    """Unfold's site under our name, with the project switcher in its header."""

    index_title = _("Home")
    login_form = LoginForm

    def get_urls(self) -> list[Any]:
        own = [
            path("project/", self.admin_view(switch), name="switch_project"),
            path("own-settings/", self.admin_view(own_settings), name="own_settings"),
        ]
        # No row has a page outside the admin, so there is nothing to view on a site.
        theirs = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        return [*own, *theirs]

    def search(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """A page number that is none is a 404."""
        try:
            return super().search(request, extra_context)
        except (ValueError, InvalidPage) as error:
            raise Http404("There is no such page.") from error

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), **switcher_context(request)}


def for_superusers(view: _View) -> _View:
    """An admin page for superusers only, because it reaches across all projects.

    Anonymous visitors are sent to the login, other staff get a 403.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_superuser:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(guarded)
