"""One cell of ``load``: from text to a value, or the row's message.

Conversion errors carry a hint (``moreinfo``) in the shape clients know: text, labels or action.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.facts import Column
from importer.odoo.sandbox.refusals import PythonFault

TRUE_WORDS = frozenset({"1", "true", "yes"})
FALSE_WORDS = frozenset({"", "0", "false", "no"})
Converter = Callable[[Any], Any]


class CellError(Exception):
    """A cell that cannot be converted. ``extra`` goes into the message as it is; a bare one does
    not even say the field's label."""

    def __init__(self, message: str, *, is_bare: bool = False, **extra: Any) -> None:
        super().__init__(message)
        self.is_bare = is_bare
        self.message = message
        self.extra = extra


def plain_converter(env: Env, column: Column, label: str) -> Converter:
    """The converter of a field that refers to nothing. ``label`` names it in messages."""
    match column.type:
        case "boolean":
            return lambda cell: _boolean(cell, label)
        case "integer" | "many2one_reference":
            return lambda cell: _integer(cell, label)
        case "float" | "monetary":
            return lambda cell: _float(cell, label)
        case "date":
            return lambda cell: _date(cell, label)
        case "datetime":
            zone = _zone(env)
            return lambda cell: _datetime(cell, label, zone)
        case "selection":
            return _selection(column, label)
        case "properties":
            return lambda cell: _as_a_whole(label)
    return lambda cell: cell


def _boolean(cell: Any, label: str) -> bool:
    if not isinstance(cell, str):
        kind = type(cell).__name__
        raise PythonFault("AttributeError", f"'{kind}' object has no attribute 'lower'")
    word = cell.lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    hint = "Write '1' for yes and '0' for no"
    raise CellError(f"Unknown value '{cell}' for boolean field '{label}'", moreinfo=hint)


def _integer(cell: Any, label: str) -> int:
    try:
        return int(cell)
    except (ValueError, TypeError) as error:
        raise CellError(f"'{cell}' is not an integer for field '{label}'") from error


def _float(cell: Any, label: str) -> float:
    try:
        return float(cell)
    except (ValueError, TypeError) as error:
        raise CellError(f"'{cell}' is not a number for field '{label}'") from error


def _date(cell: Any, label: str) -> str:
    try:
        return datetime.strptime(str(cell)[:10], "%Y-%m-%d").strftime("%Y-%m-%d")
    except ValueError as error:
        hint = "Write it like '2012-12-31'"
        raise CellError(f"'{cell}' is not a date for field '{label}'", moreinfo=hint) from error


def _datetime(cell: Any, label: str, zone: ZoneInfo) -> str:
    text = str(cell)
    form = "%Y-%m-%d" if len(text) <= 10 else "%Y-%m-%d %H:%M:%S"
    try:
        local = datetime.strptime(text, form).replace(tzinfo=zone)
    except ValueError as error:
        hint = "Write it like '2012-12-31 23:59:59'"
        raise CellError(f"'{cell}' is not a datetime for field '{label}'", moreinfo=hint) from error
    return local.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _zone(env: Env) -> ZoneInfo:
    """The context's time zone; an unknown one is UTC without a word."""
    try:
        return ZoneInfo(str(env.context.get("tz") or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _selection(column: Column, label: str) -> Converter:
    known = {key.lower(): key for key in column.selection}
    known.update({shown.lower(): key for key, shown in column.choices})

    def convert(cell: Any) -> str:
        key = known.get(str(cell).lower())
        if key is None:
            raise CellError(
                f"Value '{cell}' not found in selection field '{label}'",
                moreinfo=[shown for _, shown in column.choices],
            )
        return key

    return convert


def _as_a_whole(label: str) -> Any:
    raise CellError(f"'{label}' cannot be imported as a whole; name one property of it")
