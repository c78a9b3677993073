"""``harbour``: a project with a read workbook, a connection and a graph; ``visit``: a client logged
in as a member with that role, or as ``superuser``."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from importer.models import Project, User
from tests.api.conftest import Harbour, make_harbour

Visit = Callable[..., Client]


@pytest.fixture
def harbour(project: Project, make_member: Callable[..., Any]) -> Harbour:
    return make_harbour(project, make_member("operator", project=project))


@pytest.fixture
def visit(project: Project, make_member: Callable[..., Any]) -> Visit:
    def make(role: str = "operator", *, project: Project = project) -> Client:
        client = Client()
        if role == "superuser":
            user = User.objects.create_superuser("boss", password="p", current_project=project)
        else:
            user = make_member(role, project=project)
            User.objects.filter(pk=user.pk).update(is_staff=True)
        client.force_login(User.objects.get(pk=user.pk))
        return client

    return make


def said(client: Client, answer: Any) -> str:
    """The messages that the next page shows."""
    page = client.get(answer["location"]) if answer.status_code == 302 else answer
    return " ".join(str(message) for message in page.context["messages"])
