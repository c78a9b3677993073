"""The text of a workbook's cell: dates ISO, numbers shortest, booleans TRUE and FALSE. Pure."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

_EXACT_BELOW = 10**15  # whole numbers a spreadsheet program keeps exactly


def number_text(value: float) -> str:
    """``12.0`` -> ``12``, ``1e-07`` -> ``0.0000001``: shortest digits, never an exponent."""
    if value.is_integer() and abs(value) < _EXACT_BELOW:
        return str(int(value))
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")


def _moment_text(value: datetime) -> str:
    # Day numbers are binary fractions, so seconds come a few millionths off.
    rounded = value + timedelta(microseconds=500)
    rounded = rounded.replace(microsecond=rounded.microsecond // 1000 * 1000)
    return rounded.isoformat(sep=" ", timespec="milliseconds" if rounded.microsecond else "seconds")


def _time_text(value: time) -> str:
    return _moment_text(datetime.combine(date(2000, 1, 1), value)).partition(" ")[2]


def _span_text(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


TEXTS: dict[type, Callable[[Any], str]] = {
    str: str,
    float: number_text,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: date.isoformat,
    datetime: _moment_text,
    time: _time_text,
    timedelta: _span_text,
}
"""By the exact types that the reading library gives."""
