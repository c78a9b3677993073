"""From the value a caller gave to the one we store, or the fault a server would answer.

Stored forms: text, int, float, True, ISO texts for dates, tuples of ids; None is empty.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from importer.data.binaries.judging import is_image
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import Column
from importer.odoo.sandbox.places import languages
from importer.odoo.sandbox.refusals import (
    AccessRefusal,
    DatabaseRefusal,
    MissingRefusal,
    PythonFault,
    UserRefusal,
)

SCRIPT = re.compile(r"<(script|style|iframe)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
HANDLER = re.compile(r"\son\w+\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
FREE_SELECTIONS = frozenset({"tz", "lang"})
MAX_INTEGER = 2**31


def rounded(value: float, digits: int) -> float:
    """Rounded half up, away from zero, in the decimal form a person reads."""
    if not math.isfinite(value):
        raise PythonFault("ValueError", f"cannot convert float {_word(value)} to integer")
    if abs(value) >= 1e15:
        return value
    step = Decimal(1).scaleb(-digits)
    # Noise of binary arithmetic (12.344999999999999) must not turn a half into less than one.
    written = repr(round(value, digits + 6))
    return float(Decimal(written).quantize(step, ROUND_HALF_UP))


def _word(value: float) -> str:
    return "NaN" if math.isnan(value) else "infinity"


def to_stored(env: Env, model: str, column: Column, value: Any, *, is_new: bool = True) -> Any:
    """One value in stored form. x2many values are not for this function."""
    if value is None or value is False or value == "":
        return None
    if column.type == "many2one":
        return _many2one(env, model, column, value, is_new)
    if column.translate and env.version == 15:
        _check_language(env)
    convert = CONVERTERS.get(column.type)
    return convert(model, column, value) if convert else value


def _check_language(env: Env) -> None:
    """Version 15 stumbles over a translated text in a language that is not installed."""
    language = env.context.get("lang")
    if language and language not in languages(env):
        raise PythonFault("ValueError", f"Wrong value for ir.translation.lang: {language!r}")


def _text(model: str, column: Column, value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    if "\0" in text:
        raise PythonFault("ValueError", "A string literal cannot contain NUL (0x00) characters.")
    return text[: column.size] if column.size else text


def _html(model: str, column: Column, value: Any) -> str:
    return HANDLER.sub("", SCRIPT.sub("", _text(model, column, value)))


def _integer(model: str, column: Column, value: Any) -> int | None:
    try:
        number = int(value)
    except ValueError as error:
        raise PythonFault("ValueError", str(error)) from error
    if not -MAX_INTEGER <= number < MAX_INTEGER:
        raise DatabaseRefusal("integer out of range\n")
    return number or None


def _float(model: str, column: Column, value: Any) -> float | None:
    try:
        number = float(value)
    except ValueError as error:
        raise PythonFault("ValueError", str(error)) from error
    if column.digits is None:
        if not math.isfinite(number):
            rounded(number, 0)
        return number or None
    return rounded(number, column.digits) or None


def _boolean(model: str, column: Column, value: Any) -> bool | None:
    return True if value else None


def _date(model: str, column: Column, value: Any) -> str:
    return _parsed(str(value)[:10], "%Y-%m-%d").strftime("%Y-%m-%d")


def _datetime(model: str, column: Column, value: Any) -> str:
    text = str(value)
    form = "%Y-%m-%d" if len(text) <= 10 else "%Y-%m-%d %H:%M:%S"
    return _parsed(text, form).strftime("%Y-%m-%d %H:%M:%S")


def _parsed(text: str, form: str) -> datetime:
    try:
        return datetime.strptime(text, form)
    except ValueError as error:
        raise PythonFault("ValueError", str(error)) from error


def _selection(model: str, column: Column, value: Any) -> str:
    if str(value) in column.selection or (not column.selection or column.name in FREE_SELECTIONS):
        return str(value)
    raise PythonFault("ValueError", f"Wrong value for {model}.{column.name}: {value!r}")


def _binary(model: str, column: Column, value: Any) -> str:
    """An image must be base64 of a picture; other files are kept as they come."""
    text = _text(model, column, value)
    if column.name.startswith("image"):
        try:
            content = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise UserRefusal("Image is not encoded in base64.") from error
        if not is_image(content):
            raise UserRefusal("This file could not be decoded as an image file.")
    return text


CONVERTERS: dict[str, Callable[[str, Column, Any], Any]] = {
    "char": _text,
    "text": _text,
    "html": _html,
    "binary": _binary,
    "integer": _integer,
    "many2one_reference": _integer,
    "float": _float,
    "monetary": _float,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "selection": _selection,
}


def _many2one(env: Env, model: str, column: Column, value: Any, is_new: bool) -> int:
    if isinstance(value, list | tuple) and value:
        value = value[0]
    if isinstance(value, str):
        if value.isdigit():
            raise AccessRefusal(f"The id {value!r} has the wrong type.")
        raise PythonFault(
            "psycopg2.errors.InvalidTextRepresentation",
            f'invalid input syntax for type integer: "{value}"\n',
        )
    if column.relation in env.catalogue and value not in env.table(column.relation).rows:
        if not is_new:
            raise MissingRefusal.of(column.relation, value, env.uid)
        raise foreign_key(env, model, column)
    return int(value)


def foreign_key(env: Env, model: str, column: Column) -> DatabaseRefusal:
    """The refusal of a reference to a missing record, and of removing a record in use: servers
    use the same words for both. Names the model and constraint as the version does."""
    facts = env.facts(model)
    constraint = f"{facts.table}_{column.name}_fkey"
    said = "The operation cannot be completed: another record refers to this one."
    if env.version >= 19:
        said += f"\n\nThe troublemaker is: '{facts.label}' ({model})\n"
        said += f"Thanks to the following constraint: '{column.label}' ({column.name})\n"
    elif env.version >= 17:
        said += f"\n\nModel: {facts.label} ({model})\nConstraint: {constraint}\n"
    else:
        said += f"\n\nModel: {facts.label} ({model}), Constraint: {constraint}"
    return DatabaseRefusal(said)


def not_null(env: Env, model: str, column: Column) -> DatabaseRefusal:
    """A mandatory field was left empty."""
    facts = env.facts(model)
    return DatabaseRefusal(
        "The operation cannot be completed: a mandatory field is not set.\n\n"
        f"Model: {facts.label} ({model}), Field: {column.label} ({column.name})",
        row_text=f"Missing required value for the field '{column.label}' ({column.name})",
        model=model,
        field=column.name,
    )
