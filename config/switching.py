"""The project switcher in the admin's header."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from importer.errors import StowageError
from importer.models import Project, User
from importer.projects import current_project, switch_project
from importer.rights import projects_of


def switcher_context(request: HttpRequest) -> dict[str, Any]:
    """``my_projects`` and ``my_project`` for the header; nothing for visitors."""
    if not isinstance(request.user, User):
        return {}
    return {"my_projects": projects_of(request.user), "my_project": current_project(request.user)}


def _posted_project(text: str) -> Project | None:
    try:
        return Project.objects.filter(pk=UUID(text)).first()
    except ValueError:
        return None


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Make the posted project the current one and go to the admin's home."""
    home = HttpResponseRedirect(reverse("admin:index"))
    project = _posted_project(request.POST.get("project", ""))
    if project is None or not isinstance(request.user, User):
        messages.error(request, "There is no such project. Choose another one.")
        return home
    try:
        switch_project(request.user, project)
    except StowageError as problem:
        messages.error(request, str(problem))
    return home
