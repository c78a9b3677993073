"""Transforms are listed, tried and kept: over HTTP, by command, on the page, in a release."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from importer.data.transforms.registry import TRANSFORMS
from importer.errors import Invalid, NotAllowed, Refused
from importer.freezing import freeze_mapping
from importer.mappings import create_mapping, save_value_map
from importer.models import Dataset, FieldMapping, Mapping, Project, User
from importer.transforming import keep_transforms
from tests.suggesting.trade import FILES, known_connection, read_files

pytestmark = pytest.mark.django_db

COUNTRY: dict[str, Any] = {"name": "country", "to": "name"}
LANDS: dict[str, Any] = {"name": "value_map", "map": "Lands", "unreadable": "error"}
SPEC: dict[str, Any] = {
    "name": "Customers",
    "sheet_name": "customers",
    "entity": {"name": "customer", "odoo_model": "res.partner", "key_columns": ["Customer ID"]},
    "fields": [
        {"target": "name", "source": "column", "spec": {"column": "Company Name"}},
        {"target": "ref", "source": "expression", "spec": {"sql": "City"}},
        {
            "target": "country_id",
            "source": "lookup",
            "spec": {
                "model": "res.country",
                "by": ["name"],
                "inputs": [{"column": "Country Code", "transforms": [COUNTRY]}],
            },
        },
    ],
}


@pytest.fixture
def clerk(project: Project, make_member: Callable[..., Any]) -> User:
    user: User = make_member("operator", project=project)
    User.objects.filter(pk=user.pk).update(current_project=project, is_staff=True)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def dataset(project: Project, clerk: User) -> Dataset:
    return read_files(clerk, project, FILES)


@pytest.fixture
def mapping(project: Project, clerk: User) -> Mapping:
    save_value_map(by=clerk, project=project, name="Lands", entries={"GB": "UK", "de": "Germany"})
    return create_mapping(by=clerk, project=project, spec=SPEC)


def test_they_are_listed_and_tried_over_http(clerk: User, dataset: Dataset) -> None:
    http = APIClient()
    http.force_authenticate(clerk)
    listed = http.get("/api/transforms").json()
    assert [one["name"] for one in listed] == list(TRANSFORMS)
    sheet = dataset.sheets.get(name="customers")
    asked = {"sheet": sheet.pk, "column": "Country Code", "transforms": [COUNTRY]}
    said = http.post("/api/transforms/preview", asked, format="json")
    assert said.status_code == 200, said.json()
    found = said.json()
    assert (found["looked_at"], found["changed"], found["unreadable"]) == (3, 3, 0)
    assert [(one["before"], one["after"]) for one in found["rows"]][1] == ("DE", "Germany")
    wrong = [
        (asked | {"column": "Land"}, "no column “Land”"),
        (asked | {"transforms": [{"name": "what"}]}, "unknown name “what”"),
        (asked | {"sql": "City"}, "either a column or an expression"),
        ({**asked, "column": "", "sql": "getenv('HOME')"}, "“getenv”, which is not allowed"),
        (asked | {"transforms": [LANDS]}, "value map “Lands”"),
        (asked | {"sheet": 0}, "nothing of that id"),
    ]
    for body, words in wrong:
        answer = http.post("/api/transforms/preview", body, format="json")
        assert answer.status_code == 400, body
        assert words in answer.content.decode()


def test_a_stranger_tries_nothing(dataset: Dataset, make_member: Callable[..., Any]) -> None:
    http = APIClient()
    http.force_authenticate(make_member("admin", project=Project.objects.create(name="Other")))
    sheet = dataset.sheets.get(name="customers")
    asked = {"sheet": sheet.pk, "column": "City", "transforms": []}
    assert http.post("/api/transforms/preview", asked, format="json").status_code == 400


def test_they_are_tried_by_command(clerk: User, dataset: Dataset) -> None:
    def run(*words: str) -> str:
        out = StringIO()
        call_command("transforms_try", *words, "--user", clerk.username, stdout=out)
        return out.getvalue()

    assert "phone" in run()
    steps = json.dumps([{"name": "number"}])
    said = run("Trade", "--sheet", "customers", "--column", "Zip Code", "--transforms", steps)
    assert "Of the first 3 rows 1 are changed and 1 cannot be read." in said
    assert "row 2: “SW1A 1AA” is no number written with “.” as decimal mark." in said
    found = json.loads(run("Trade", "--sheet", "customers", "--sql", "upper(City)", "--json"))
    assert [one["after"] for one in found["rows"]] == ["LONDON", "BERLIN", "LYON"]
    with pytest.raises(CommandError, match="not JSON"):
        run("Trade", "--sheet", "customers", "--column", "City", "--transforms", "{")
    with pytest.raises(CommandError, match="--sheet"):
        run("Trade", "--column", "City")


def test_a_mapping_is_previewed_by_command(
    clerk: User, dataset: Dataset, mapping: Mapping, project: Project
) -> None:
    known_connection(project, ["res.partner"])
    mapping.fields.filter(target="country_id").delete()
    field = mapping.fields.get(target="name")
    keep_transforms(field, by=clerk, transforms=[{"name": "upper"}])
    out = StringIO()
    call_command("mapping_preview", "Customers", "Trade", "--user", clerk.username, stdout=out)
    assert out.getvalue().startswith("3 rows, 0 with errors, 0 warnings. Nothing was sent.")
    assert "name='BIRKE GMBH'" in out.getvalue()


def test_they_are_tried_and_kept_on_the_mappings_page(
    clerk: User, dataset: Dataset, mapping: Mapping
) -> None:
    client = Client()
    client.force_login(clerk)
    address = f"/admin/importer/mapping/{mapping.pk}/do/transforms/"
    assert address in client.get(f"/admin/importer/mapping/{mapping.pk}/change/").content.decode()
    page = client.get(address)
    labels = [one["label"] for one in page.context["inputs"]]
    assert labels == ["name ← Company Name", "ref ← City", "country_id ← Country Code"]
    assert page.context["sheet"].name == "customers"
    field = mapping.fields.get(target="country_id")
    given = {
        "input": f"{field.pk}.0",
        "sheet": str(page.context["sheet"].pk),
        "column": "Country Code",
        "transforms": json.dumps([LANDS, COUNTRY]),
    }
    tried = client.post(address, given | {"try": "1"}).json()
    assert [row["after"] for row in tried["rows"]] == ["United Kingdom", "Germany", None]
    assert "“FR” is not in the value map" in tried["rows"][2]["problem"]
    bad = client.post(address, given | {"try": "1", "transforms": '[{"name": "what"}]'}).json()
    assert "unknown name “what”" in bad["refused"]
    for broken in ("{", '"x"', "[1]", "null"):
        answer = client.post(address, given | {"try": "1", "transforms": broken})
        assert answer.status_code == 200, broken
    assert client.post(address, given | {"keep": "1"}).status_code == 302
    field.refresh_from_db()
    assert field.spec["inputs"][0]["transforms"] == [LANDS, COUNTRY]
    refused = client.post(address, given | {"keep": "1", "transforms": '[{"name": "split"}]'})
    assert "it needs “by”, “part”" in refused.content.decode()
    typed = {"input": f"{mapping.fields.get(target='ref').pk}.0", "keep": "1", "transforms": "[]"}
    assert client.post(address, typed | {"sql": "upper(City)"}).status_code == 302
    assert mapping.fields.get(target="ref").spec == {"sql": "upper(City)"}
    assert client.post(address, typed | {"sql": "random()"}).status_code == 200
    assert mapping.fields.get(target="ref").spec == {"sql": "upper(City)"}


def test_a_release_holds_the_entries_of_the_value_maps_that_are_named(
    clerk: User, mapping: Mapping, make_member: Callable[..., Any]
) -> None:
    field = mapping.fields.get(target="name")
    keep_transforms(field, by=clerk, transforms=[{"name": "trim"}, LANDS])
    (frozen,) = [one for one in freeze_mapping(mapping)["fields"] if one["target"] == "name"]
    assert frozen["spec"]["transforms"] == [
        {"name": "trim"},
        {
            "name": "value_map",
            "unreadable": "error",
            "ignore_case": True,
            "entries": {"GB": "UK", "de": "Germany"},
        },
    ]
    for transforms, kind, words in (
        ([{"name": "value_map", "map": "Towns"}], Refused, "value map “Towns”"),
        ([{"no": 1}], Invalid, "lacks name"),
        ([{"name": "trim"}] * 21, Invalid, "at most 20 entries"),
    ):
        with pytest.raises(kind, match=words):
            keep_transforms(field, by=clerk, transforms=transforms)
    with pytest.raises(NotAllowed):
        keep_transforms(field, by=make_member("viewer", project=mapping.project), transforms=[])
    keep_transforms(field, by=clerk, transforms=[])
    assert FieldMapping.objects.get(pk=field.pk).spec == {"column": "Company Name"}
