"""All transforms by name, and the reading of a mapping's ``transforms``; faults are sentences."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from importer.data.expressions import parse_expression
from importer.data.transforms import choosing, contacts, dates, markup, numbers, places, texts
from importer.data.transforms.shapes import Schema, Step, Transform
from importer.errors import Refused

MOST_STEPS = 20
TRANSFORMS: dict[str, Transform] = {
    one.name: one
    for module in (texts, numbers, dates, contacts, places, choosing, markup)
    for one in module.TRANSFORMS
}

STEPS: Schema = {
    "type": ["array", "null"],
    "maxItems": MOST_STEPS,
    "items": {"type": "object", "required": ["name"]},
}
"""The shape of ``transforms`` in a mapping; what each step takes is said by its own schema."""


def listed() -> list[dict[str, Any]]:
    """The pick list for programs: ``{name, label, group, says, schema, example}`` each."""
    return [
        {
            "name": one.name,
            "label": one.label,
            "group": one.group,
            "says": one.says,
            "schema": one.schema,
            "example": {
                "before": one.example.before,
                "after": one.example.after,
                "transforms": [{"name": one.name, **one.example.arguments}],
                "cells": dict(one.example.cells),
            },
        }
        for one in TRANSFORMS.values()
    ]


def read_steps(raw: Any) -> tuple[Step, ...]:
    """The steps of ``[{name, ...arguments}]``. Raises Refused with what is wrong with the first
    that cannot be read."""
    if not raw:
        return ()
    if not isinstance(raw, list | tuple) or len(raw) > MOST_STEPS:
        raise Refused(
            f"The transforms must be a list of at most {MOST_STEPS} steps, such as "
            '[{"name": "trim"}].'
        )
    return tuple(_step(n, one) for n, one in enumerate(raw, start=1))


def _step(n: int, raw: Any) -> Step:
    transform = TRANSFORMS.get(str(raw.get("name"))) if isinstance(raw, Mapping) else None
    if transform is None:
        given = raw.get("name") if isinstance(raw, Mapping) else raw
        raise Refused(
            f"Transform {n} has the unknown name “{given}”. Use one of {', '.join(TRANSFORMS)}."
        )
    for error in _validator(transform.name).iter_errors(dict(raw)):
        raise Refused(f"Transform {n} ({transform.label}): {_sentence(error, transform)}")
    arguments = {key: value for key, value in raw.items() if key != "name"}
    try:
        if transform.check is not None:
            transform.check(arguments)
    except ValueError as error:
        raise Refused(f"Transform {n} ({transform.label}): {error}.") from error
    if transform.name == "expression":
        parse_expression(str(arguments["sql"]))
    return Step(transform, arguments)


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(TRANSFORMS[name].schema)


def _sentence(error: ValidationError, transform: Transform) -> str:
    place = "".join(f"“{step}” " for step in error.absolute_path if isinstance(step, str))
    given: Any = error.instance
    if error.validator == "required":
        missing = [one for one in transform.required if one not in given]
        return f"it needs {_quoted(missing)}."
    if error.validator == "additionalProperties":
        known = transform.schema["properties"]
        unknown = [one for one in given if one not in known]
        takes = [one for one in known if one != "name"]
        return f"it takes no {_quoted(unknown)}" + (f", only {_quoted(takes)}." if takes else ".")
    if error.validator == "enum":
        choices: Any = error.validator_value
        return f"{place}must be one of {_quoted(choices)}, not {given!r:.60}."
    if error.validator == "not":
        return f"{place}must not be {given!r:.60}."
    if error.validator in ("minLength", "minItems"):
        return f"{place}must not be empty."
    return f"{place}is not as it must be: {error.message:.160}."


def _quoted(names: Any) -> str:
    return ", ".join(f"“{one}”" for one in names)
