"""A mapping as one JSON that says everything: a release holds it, a load reads nothing else."""

import hashlib
import json
from typing import Any

from importer.choices import Linking, VanishedPolicy, Winner
from importer.data.specs import PARENT_TARGET
from importer.data.value_actions import with_skips
from importer.errors import Refused
from importer.models import FieldMapping, Mapping, ValueMap

Frozen = dict[str, Any]


def freeze_mapping(mapping: Mapping) -> Frozen:
    """The mapping with its entity, fields, value maps and nested mappings, by value. Raises
    Refused where it names a value map that the project does not have."""
    entity = mapping.entity
    fields = list(mapping.fields.select_related("value_map"))
    frozen: Frozen = {
        "id": str(mapping.pk),
        "name": mapping.name,
        "entity": {
            "id": str(entity.pk),
            "name": entity.name,
            "odoo_model": entity.odoo_model,
            "key_columns": list(entity.key_columns),
        },
        "sheet_name": mapping.sheet_name,
        "row_filter": mapping.row_filter,
        "on_existing": mapping.on_existing,
        "empty_cells": mapping.empty_cells,
        "match_rules": mapping.match_rules,
        "context": mapping.context,
        "control_totals": mapping.control_totals,
        "fields": [_field(field) for field in fields if field.target != PARENT_TARGET],
        "nested": [freeze_mapping(nested) for nested in mapping.nested.order_by("name")],
    }
    if mapping.vanished != VanishedPolicy.NOTHING:
        frozen["vanished"] = mapping.vanished
        frozen["vanished_percent"] = mapping.vanished_percent
    if mapping.row_company:
        frozen["row_company"] = _row_company(mapping)
    frozen = with_skips(frozen)
    if mapping.nested_in is not None:
        frozen["nested_field"] = mapping.nested_field
        frozen["parent_inputs"] = _parent_inputs(mapping, fields)
    return frozen


def sha256_of_json(value: Any) -> str:
    """One hash per value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _field(field: FieldMapping) -> dict[str, Any]:
    return {
        "target": field.target,
        "source": field.source,
        "spec": _with_values(field, field.spec),
        "default": field.default,
        "value_map": _values(field.value_map) if field.value_map else None,
        "on_missing": field.on_missing,
        **({"lang": field.lang} if field.lang else {}),
        **({"winner": field.winner} if field.winner != Winner.SOURCE else {}),
        **({"linking": field.linking} if field.linking != Linking.REPLACE else {}),
    }


def _values(value_map: ValueMap) -> dict[str, Any]:
    return {
        "name": value_map.name,
        "entries": value_map.entries,
        "ignore_case": value_map.ignore_case,
    }


def _with_values(field: FieldMapping, spec: dict[str, Any]) -> dict[str, Any]:
    place = f"Field “{field.target}”"
    if "inputs" not in spec:
        return _with_steps(field.mapping, place, spec)
    spec = _in_its_input(spec)
    return spec | {"inputs": [_input(field.mapping, place, one) for one in spec["inputs"]]}


def _row_company(mapping: Mapping) -> dict[str, Any]:
    return _input(mapping, "The company of the row", mapping.row_company)


def _input(mapping: Mapping, place: str, one: dict[str, Any]) -> dict[str, Any]:
    one = _with_steps(mapping, place, one)
    name = one.get("value_map")
    if not isinstance(name, str) or not name:
        return one
    return one | {"value_map": _values(_named(mapping, place, name))}


def _in_its_input(spec: dict[str, Any]) -> dict[str, Any]:
    """Transforms that stand beside the one input, in it."""
    if not spec.get("transforms") or len(spec["inputs"]) != 1:
        return spec
    rest = {key: value for key, value in spec.items() if key != "transforms"}
    return rest | {"inputs": [{"transforms": spec["transforms"], **spec["inputs"][0]}]}


def _with_steps(mapping: Mapping, place: str, one: dict[str, Any]) -> dict[str, Any]:
    """With the entries of the value maps that its transforms name."""
    if not one.get("transforms"):
        return one
    return one | {"transforms": freeze_transforms(mapping, place, one["transforms"])}


def freeze_transforms(mapping: Mapping, place: str, raws: list[Any]) -> list[Any]:
    """With the entries of the project's value maps that they name. ``place`` begins the sentence
    about one that is not there."""
    return [_step(mapping, place, raw) for raw in raws]


def _step(mapping: Mapping, place: str, step: Any) -> Any:
    if not isinstance(step, dict) or not step.get("map"):
        return step
    value_map = _named(mapping, place, str(step["map"]))
    own = {key: value for key, value in step.items() if key != "map"}
    return {"ignore_case": value_map.ignore_case, **own, "entries": value_map.entries}


def _named(mapping: Mapping, place: str, name: str) -> ValueMap:
    value_map = ValueMap.objects.filter(project_id=mapping.project_id, name=name).first()
    if value_map is None:
        raise Refused(
            f"{place} of mapping “{mapping}” uses the value map “{name}”, which the project does "
            "not have. Add it, or choose another."
        )
    return value_map


def _parent_inputs(mapping: Mapping, fields: list[FieldMapping]) -> list[dict[str, Any]]:
    """As the nested mapping says; else columns named like the parent's key columns."""
    for field in fields:
        if field.target == PARENT_TARGET:
            return list(_with_values(field, field.spec)["inputs"])
    parent = mapping.nested_in
    return [{"column": column} for column in (parent.entity.key_columns if parent else ())]
