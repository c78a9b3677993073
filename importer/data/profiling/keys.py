"""Which columns name each row of a sheet, alone or together, and what spoils those that should."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import duckdb

from importer.data.duck import name
from importer.data.profiling.cells import EXAMPLES, SheetFile
from importer.data.profiling.facts import Alarm, CandidateKey, ColumnFacts, Level, LikelyType
from importer.data.profiling.names import core_of, is_home, is_key_name
from importer.data.profiling.wording import counted, place, rows_named

_KEY_TYPES = (LikelyType.TEXT, LikelyType.INTEGER, LikelyType.EMAIL)
_PART_TYPES = (*_KEY_TYPES, LikelyType.DATE, LikelyType.DATETIME)
_LONGEST_KEY = 64
_LONGEST_PART = 60
_PARTS = 10
_TRIED = 4
_SAMPLE_ROWS = 20_000
_MOST_REPEATED = 0.2
COMPARED = "key_quick({column})"


def candidate_keys(
    duck: duckdb.DuckDBPyConnection, sheet: SheetFile, columns: Sequence[ColumnFacts]
) -> tuple[CandidateKey, ...]:
    """Single columns first; several together only where no single one is called like a key."""
    single = [
        (position, column) for position, column in enumerate(columns) if _is_key(sheet, column)
    ]
    single.sort(key=lambda one: _rank(sheet, *one))
    keys = [CandidateKey((column.name,), _reason(sheet, at, column)) for at, column in single]
    if not any(is_key_name(column.header) for _, column in single):
        keys += _together(duck, sheet, columns)
    return tuple(keys)


def _is_key(sheet: SheetFile, column: ColumnFacts) -> bool:
    return (
        column.is_unique
        and column.nulls == 0
        and column.likely_type in _KEY_TYPES
        and column.longest <= _LONGEST_KEY
        and (sheet.n_rows > 1 or is_key_name(column.header))
    )


def _rank(sheet: SheetFile, position: int, column: ColumnFacts) -> tuple[bool, bool, bool, int]:
    return (
        not is_home(column.header, sheet.name, position),
        not is_key_name(column.header),
        column.likely_type is LikelyType.TEXT and column.longest > _LONGEST_PART,
        position,
    )


def _reason(sheet: SheetFile, position: int, column: ColumnFacts) -> str:
    if is_home(column.header, sheet.name, position):
        return "No value comes twice, none is missing, and its name is that of a key of this sheet."
    if is_key_name(column.header):
        return "No value comes twice, none is missing, and it is called like a key."
    return "No value comes twice and none is missing."


def _together(
    duck: duckdb.DuckDBPyConnection, sheet: SheetFile, columns: Sequence[ColumnFacts]
) -> Iterator[CandidateKey]:
    parts = [
        column
        for column in columns
        if column.likely_type in _PART_TYPES
        and column.nulls == 0
        and column.distinct > 1
        and not column.is_unique
        and column.longest <= _LONGEST_PART
    ]
    parts.sort(key=lambda column: not is_key_name(column.header))
    parts = parts[:_PARTS]
    for size in (2, 3):
        found = [
            some for some in _likely(duck, sheet, parts, size) if _is_unique(duck, sheet, some)
        ]
        for some in found:
            names = tuple(column.name for column in some)
            yield CandidateKey(names, "Together they come once only, and none is missing.")
        if found:
            return


def _likely(
    duck: duckdb.DuckDBPyConnection, sheet: SheetFile, parts: Sequence[ColumnFacts], size: int
) -> list[tuple[ColumnFacts, ...]]:
    """Combinations that no repetition in the first rows speaks against."""
    tried = [
        some
        for some in combinations(parts if size == 2 else parts[:6], size)
        if _product(some) >= sheet.n_rows
    ]
    if not tried:
        return []
    counts = ", ".join(
        f"count(DISTINCT hash({', '.join(name(column.name) for column in some)}))" for some in tried
    )
    rows, *distinct = duck.execute(
        f"SELECT count(*), {counts} FROM (SELECT * FROM {sheet.source} LIMIT {_SAMPLE_ROWS})"
    ).fetchall()[0]
    return [some for some, count in zip(tried, distinct, strict=True) if count == rows][:_TRIED]


def _product(some: Sequence[ColumnFacts]) -> int:
    product = 1
    for column in some:
        product *= column.distinct
    return product


def _is_unique(
    duck: duckdb.DuckDBPyConnection, sheet: SheetFile, some: Sequence[ColumnFacts]
) -> bool:
    listed = ", ".join(COMPARED.format(column=name(column.name)) for column in some)
    found = duck.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM {sheet.source})"
    ).fetchall()
    return bool(found[0][0] == sheet.n_rows)


def key_alarms(
    duck: duckdb.DuckDBPyConnection,
    sheet: SheetFile,
    columns: Sequence[ColumnFacts],
    keys: Sequence[CandidateKey],
) -> Iterator[Alarm]:
    """What spoils keys: none at all, repeated or missing values where a key should be, and rows
    that come twice as a whole."""
    spoiled = False
    for position, column in enumerate(columns):
        if _should_be_key(sheet, position, column):
            spoiled = True
            yield from _repeated(duck, sheet, column)
            yield from _missing(duck, sheet, column)
    if not keys and not spoiled and sheet.n_rows > 1:
        message = (
            f"Sheet “{sheet.name}” has no column, and no two or three together, that name each "
            "row once. Without a key rows cannot be told apart when they are loaded again: add "
            "a column with a number for each record."
        )
        yield Alarm("no_key", Level.WARNING, message, sheet.name, "", (), sheet.n_rows)
    if not any(len(key.columns) == 1 for key in keys) and sheet.n_rows > 1:
        yield from _repeated_rows(duck, sheet)


def _should_be_key(sheet: SheetFile, position: int, column: ColumnFacts) -> bool:
    if column.is_unique and column.nulls == 0:
        return False
    repeated = column.filled - column.distinct
    is_few = repeated <= max(1, _MOST_REPEATED * column.filled)
    is_mostly = column.nulls <= _MOST_REPEATED * sheet.n_rows
    named = is_home(column.header, sheet.name, position) and (
        position == 0 or core_of(column.header) in ((), core_of(sheet.name))
    )
    return named and is_few and is_mostly and column.filled > 1 and column.likely_type in _KEY_TYPES


def _repeated(
    duck: duckdb.DuckDBPyConnection, sheet: SheetFile, column: ColumnFacts
) -> Iterator[Alarm]:
    value = COMPARED.format(column=name(column.name))
    groups = (
        f"FROM (SELECT {value} AS k, _row FROM {sheet.source}) WHERE NOT is_nothing(k) "
        "GROUP BY k HAVING count(*) > 1"
    )
    first = duck.execute(
        f"SELECT k, count(*), list(_row ORDER BY _row)[:{EXAMPLES}] {groups} "
        f"ORDER BY min(_row) LIMIT {EXAMPLES}"
    ).fetchall()
    if not first:
        return
    n_groups, n_rows = duck.execute(
        f"SELECT count(*), sum(n)::BIGINT FROM (SELECT count(*) AS n {groups})"
    ).fetchall()[0]
    listed = "; ".join(f"“{key}” in {rows_named(rows, count)}" for key, count, rows in first)
    more = f"; and {n_groups - len(first):,} more" if n_groups > len(first) else ""
    message = (
        f"{place(sheet.name, column.name)} is called like a key, but "
        f"{counted(n_groups, 'value comes', 'values come')} more than once: {listed}{more}. Only "
        "the first row of each would be loaded. Give each record a key of its own, or take the "
        "repeated rows out."
    )
    rows = tuple(row for _, _, some in first for row in some)[:EXAMPLES]
    yield Alarm("repeated_key", Level.ERROR, message, sheet.name, column.name, rows, n_rows)


def _missing(
    duck: duckdb.DuckDBPyConnection, sheet: SheetFile, column: ColumnFacts
) -> Iterator[Alarm]:
    if not column.nulls:
        return
    found = duck.execute(
        f"SELECT _row FROM {sheet.source} "
        f"WHERE {name(column.name)} IS NULL OR is_nothing(bare({name(column.name)})) "
        f"ORDER BY _row LIMIT {EXAMPLES}"
    ).fetchall()
    rows = tuple(row for (row,) in found)
    message = (
        f"{place(sheet.name, column.name)} is called like a key, but is empty in "
        f"{rows_named(rows, column.nulls)}. A row without a key is not loaded: fill it in."
    )
    yield Alarm("empty_key", Level.ERROR, message, sheet.name, column.name, rows, column.nulls)


def _repeated_rows(duck: duckdb.DuckDBPyConnection, sheet: SheetFile) -> Iterator[Alarm]:
    listed = ", ".join(name(column) for column, _ in sheet.columns)
    groups = (
        f"FROM (SELECT hash({listed}) AS h, _row FROM {sheet.source}) "
        "GROUP BY h HAVING count(*) > 1"
    )
    again = duck.execute(
        f"SELECT count(*), sum(n)::BIGINT - count(*) FROM (SELECT count(*) AS n {groups})"
    ).fetchall()[0][1]
    if not again:
        return
    first = duck.execute(
        f"SELECT list(_row ORDER BY _row)[:{EXAMPLES}] {groups} ORDER BY min(_row) LIMIT {EXAMPLES}"
    ).fetchall()
    listed = "; ".join(rows_named(rows, len(rows)) for (rows,) in first)
    message = (
        f"Sheet “{sheet.name}” has {counted(again, 'row')} that repeat another row in every "
        f"cell: {listed}. Take the repetitions out."
    )
    rows = tuple(row for (some,) in first for row in some[1:])[:EXAMPLES]
    yield Alarm("repeated_rows", Level.WARNING, message, sheet.name, "", rows, again)
