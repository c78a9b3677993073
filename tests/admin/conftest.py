"""``harbour``: a project with a read workbook, a connection and a graph; ``visit``: a client logged
in as a member with that role, or as ``superuser``."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from importer.models import Project, User
from tests.api.conftest import Harbour, make_harbour
from tests.odoo.sandboxes import sandbox

Visit = Callable[..., Client]


@pytest.fixture
def harbour(project: Project, make_member: Callable[..., Any]) -> Harbour:
    return make_harbour(project, make_member("operator", project=project))


@pytest.fixture
def odoo() -> Iterator[str]:
    """The address of a sandbox Odoo."""
    with sandbox("19") as url:
        yield url


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


class _Fields(HTMLParser):
    """Collects what a browser would send of a page's main form, unchanged."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.is_inside = form_id, False
        self.values: dict[str, str] = {}
        self.open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.is_inside = given.get("id") == self.form_id
        elif not self.is_inside or "__prefix__" in name:
            return
        elif tag == "input" and given.get("type") == "checkbox":
            self.values |= {name: "on"} if "checked" in given else {}
        elif tag == "input" and given.get("type") not in ("submit", "file"):
            self.values[name] = given.get("value", "")
        elif tag in ("select", "textarea"):
            self.open, self.values[name] = name, ""
        elif tag == "option" and "selected" in given:
            self.values[self.open] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("form", "select", "textarea"):
            self.open = ""
            self.is_inside = self.is_inside and tag != "form"

    def handle_data(self, data: str) -> None:
        if self.open and self.lasttag == "textarea":
            self.values[self.open] += data


def filled_form(client: Client, address: str, form_id: str) -> dict[str, str]:
    """What a browser would post from the page's form of that id, with nothing changed."""
    parser = _Fields(form_id)
    parser.feed(client.get(address).content.decode())
    return parser.values
