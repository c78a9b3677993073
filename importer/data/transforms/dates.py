"""Transforms of dates and times in a given format."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from importer.data.duck import quote
from importer.data.expressions import LOCKED
from importer.data.transforms.shapes import Arguments, Example, Schema, Transform, Worker

EXCEL = "excel"
"""The format of the number by which a workbook keeps a day."""
_DAYS = "'%Y-%m-%d'"
_FORMATS: Schema = {
    "type": "array",
    "minItems": 1,
    "maxItems": 10,
    "items": {"type": "string", "minLength": 1, "maxLength": 60},
    "title": "Formats",
    "description": "tried in this order; “excel” is a workbook's number of a day",
    "examples": ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%d %B %Y", "%d/%m/%y", EXCEL],
}
_TIME_FORMATS = _FORMATS | {
    "examples": ["%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S"],
}


def _day(arguments: Arguments, value: str) -> str:
    text = f"strip({value})"
    read = [_excel(text) if one == EXCEL else _strptime(text, one) for one in _listed(arguments)]
    found = read[0] if len(read) == 1 else f"coalesce({', '.join(read)})"
    return f"strftime({found}, {_DAYS})"


def _strptime(text: str, form: str) -> str:
    return f"CAST(try_strptime({text}, {quote(form)}) AS TIMESTAMP)"


def _excel(text: str) -> str:
    """Days since 1899-12-30; 60 would be 29 February 1900, which never was."""
    fits = rf"regexp_full_match({text}, '\d{{1,6}}(\.\d+)?')"
    number = f"TRY_CAST(split_part({text}, '.', 1) AS INTEGER)"
    day = f"DATE '1899-12-30' + {number}"
    return f"CASE WHEN {fits} AND {number} > 60 THEN CAST({day} AS TIMESTAMP) END"


def _moment(arguments: Arguments) -> Worker:
    zone = _zone(arguments)
    forms = _listed(arguments)

    def work(text: str, beside: str | None) -> str | None:
        for form in forms:
            try:
                read = datetime.strptime(text.strip(), form)
                local = read if read.tzinfo else read.replace(tzinfo=zone)
                return local.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
            except (ValueError, OverflowError):
                continue
        return None

    return work


def _listed(arguments: Arguments) -> Sequence[str]:
    return [str(one) for one in arguments["formats"]]


def _zone(arguments: Arguments) -> ZoneInfo:
    return ZoneInfo(str(arguments.get("timezone") or "UTC"))


def _check(arguments: Arguments) -> None:
    for form in _listed(arguments):
        if form != EXCEL and _format_error(form):
            raise ValueError(
                f"the format “{form}” cannot be read ({_format_error(form)}). Write it like "
                "%d/%m/%Y"
            )


def _check_moment(arguments: Arguments) -> None:
    try:
        _zone(arguments)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"“{arguments['timezone']}” is no time zone. Write it like Europe/Paris"
        ) from error
    for form in _listed(arguments):
        try:
            datetime.strptime(datetime(2024, 2, 29, 13, 5, tzinfo=UTC).strftime(form), form)
        except ValueError as error:
            raise ValueError(f"the format “{form}” cannot be read ({error})") from error
        if "%" not in form:
            raise ValueError(f"the format “{form}” reads nothing. Write it like %d/%m/%Y %H:%M")


@cache
def _format_error(form: str) -> str:
    if "%" not in form:
        return "it reads nothing"
    with duckdb.connect(":memory:", config=LOCKED) as duck:
        try:
            duck.execute(f"SELECT CAST(try_strptime('', {quote(form)}) AS TIMESTAMP)")
        except duckdb.Error as error:
            return str(error).splitlines()[0].partition(": ")[2]
    return ""


TRANSFORMS = (
    Transform(
        name="date",
        label="Date",
        group="Dates",
        says="A day in one of the formats, in the form Odoo wants.",
        example=Example("04/07/1996", "1996-07-04", {"formats": ["%d/%m/%Y"]}),
        arguments={"formats": _FORMATS},
        required=("formats",),
        sql=lambda arguments, value, column: _day(arguments, value),
        cannot=lambda arguments: (
            f" is no date of the form {' or '.join(_listed(arguments))}. "
            "Correct the cell, or add its format."
        ),
        check=_check,
    ),
    Transform(
        name="datetime",
        label="Date and time",
        group="Dates",
        says="A moment in one of the formats; a local time of the time zone becomes UTC, which is "
        "what Odoo keeps.",
        example=Example(
            "04/07/1996 15:30",
            "1996-07-04 13:30:00",
            {"formats": ["%d/%m/%Y %H:%M"], "timezone": "Europe/Paris"},
        ),
        arguments={
            "formats": _TIME_FORMATS,
            "timezone": {"type": "string", "maxLength": 60, "default": "UTC"},
        },
        required=("formats",),
        work=_moment,
        cannot=lambda arguments: (
            f" is no time of the form {' or '.join(_listed(arguments))}. "
            "Correct the cell, or add its format."
        ),
        check=_check_moment,
    ),
)
