"""Suggestions are looked at, changed and accepted in the admin."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse

from graphs.models import Graph
from importer.models import Connection, Dataset, Mapping, Project
from tests.admin.conftest import Visit, said
from tests.suggesting.trade import FILES, known_connection, read_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(project: Project, make_member: Any) -> Dataset:
    return read_files(make_member("operator", project=project), project, FILES)


@pytest.fixture
def connection(project: Project) -> Connection:
    return known_connection(project)


class Form(HTMLParser):
    """What a browser would send of the page's POST form, with the button ``accept``."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.is_inside = False
        self.sent: dict[str, Any] = {"accept": "1"}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = given.get("method") == "post" and "action" not in given
        elif tag == "input" and self.is_inside and "name" in given:
            if given.get("type") == "checkbox":
                if "checked" in given:
                    self.sent.setdefault(given["name"], []).append(given["value"])
            else:
                self.sent[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self.is_inside = self.is_inside and tag != "form"


def page_of(sheet: str, dataset: Dataset) -> str:
    pk = dataset.sheets.get(name=sheet).pk
    return reverse("admin:importer_sheet_do", args=(pk, "suggest"))


def test_the_page_shows_fields_confidences_reasons_and_cells_and_accepts_them(
    dataset: Dataset, connection: Connection, visit: Visit
) -> None:
    client = visit()
    sheet = dataset.sheets.get(name="customers")
    change = client.get(reverse("admin:importer_sheet_change", args=(sheet.pk,)))
    assert page_of("customers", dataset) in change.content.decode()
    html = client.get(page_of("customers", dataset)).content.decode()
    for text in ("res.partner", "country_id.code", "Alder Ltd", "the cells look like it", "99 %"):
        assert text in html, text
    assert Mapping.objects.count() == 0
    answer = client.post(page_of("customers", dataset), Form(html).sent)
    made = Mapping.objects.get()
    assert answer["location"] == reverse("admin:importer_mapping_change", args=(made.pk,))
    assert made.entity.key_columns == ["Customer ID"]
    assert made.fields.get(target="city").spec == {"column": "City"}


def test_what_is_altered_counts_and_a_refusal_keeps_what_was_typed(
    dataset: Dataset, connection: Connection, visit: Visit
) -> None:
    client = visit()
    url = page_of("customers", dataset)
    sent = Form(client.get(url).content.decode()).sent
    at = dataset.sheets.get(name="customers").column_names.index("City")
    refused = client.post(url, sent | {f"target-{at}": "towwn"})
    assert "has no field “towwn”" in said(client, refused)
    assert 'value="towwn"' in refused.content.decode()
    assert Mapping.objects.count() == 0
    client.post(url, sent | {f"target-{at}": "", "name": "Buyers"})
    assert not Mapping.objects.get(name="Buyers").fields.filter(target="city").exists()


def test_another_model_may_be_chosen(
    dataset: Dataset, connection: Connection, visit: Visit
) -> None:
    html = visit().get(page_of("customers", dataset), {"model": "crm.lead"}).content.decode()
    assert "email_from" in html
    assert "Chosen by you." in html


def test_a_graph_is_suggested_and_made_for_the_dataset(
    dataset: Dataset, connection: Connection, visit: Visit
) -> None:
    client = visit()
    change = client.get(reverse("admin:importer_dataset_change", args=(dataset.pk,)))
    url = reverse("admin:importer_dataset_do", args=(dataset.pk, "suggest-graph"))
    assert url in change.content.decode()
    html = client.get(url).content.decode()
    assert "orders after customers" in html
    assert Graph.objects.count() == 0
    answer = client.post(url, Form(html).sent)
    graph = Graph.objects.get()
    assert answer["location"] == reverse("admin:graphs_graph_change", args=(graph.pk,))
    assert Mapping.objects.count() == 3


def test_a_viewer_looks_and_does_not_accept(
    dataset: Dataset, connection: Connection, visit: Visit
) -> None:
    client = visit("viewer")
    url = page_of("customers", dataset)
    html = client.get(url).content.decode()
    assert "country_id.code" in html
    assert "Make the mapping" not in html
    assert "You may not edit mapping" in said(client, client.post(url, Form(html).sent))
    assert Mapping.objects.count() == 0


def test_without_a_connection_the_page_says_what_to_do(dataset: Dataset, visit: Visit) -> None:
    html = visit().get(page_of("customers", dataset)).content.decode()
    assert "Add one first" in html
