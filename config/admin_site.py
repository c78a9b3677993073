"""The admin site that every app registers with."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from unfold.sites import UnfoldAdminSite

from config.switching import switch, switcher_context

_View = Callable[..., HttpResponseBase]


class StowageAdminSite(UnfoldAdminSite):
    """Unfold's site under our name, with the project switcher in its header."""

    def get_urls(self) -> list[Any]:
        own = [path("project/", self.admin_view(switch), name="switch_project")]
        return [*own, *super().get_urls()]

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
