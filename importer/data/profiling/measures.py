"""Least, greatest and histogram of columns of numbers and dates, from the tables ``cells`` and
``days``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb

from importer.data.profiling.dates import MONTH_FIRST
from importer.data.profiling.facts import Bin
from importer.data.profiling.kinds import MONEY, NUMBERS
from importer.data.profiling.numbers import in_mark

_BARS = 12
_DAY = 86_400
_EXACT = 2**53  # from here on a DOUBLE does not hold every whole number
_YEARS = "-62135596800 AND 253402300799"  # 0001 to 9999
_LAST_DAY = 253_402_214_400.0
_NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Measure:
    """``low`` and ``high`` as facts write them."""

    low: str
    high: str
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    start: Decimal
    step: Decimal
    bars: int
    is_date: bool

    def edge(self, index: int) -> str:
        value = self.start + self.step * index
        if self.is_date:
            return _moment(min(float(value), _LAST_DAY), short=True)
        return number_text(value)


def measure(
    duck: duckdb.DuckDBPyConnection, marks: Mapping[int, str], orders: Mapping[int, str]
) -> dict[int, Measure]:
    """``marks``: decimal mark of each column of numbers; ``orders``: which of day and month is
    first in each column of dates where a cell does not say."""
    _make_table(duck, marks, orders)
    found = duck.execute("SELECT col, min(x), max(x) FROM measured GROUP BY col").fetchall()
    scales = {col: _scale(low, high, col in orders) for col, low, high in found}
    bars = _bars(duck, scales)
    return {
        col: Measure(*_ends(duck, col, low, high, col in orders), _bins(scales[col], bars[col]))
        for col, low, high in found
    }


def _ends(
    duck: duckdb.DuckDBPyConnection, col: int, low: float, high: float, is_date: bool
) -> tuple[str, str]:
    if is_date:
        return _moment(low), _moment(high)
    if max(abs(low), abs(high)) < _EXACT:
        return _number(low), _number(high)
    least, greatest = duck.execute(
        "SELECT min(TRY_CAST(bare(v) AS DECIMAL(38, 6))), max(TRY_CAST(bare(v) AS DECIMAL(38, 6))) "
        f"FROM cells WHERE col = {col} AND kind IN ('int', 'point', 'science')"
    ).fetchall()[0]
    both = least is not None and abs(float(least) - low) <= abs(low) / _EXACT
    if both and abs(float(greatest) - high) <= abs(high) / _EXACT:
        return number_text(least), number_text(greatest)
    return _number(low), _number(high)


def _make_table(
    duck: duckdb.DuckDBPyConnection, marks: Mapping[int, str], orders: Mapping[int, str]
) -> None:
    kinds = ", ".join(f"'{kind}'" for kind in NUMBERS + MONEY)
    select = [
        f"SELECT col, number_of(v, kind, {in_mark(marks.items())}) AS x, n FROM cells "
        f"WHERE col IN ({_listed(marks)}) AND kind IN ({kinds})"
    ]
    if orders:
        month_first = [col for col, order in orders.items() if order == MONTH_FIRST]
        first, second = "day_first", "month_first"
        select.append(
            f"SELECT col, CASE WHEN col IN ({_listed(month_first)}) "
            f"THEN coalesce({second}, {first}) ELSE coalesce({first}, {second}) END AS x, n "
            f"FROM days WHERE col IN ({_listed(orders)})"
        )
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE measured AS "
        f"SELECT * FROM ({' UNION ALL '.join(select)}) WHERE isfinite(x) "
        f"AND (x BETWEEN {_YEARS} OR col NOT IN ({_listed(orders) if orders else -1}))"
    )


def _listed(positions: Sequence[int] | Mapping[int, str]) -> str:
    return ", ".join(map(str, positions)) or "NULL"


def _scale(low: float, high: float, is_date: bool) -> _Scale:
    """Bars of a width that people count in, over the whole range."""
    unit = Decimal(_DAY) if is_date else Decimal(0)
    width = max((Decimal(high) - Decimal(low)) / _BARS, unit)
    if width == 0:
        return _Scale(Decimal(repr(low)), Decimal(0), 1, is_date)
    step = (width / _DAY).to_integral_value("ROUND_CEILING") * _DAY if is_date else _nice(width)
    start = (Decimal(low) / step).to_integral_value("ROUND_FLOOR") * step
    if is_date:
        start = Decimal(math.floor(low / _DAY) * _DAY)
    bars = int((Decimal(high) - start) / step) + 1
    return _Scale(start, step, bars, is_date)


def _nice(width: Decimal) -> Decimal:
    power = Decimal(10) ** math.floor(math.log10(width))
    return next(nice * power for nice in _NICE if nice * power >= width)


def _bars(
    duck: duckdb.DuckDBPyConnection, scales: Mapping[int, _Scale]
) -> dict[int, dict[int, int]]:
    bars: dict[int, dict[int, int]] = {col: {} for col in scales}
    wide = {col: scale for col, scale in scales.items() if scale.step}
    for col in scales.keys() - wide.keys():
        bars[col][0] = _total(duck, col)
    if not wide:
        return bars
    listed = ", ".join(
        f"({col}, {float(scale.start)!r}::DOUBLE, {float(scale.step)!r}::DOUBLE, {scale.bars - 1})"
        for col, scale in wide.items()
    )
    # A hair is added because 0.3 / 0.1 is less than 3 in binary.
    found = duck.execute(
        "SELECT m.col, greatest(0, least(floor((x - start) / step + 1e-9)::INTEGER, last)) AS bar, "
        f"sum(n)::BIGINT FROM measured AS m JOIN (VALUES {listed}) AS s(col, start, step, last) "
        "USING (col) GROUP BY ALL"
    ).fetchall()
    for col, bar, count in found:
        bars[col][bar] = count
    return bars


def _total(duck: duckdb.DuckDBPyConnection, col: int) -> int:
    found = duck.execute(f"SELECT sum(n)::BIGINT FROM measured WHERE col = {col}").fetchall()
    return int(found[0][0])


def _bins(scale: _Scale, counts: Mapping[int, int]) -> tuple[Bin, ...]:
    return tuple(
        Bin(scale.edge(index), scale.edge(index + 1), counts.get(index, 0))
        for index in range(scale.bars)
    )


def _number(value: float) -> str:
    return number_text(Decimal(repr(value + 0.0)))  # no minus before a zero


def number_text(value: Decimal) -> str:
    """A number in its shortest form, without an exponent."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(seconds: float, short: bool = False) -> str:
    moment = _EPOCH + timedelta(seconds=seconds)
    has_clock = moment.hour or moment.minute or moment.second
    return moment.strftime("%Y-%m-%d %H:%M:%S") if has_clock and not short else str(moment.date())
