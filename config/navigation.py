"""Who sees which entry of the admin's sidebar: our rights in the current project decide."""

from django.http import HttpRequest

from importer.admin.scoping import allowed


def may_view(request: HttpRequest) -> bool:
    return allowed(request, "view")


def is_staff(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_staff", False))


def is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
