"""Mappings are made and changed by verbs, and frozen whole."""

from typing import Any

import pytest

from importer.errors import Invalid, NotAllowed, Refused
from importer.mappings import (
    create_mapping,
    freeze_mapping,
    save_mapping,
    save_value_map,
    sha256_of_json,
)
from importer.models import Entity, Mapping, Project, ValueMap

COUNTRY = {
    "target": "country_id",
    "source": "lookup",
    "spec": {
        "model": "res.country",
        "by": ["name"],
        "inputs": [{"column": "country", "value_map": "Countries"}],
    },
}
SPEC: dict[str, Any] = {
    "name": "Customers",
    "sheet_name": "customers",
    "entity": {"name": "customer", "odoo_model": "res.partner", "key_columns": ["id"]},
    "value_maps": {"Countries": {"UK": "United Kingdom"}},
    "fields": [
        {"target": "name", "source": "column", "spec": {"column": "name"}, "default": "nobody"},
        COUNTRY,
        {
            "target": "is_company",
            "source": "column",
            "spec": {"column": "kind"},
            "value_map": {"entries": {"firm": "1"}, "ignore_case": False},
        },
    ],
}


@pytest.fixture
def operator(make_member: Any, project: Project) -> Any:
    return make_member("operator", project=project)


def test_a_mapping_is_frozen_by_value(operator: Any, project: Project) -> None:
    mapping = create_mapping(by=operator, project=project, spec=SPEC)
    frozen = freeze_mapping(mapping)
    assert frozen["entity"] == {
        "id": str(mapping.entity.pk),
        "name": "customer",
        "odoo_model": "res.partner",
        "key_columns": ["id"],
    }
    name, country, company = frozen["fields"]
    assert (name["default"], name["on_missing"]) == ("nobody", "error")
    (one,) = country["spec"]["inputs"]
    assert one["value_map"] == {
        "name": "Countries",
        "entries": {"UK": "United Kingdom"},
        "ignore_case": True,
    }
    assert company["value_map"]["entries"] == {"firm": "1"}
    save_value_map(by=operator, project=project, name="Countries", entries={"UK": "Britain"})
    assert sha256_of_json(freeze_mapping(mapping)) != sha256_of_json(frozen)
    assert sha256_of_json(dict(reversed(frozen.items()))) == sha256_of_json(frozen)


def test_saving_brings_the_mapping_to_what_the_json_says(operator: Any, project: Project) -> None:
    mapping = create_mapping(by=operator, project=project, spec=SPEC)
    save_mapping(mapping, by=operator, spec=SPEC | {"fields": [COUNTRY], "row_filter": "id > '1'"})
    frozen = freeze_mapping(Mapping.objects.get(pk=mapping.pk))
    assert [field["target"] for field in frozen["fields"]] == ["country_id"]
    assert frozen["row_filter"] == "id > '1'"
    assert frozen["sheet_name"] == "customers"


def test_lines_keep_the_columns_that_name_their_document(operator: Any, project: Project) -> None:
    line = {
        "entity": {"name": "line", "odoo_model": "account.move.line", "key_columns": ["no"]},
        "sheet_name": "lines",
        "nested_field": "line_ids",
        "fields": [{"target": "name", "source": "column", "spec": {"column": "text"}}],
    }
    inputs = [{"column": "document"}]
    spec = SPEC | {"nested": [line | {"parent_inputs": inputs}]}
    mapping = create_mapping(by=operator, project=project, spec=spec)
    (nested,) = freeze_mapping(mapping)["nested"]
    assert nested["parent_inputs"] == inputs
    assert [field["target"] for field in nested["fields"]] == ["name"]
    save_mapping(mapping, by=operator, spec=SPEC | {"nested": [line]})
    (nested,) = freeze_mapping(mapping)["nested"]
    assert nested["parent_inputs"] == [{"column": "id"}]
    save_mapping(mapping, by=operator, spec=SPEC | {"nested": []})
    assert freeze_mapping(mapping)["nested"] == []


def test_an_entity_of_another_shape_is_refused(operator: Any, project: Project) -> None:
    create_mapping(by=operator, project=project, spec=SPEC)
    other = SPEC["entity"] | {"key_columns": ["name"]}
    with pytest.raises(Refused, match="use another entity name"):
        create_mapping(by=operator, project=project, spec=SPEC | {"name": "B", "entity": other})
    create_mapping(by=operator, project=project, spec=SPEC | {"name": "C", "entity": "customer"})
    assert Entity.objects.filter(project=project).count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Customers"}, "already"),
        ({"name": "B", "on_existing": "maybe"}, "on_existing"),
        ({"name": "B", "entity": {"name": "No Name", "odoo_model": "x"}}, "lower-case letters"),
        ({"name": "B", "entity": "nobody"}, "no entity “nobody”"),
        ({"name": "B", "fields": [SPEC["fields"][0] | {"value_map": "Lost"}]}, "“Lost”"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_left(
    operator: Any, project: Project, change: dict[str, Any], said: str
) -> None:
    create_mapping(by=operator, project=project, spec=SPEC)
    with pytest.raises(Refused, match=said):
        create_mapping(by=operator, project=project, spec=SPEC | change)
    assert Mapping.objects.filter(project=project).count() == 1


def test_all_unreadable_fields_are_named_at_once(operator: Any, project: Project) -> None:
    fields = [
        {"target": "a", "source": "column", "spec": {}},
        {"target": "b", "source": "magic"},
        {"target": "c", "source": "expression", "spec": {"sql": "now()"}},
    ]
    with pytest.raises(Invalid) as refusal:
        create_mapping(by=operator, project=project, spec=SPEC | {"fields": fields})
    assert len(refusal.value.problems) == 3


def test_a_viewer_may_not_change_mappings(make_member: Any, project: Project) -> None:
    viewer = make_member("viewer", project=project)
    with pytest.raises(NotAllowed):
        create_mapping(by=viewer, project=project, spec=SPEC)
    with pytest.raises(NotAllowed):
        save_value_map(by=viewer, project=project, name="x", entries={})
    assert not ValueMap.objects.filter(project=project).exists()


def test_a_value_map_that_is_gone_is_named_when_freezing(operator: Any, project: Project) -> None:
    mapping = create_mapping(by=operator, project=project, spec=SPEC)
    ValueMap.objects.filter(name="Countries").delete()
    with pytest.raises(Refused, match="value map “Countries”"):
        freeze_mapping(mapping)


def test_a_field_may_have_one_source_for_each_language(operator: Any, project: Project) -> None:
    name = SPEC["fields"][0]
    french = name | {"lang": "fr_FR"}
    mapping = create_mapping(by=operator, project=project, spec=SPEC | {"fields": [name, french]})
    fields = freeze_mapping(mapping)["fields"]
    assert [field.get("lang") for field in fields] == [None, "fr_FR"]
    with pytest.raises(Refused, match="already exists"):
        save_mapping(mapping, by=operator, spec=SPEC | {"fields": [french, french]})
