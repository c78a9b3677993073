"""The facts of each column of a sheet: a few statements for about a million cells at a time."""

from collections.abc import Callable, Iterator, Sequence

import duckdb

from importer.data.duck import quote
from importer.data.profiling.cells import SheetFile, chunks, first_cells, gather, shown
from importer.data.profiling.date_alarms import look_at_dates
from importer.data.profiling.dates import (
    EITHER,
    IMPOSSIBLE,
    SAME,
    mark_compact,
    order_of,
    read_dates,
)
from importer.data.profiling.facts import Cell, ColumnFacts, FormatFacts, LikelyType, ValueCount
from importer.data.profiling.kinds import DATES
from importer.data.profiling.likely import HALF, MOST, likely_type
from importer.data.profiling.looks import Look
from importer.data.profiling.measures import Measure, measure
from importer.data.profiling.near_duplicates import Nears, find_near_duplicates
from importer.data.profiling.number_alarms import look_at_numbers
from importer.data.profiling.numbers import IN_DOUBT, TITLES as NUMBER_TITLES, mark_of
from importer.data.profiling.text_alarms import BROKEN, CONTROLS, HTML, look_at_texts

_TOP = 10
_EXAMPLES = 3
_TITLES = NUMBER_TITLES | {
    "zeros": "digits with leading zeros",
    "digits": "more than 18 digits",
    "bool": "word for yes or no",
    "nothing": "word for nothing",
    "error": "error of a spreadsheet program",
    "email?": "e-mail",
    "url": "web address",
    "phone": "phone number",
    "time": "time of day",
    "iso": "date",
    "slashed": "numbers like a date",
    "month": "date with a month's name",
    "compact": "date",
    "text": "text",
}
_NUMBERS = (LikelyType.INTEGER, LikelyType.DECIMAL)
_DATES = (LikelyType.DATE, LikelyType.DATETIME)
_TEXTS = (LikelyType.TEXT, LikelyType.EMAIL, LikelyType.URL)
# Only texts can have what these look for: the other kinds are digits and known words.
_ODD = "(kind = 'text' OR kind = 'email?' OR kind = 'url') AND "
_BEYOND_ASCII = "strlen(v) <> length(v)"

# CASE, because both sides of an AND are computed for every row where it is no WHERE.
_SUMMARY = f"""
SELECT col, sum(n)::BIGINT, count(*), max(n), min(length(v)), max(length(v)), min(v), max(v),
  count_if(padded),
  count_if(CASE WHEN {_ODD} {_BEYOND_ASCII}
    THEN regexp_matches(v, {quote(BROKEN)}) ELSE false END),
  count_if(CASE WHEN {_ODD} ({_BEYOND_ASCII} OR contains(v, chr(10)) OR contains(v, chr(13))
    OR contains(v, chr(9))) THEN regexp_matches(bare(v), {quote(CONTROLS)}) ELSE false END),
  count_if(CASE WHEN {_ODD} (contains(v, '<') OR contains(v, '&'))
    THEN regexp_matches(v, {quote(HTML)}) ELSE false END)
FROM cells GROUP BY col
"""


def profile_columns(
    duck: duckdb.DuckDBPyConnection, sheet: SheetFile, told: Callable[[int], None]
) -> Iterator[tuple[ColumnFacts, Nears]]:
    """In the order of the file; ``told`` hears how many columns are done."""
    for positions in chunks(sheet):
        gather(duck, sheet, positions)
        looks = [Look(duck, sheet, position) for position in positions]
        _summarise(duck, looks)
        _decide(duck, looks)
        nears = find_near_duplicates(duck, [look for look in looks if look.kind in _TEXTS])
        measured = _measured(duck, looks)
        for look in looks:
            _raise_alarms(look)
            near = nears.get(look.position, Nears())
            yield _facts(look, measured.get(look.position), near), near
        told(positions[-1] + 1)


def _summarise(duck: duckdb.DuckDBPyConnection, looks: Sequence[Look]) -> None:
    by_position = {look.position: look for look in looks}
    for (
        col,
        filled,
        distinct,
        most,
        shortest,
        longest,
        least,
        greatest,
        *marks,
    ) in duck.execute(_SUMMARY).fetchall():
        look = by_position[col]
        look.filled, look.distinct, look.most = filled, distinct, most
        look.shortest, look.longest = shortest, longest
        look.least, look.greatest = shown(least), shown(greatest)
        look.top = _top(look)
        look.padded, look.broken, look.controls, look.html = marks
    for col, kind, count in duck.execute(
        "SELECT col, kind, sum(n)::BIGINT FROM cells GROUP BY ALL"
    ).fetchall():
        by_position[col].counts[kind] = count


def _top(look: Look) -> tuple[ValueCount, ...]:
    found = look.duck.execute(
        f"SELECT v, n, r FROM cells WHERE col = {look.position} ORDER BY n DESC, r LIMIT {_TOP}"
    ).fetchall()
    return tuple(ValueCount(shown(value), count, row) for value, count, row in found)


def _decide(duck: duckdb.DuckDBPyConnection, looks: Sequence[Look]) -> None:
    """The likely type of each column; the forms of those of dates."""
    for look in looks:
        _find_compact_days(look)
        look.kind, look.fitting = likely_type(
            look.counts,
            look.filled,
            header=look.header,
            is_switch=_is_switch(look),
            is_dialled=_is_dialled(look),
        )
    dates = [look for look in looks if look.kind is LikelyType.DATE]
    forms = read_dates(duck, [look.position for look in dates]) if dates else {}
    for look in dates:
        look.forms = forms[look.position]
        look.fitting -= sum(one.count for one in look.forms if one.order == IMPOSSIBLE)
        if look.fitting < HALF * (look.filled - look.total("nothing", "error")):
            # Hardly a date among them: codes that are only written like dates.
            look.kind, look.fitting, look.forms = LikelyType.TEXT, look.filled, []
            continue
        timed = sum(one.count for one in look.forms if one.clock == "t")
        if 2 * timed >= look.fitting > 0:
            look.kind = LikelyType.DATETIME


def _find_compact_days(look: Look) -> None:
    is_wide = look.shortest == look.longest == 8
    is_whole = look.total("int") >= MOST * look.filled > 0
    if is_wide and is_whole and mark_compact(look.duck, look.position):
        look.counts["compact"] = look.counts.pop("int")


def _is_switch(look: Look) -> bool:
    return look.filled >= 4 and {one.value for one in look.top} == {"0", "1"}


def _is_dialled(look: Look) -> bool:
    if look.total("phone") < MOST * look.filled:
        return False
    found = look.duck.execute(
        f"SELECT coalesce(sum(n), 0) FROM cells WHERE col = {look.position} AND kind = 'phone' "
        "AND (starts_with(v, '+') OR starts_with(v, '('))"
    ).fetchall()
    return bool(2 * found[0][0] >= look.filled)


def _measured(duck: duckdb.DuckDBPyConnection, looks: Sequence[Look]) -> dict[int, Measure]:
    marks = {look.position: mark_of(look.counts) for look in looks if look.kind in _NUMBERS}
    orders = {look.position: order_of(look.forms) for look in looks if look.kind in _DATES}
    return measure(duck, marks, orders) if marks or orders else {}


def _raise_alarms(look: Look) -> None:
    if look.kind in _NUMBERS:
        look_at_numbers(look)
    if look.kind in _DATES:
        look_at_dates(look)
    look_at_texts(look)


def _facts(look: Look, measured: Measure | None, near: Nears) -> ColumnFacts:
    return ColumnFacts(
        name=look.name,
        header=look.header,
        likely_type=look.kind,
        share=look.fitting / look.filled if look.filled else 0.0,
        filled=look.filled,
        nulls=look.sheet.n_rows - look.filled,
        distinct=look.distinct,
        is_unique=look.most == 1 and not near.merges,
        min=measured.low if measured else look.least,
        max=measured.high if measured else look.greatest,
        shortest=look.shortest,
        longest=look.longest,
        top=look.top,
        bins=measured.bins if measured else (),
        formats=tuple(_formats(look)),
        alarms=tuple(look.alarms),
    )


def _formats(look: Look) -> Iterator[FormatFacts]:
    yield from _date_formats(look)
    ranked = sorted(look.counts.items(), key=lambda one: (-one[1], one[0]))
    for kind, count in ranked:
        if not (look.forms and kind in DATES):
            first = first_cells(look.duck, look.position, f"kind = '{kind}'", _EXAMPLES)
            examples = tuple(Cell(row, shown(value)) for row, value, _ in first)
            yield FormatFacts(_TITLES[kind], count, kind not in IN_DOUBT, examples)


def _date_formats(look: Look) -> Iterator[FormatFacts]:
    by_title: dict[str, FormatFacts] = {}
    for form in look.forms:
        known = by_title.get(form.title)
        cells = [Cell(row, shown(value)) for row, value in form.examples]
        if known:
            cells = sorted((*known.examples, *cells), key=lambda cell: cell.row)
        by_title[form.title] = FormatFacts(
            form.title,
            form.count + (known.count if known else 0),
            form.order not in (EITHER, SAME),
            tuple(cells[:_EXAMPLES]),
        )
    yield from by_title.values()
