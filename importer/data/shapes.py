"""The JSON shapes of mappings and value maps, as JSON Schema, and what is wrong with a document in
sentences. docs/mappings.md describes the same in words. Pure.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from importer.data.storable import unstorable_text
from importer.data.transforms.registry import STEPS
from importer.data.value_actions import ACTIONS
from importer.errors import Invalid, Problem

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
_SCALAR: Schema = {"type": ["string", "number", "boolean", "null"]}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_TEXTS: Schema = {"type": "array", "items": TEXT, "minItems": 1}
_ACTION: Schema = {
    "type": "object",
    "required": ["action"],
    "properties": {"action": {"enum": list(ACTIONS)}},
    "additionalProperties": False,
}
_ENTRY: Schema = {"if": {"type": "object"}, "then": _ACTION, "else": _SCALAR}
_ENTRIES: Schema = {"type": "object", "additionalProperties": _ENTRY}

VALUE_MAP: Schema = {
    "type": "object",
    "if": {"properties": {"entries": {"type": "object"}}, "required": ["entries"]},
    "then": {"properties": {"entries": _ENTRIES, "ignore_case": {"type": "boolean"}}},
    "else": _ENTRIES,
}
VALUE_MAPS: Schema = {
    "type": ["object", "null"],
    "propertyNames": {"minLength": 1, "maxLength": 200},
    "additionalProperties": VALUE_MAP,
}
_USED_VALUE_MAP: Schema = {"if": {"type": "object"}, "then": VALUE_MAP, "else": _MAYBE_TEXT}
_INPUTS: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "column": TEXT,
            "sql": TEXT,
            "value_map": _USED_VALUE_MAP,
            "transforms": STEPS,
        },
    },
}
_FIELD: Schema = {
    "type": "object",
    "required": ["target", "source"],
    "properties": {
        "target": TEXT | {"minLength": 1},
        "source": TEXT,
        "lang": _MAYBE_TEXT,
        "default": _SCALAR,
        "value_map": _USED_VALUE_MAP,
        "on_missing": {"enum": ["error", "empty", "stub", "", None]},
        "winner": {"enum": ["source", "odoo", "ask", "", None]},
        "linking": {"enum": ["replace", "add", "", None]},
        "spec": {
            "type": "object",
            "properties": {
                "column": TEXT,
                "sql": TEXT,
                "value": _SCALAR,
                "entity": TEXT,
                "via": _MAYBE_TEXT,
                "model": TEXT,
                "inputs": _INPUTS,
                "transforms": STEPS,
                "by": {
                    "if": {"type": "array", "contains": {"type": "array"}},
                    "then": {"type": "array", "items": _TEXTS, "minItems": 1},
                    "else": _TEXTS,
                },
                "domain": {"type": ["array", "null"]},
                "ignore_case": {"type": "boolean"},
                "separator": _MAYBE_TEXT,
                "from": {"enum": ["base64", "file", "url", "", None]},
                "image": {"type": ["boolean", "null"]},
                "stub": {"type": ["array", "null"], "items": {"type": ["string", "object"]}},
            },
        },
    },
}
_ENTITY: Schema = {
    "if": {"type": "object"},
    "then": {
        "properties": {
            "name": TEXT,
            "alias": _MAYBE_TEXT,
            "odoo_model": TEXT,
            "key_columns": _TEXTS,
        },
        "required": ["name"],
    },
    "else": TEXT,
}
_MATCH_RULE: Schema = {
    "type": "object",
    "properties": {
        "fields": _TEXTS,
        "external_id_column": TEXT | {"minLength": 1},
        "ignore_case": {"type": "boolean"},
    },
}
MAPPING: Schema = {
    "$id": "mapping",
    "type": "object",
    "required": ["entity"],
    "properties": {
        "name": TEXT | {"minLength": 1},
        "entity": _ENTITY,
        "sheet_name": TEXT,
        "row_filter": TEXT,
        "row_company": {
            "type": "object",
            "properties": {
                "column": TEXT,
                "sql": TEXT,
                "value_map": _USED_VALUE_MAP,
                "transforms": STEPS,
            },
        },
        "on_existing": TEXT,
        "empty_cells": TEXT,
        "match_rules": {"type": "array", "items": _MATCH_RULE},
        "vanished": {"enum": ["nothing", "report", "archive"]},
        "vanished_percent": {"type": "integer", "minimum": 0, "maximum": 100},
        "context": {"type": "object"},
        "control_totals": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "sql", "field"],
                "properties": {"name": TEXT, "sql": TEXT, "field": TEXT},
            },
        },
        "value_maps": VALUE_MAPS,
        "fields": {"type": ["array", "null"], "items": _FIELD},
        "nested": {"type": ["array", "null"], "items": {"$ref": "mapping"}},
        "nested_field": _MAYBE_TEXT,
        "parent_inputs": {"if": {"not": {"type": "null"}}, "then": _INPUTS},
    },
}

_WORDS = {
    "object": "an object {…}",
    "array": "a list […]",
    "string": "a text",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def check_mapping_shape(spec: Any) -> None:
    """Raise Invalid with every place in which a mapping's JSON is not of its form."""
    check_shape(spec, _mapping_validator())


def check_shape(document: Any, validator: Draft202012Validator) -> None:
    """Raise Invalid with what the validator finds; also for text that cannot be stored."""
    bad = unstorable_text(document)
    if bad:
        raise Invalid([Problem("bad_text", bad)])
    found = sorted(validator.iter_errors(document), key=lambda one: list(map(str, one.path)))
    if found:
        raise Invalid([Problem("bad_shape", _sentence(one)) for one in found])


def check_transforms_shape(raw: Any) -> None:
    """Raise Invalid where a list of transforms is not of its form."""
    check_shape(raw, _steps_validator())


@cache
def _steps_validator() -> Draft202012Validator:
    return Draft202012Validator(STEPS)


@cache
def _mapping_validator() -> Draft202012Validator:
    return Draft202012Validator(MAPPING)


def _sentence(error: ValidationError) -> str:
    place = " → ".join(_step(step) for step in error.absolute_path) or "The whole"
    instance: Any = error.instance
    given = f"{instance!r:.60}"
    expected: Any = error.validator_value
    if error.validator == "type":
        return f"{place}: must be {_kinds(expected)}, not {given}."
    if error.validator == "required":
        missing = [name for name in expected if name not in instance]
        return f"{place}: lacks {', '.join(missing)}."
    if error.validator == "enum":
        choices = ", ".join(str(choice) for choice in expected if choice)
        return f"{place}: must be one of {choices}, not {given}."
    if error.validator == "maxItems":
        return f"{place}: must have at most {expected} entries, not {len(instance)}."
    if error.validator in ("minItems", "minLength"):
        return f"{place}: must not be empty."
    return f"{place}: {error.message[:200]}."


def _step(step: str | int) -> str:
    return f"number {step + 1}" if isinstance(step, int) else str(step)


def _kinds(names: str | Iterable[str]) -> str:
    listed = [names] if isinstance(names, str) else names
    return " or ".join(_WORDS.get(name, name) for name in listed)
