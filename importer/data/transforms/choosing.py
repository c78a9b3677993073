"""Transforms that put another value in the place of one: value maps, defaults, sheets, hashes.

Value maps, look-ups and expressions need more than the text; ``stepping`` puts them on the bench.
"""

from typing import Any

from importer.data.duck import quote
from importer.data.expressions import parse_expression
from importer.data.transforms.shapes import (
    COLUMN,
    EMPTY,
    ERROR,
    KEEP,
    SOME_TEXT,
    TEXT,
    Arguments,
    Example,
    Transform,
)

VALUE = "value"
"""The name by which the expression of a step knows the value so far."""

_SCALAR = {"type": ["string", "number", "boolean", "null"]}


def _default(arguments: Arguments, value: str, column: Any) -> str:
    given = arguments.get("column")
    parts = [
        value,
        *([column(str(given))] if given else []),
        quote(str(arguments.get("value", ""))),
    ]
    return f"coalesce({', '.join(parts)})"


def _check_default(arguments: Arguments) -> None:
    if not arguments.get("value") and not arguments.get("column"):
        raise ValueError("it needs a value, or a column to take one from")


def _check_entries(arguments: Arguments) -> None:
    if isinstance(arguments.get("entries"), dict) == bool(arguments.get("map")):
        raise ValueError("it needs either entries or the name of one of the project's value maps")


def _read_by(arguments: Arguments) -> tuple[str, ...]:
    read = parse_expression(str(arguments["sql"])).columns
    return tuple(column for column in read if column.lower() != VALUE)


def _hash(arguments: Arguments, value: str) -> str:
    method = str(arguments.get("method", "sha256"))
    whole = f"{method}({quote(str(arguments.get('salt', '')))} || {value})"
    return f"left({whole}, {int(arguments.get('length', 64))})"


TRANSFORMS = (
    Transform(
        name="value_map",
        label="Value map",
        group="Values",
        says="Another value for each value, from entries or one of the project's value maps.",
        example=Example("Mr.", "Mister", {"entries": {"mr.": "Mister"}}),
        arguments={
            "entries": {"type": "object", "additionalProperties": _SCALAR, "title": "Entries"},
            "map": TEXT | {"format": "value_map", "title": "Value map of the project"},
            "ignore_case": {"type": "boolean", "default": True},
            "unreadable": {
                "enum": [KEEP, ERROR, EMPTY],
                "default": KEEP,
                "title": "A value that is not named",
            },
        },
        cannot=lambda arguments: " is not in the value map. Add it there, or correct the cell.",
        check=_check_entries,
    ),
    Transform(
        name="default",
        label="Default",
        group="Values",
        says="A value where there is none: that of another column, else a fixed one.",
        example=Example("", "Unknown", {"value": "Unknown"}),
        arguments={"value": TEXT, "column": COLUMN},
        sql=_default,
        columns=lambda arguments: (str(arguments["column"]),) if arguments.get("column") else (),
        check=_check_default,
    ),
    Transform(
        name="lookup",
        label="Look up in a sheet",
        group="Values",
        says="The cell of another sheet of the dataset, in the row whose key column has the value.",
        example=Example("HB", "Harbour", {"sheet": "towns", "key": "Code", "column": "Town"}),
        arguments={
            "sheet": SOME_TEXT | {"title": "Sheet"},
            "key": SOME_TEXT | {"title": "Its key column"},
            "column": SOME_TEXT | {"title": "Its column to take"},
        },
        required=("sheet", "key", "column"),
        cannot=lambda arguments: (
            f" leads to no cell, or to several, of column “{arguments['column']}” in sheet "
            f"“{arguments['sheet']}” by “{arguments['key']}”. Correct the cell or that sheet."
        ),
    ),
    Transform(
        name="hash",
        label="Hash",
        group="Values",
        says="A hash of the text in hexadecimal digits, so that it can be told but not read.",
        example=Example("secret", "2bb80d537b1d", {"length": 12}),
        arguments={
            "method": {"enum": ["sha256", "md5"], "default": "sha256"},
            "length": {"type": "integer", "minimum": 8, "maximum": 64, "default": 64},
            "salt": TEXT,
        },
        sql=lambda arguments, value, column: _hash(arguments, value),
    ),
    Transform(
        name="expression",
        label="Expression",
        group="Values",
        says="A DuckDB expression over the row's cells, in which “value” is the value so far.",
        example=Example("Ada", "A.", {"sql": "left(value, 1) || '.'"}),
        arguments={"sql": {"type": "string", "minLength": 1, "maxLength": 4000, "format": "sql"}},
        required=("sql",),
        columns=_read_by,
        cannot=lambda arguments: (
            " makes the expression fail. Correct the cells it reads, or the expression."
        ),
    ),
)
