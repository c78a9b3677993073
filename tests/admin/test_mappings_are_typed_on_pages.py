"""Mappings, entities and value maps are typed in; what is wrong with them is said on the form."""

from typing import Any

import pytest
from django.test import Client

from importer.connections import add_connection
from importer.models import Entity, FieldMapping, Mapping, User, ValueMap
from tests.admin.conftest import Visit, said
from tests.api.conftest import Harbour
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET


def mapping_form(**more: Any) -> dict[str, Any]:
    entity = Entity.objects.get(name="category")
    return {
        "name": "Typed",
        "entity": entity.pk,
        "on_existing": "upsert",
        "empty_cells": "keep",
        "vanished": "nothing",
        "vanished_percent": "20",
        "context": "{}",
        "control_totals": "[]",
        "fields-TOTAL_FORMS": "1",
        "fields-INITIAL_FORMS": "0",
        "fields-0-position": "0",
        "fields-0-target": "name",
        "fields-0-source": "column",
        "fields-0-spec": '{"column": "Name"}',
        "fields-0-on_missing": "error",
        "fields-0-winner": "source",
        "fields-0-linking": "replace",
        **more,
    }


def test_a_mapping_is_typed_in_with_its_fields(harbour: Harbour, visit: Visit) -> None:
    answer = visit().post("/admin/importer/mapping/add/", mapping_form())
    assert answer.status_code == 302, answer.context["errors"]
    field = FieldMapping.objects.get(mapping__name="Typed")
    assert (field.spec, field.project) == ({"column": "Name"}, harbour.project)


def test_match_rules_are_typed_one_a_line(harbour: Harbour, visit: Visit) -> None:
    rules = "name (any case)\r\n\r\nexternal id: Old id\r\n"
    answer = visit().post("/admin/importer/mapping/add/", mapping_form(match_rules=rules))
    assert answer.status_code == 302, answer.context["errors"]
    mapping = Mapping.objects.get(name="Typed")
    kept = [{"fields": ["name"], "ignore_case": True}, {"external_id_column": "Old id"}]
    assert mapping.match_rules == kept
    page = visit().get(f"/admin/importer/mapping/{mapping.pk}/change/").content.decode()
    assert "name (any case)\nexternal id: Old id</textarea>" in page


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Branch", {"column": "Branch"}),
        ('= upper("Branch")', {"sql": 'upper("Branch")'}),
        (
            '{"column": "Branch", "value_map": "Firms"}',
            {"column": "Branch", "value_map": "Firms"},
        ),
        ("", {}),
    ],
)
def test_the_company_of_the_row_is_typed_as_a_column_or_an_expression(
    harbour: Harbour, visit: Visit, typed: str, kept: dict[str, str]
) -> None:
    answer = visit().post("/admin/importer/mapping/add/", mapping_form(row_company=typed))
    assert answer.status_code == 302, answer.context["errors"]
    mapping = Mapping.objects.get(name="Typed")
    assert mapping.row_company == kept
    page = visit().get(f"/admin/importer/mapping/{mapping.pk}/change/")
    assert page.context["adminform"].form["row_company"].value() == typed


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("row_company", "= random()", "random"),
        ("row_company", "{", "not JSON"),
        ("row_company", '{"value": 1}', "company of the row is given as"),
        ("match_rules", "tax number", "technical names"),
        ("fields-0-spec", "{", "not JSON"),
        ("fields-0-spec", "[]", "required"),
        ("fields-0-spec", "[1]", "object"),
        ("fields-0-spec", '{"sql": 1}', "not complete"),
        ("fields-0-spec", '{"column": "\\u0000"}', "cannot be stored"),
        ("fields-0-spec", '{"column": NaN}', "NaN"),
        ("fields-0-spec", "[" * 5000, "JSON"),
        ("context", "7", "object"),
        ("control_totals", "{}", "list"),
        ("name", "Categories", "already exists"),
        ("name", "a\x00b", "Null characters"),
        ("entity", "what", "valid"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said_on_its_form(
    harbour: Harbour, visit: Visit, name: str, value: str, words: str
) -> None:
    answer = visit().post("/admin/importer/mapping/add/", mapping_form(**{name: value}))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Mapping.objects.filter(name="Typed").exists()


def test_a_preview_shows_prepared_rows_and_their_problems(
    visit: Visit, harbour: Harbour, odoo: str
) -> None:
    user = User.objects.create_superuser("boss2")
    connection = add_connection(
        by=user, project=harbour.project, name="Live", url=odoo, database=DATABASE, login=LOGIN,
        secret=SECRET, environment="sandbox",
    )  # fmt: skip
    mapping = Mapping.objects.get(name="Categories")
    sheet = harbour.dataset.sheets.get(name="categories")
    address = f"/admin/importer/mapping/{mapping.pk}/do/preview/"
    page = visit().get(f"{address}?sheet={sheet.pk}&connection={connection.pk}")
    content = page.content.decode()
    if "schema" not in content:
        assert "Anchors, small" in content
    assert "Nothing was sent" in content or said(Client(), page)
    for odd in ("sheet=x&connection=y", "sheet=999999", ""):
        assert visit().get(f"{address}?{odd}").status_code == 200


def test_an_entity_is_made_with_its_key_and_never_renamed(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    posted = {"name": "supplier", "odoo_model": "res.partner", "key_columns": "Country\r\nCode\r\n"}
    assert client.post("/admin/importer/entity/add/", posted).status_code == 302
    entity = Entity.objects.get(name="supplier")
    assert entity.key_columns == ["Country", "Code"]
    address = f"/admin/importer/entity/{entity.pk}/change/"
    client.post(address, {**posted, "name": "renamed", "alias": "Supplier"})
    entity.refresh_from_db()
    assert (entity.name, entity.alias) == ("supplier", "Supplier")
    for odd in ({**posted}, {**posted, "name": "Bad Name"}, {**posted, "key_columns": ""}):
        assert client.post("/admin/importer/entity/add/", odd).status_code == 200
    assert Entity.objects.filter(odoo_model="res.partner").count() == 1


def test_value_maps_are_typed_in_and_kept_while_used(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    posted = {"name": "Units", "entries": '{"pc": "Units"}', "ignore_case": "on"}
    assert client.post("/admin/importer/valuemap/add/", posted).status_code == 302
    units = ValueMap.objects.get(name="Units")
    assert units.entries == {"pc": "Units"}
    for odd in ("[]", '{"a": ["b"]}', "{"):
        answer = client.post(
            "/admin/importer/valuemap/add/", {**posted, "name": "x", "entries": odd}
        )
        assert answer.status_code == 200, odd
    assert client.post("/admin/importer/valuemap/add/", posted).status_code == 200
    FieldMapping.objects.filter(target="name").update(value_map=units)
    address = f"/admin/importer/valuemap/{units.pk}/delete/"
    client.post(address, {"post": "yes"})
    assert ValueMap.objects.filter(pk=units.pk).exists()
