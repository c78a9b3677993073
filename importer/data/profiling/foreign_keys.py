"""Which columns very likely refer to the rows of another sheet, or of their own: by how many of
their values are there, with names to decide between several. The choice looks at up to 500 values
of a column; the counts of what was chosen are of all rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from importer.data.duck import name
from importer.data.profiling.cells import SheetFile, shown
from importer.data.profiling.facts import (
    Alarm,
    ColumnFacts,
    ForeignKey,
    Level,
    LikelyType,
    Orphan,
)
from importer.data.profiling.keys import COMPARED
from importer.data.profiling.names import core_of, is_home, is_key_name, is_label_name, resemblance
from importer.data.profiling.near_duplicates import FOLDED
from importer.data.profiling.wording import counted, place, rows_named

_TYPES = (LikelyType.TEXT, LikelyType.INTEGER, LikelyType.EMAIL)
_LONGEST = 100
_SAMPLED = 500
_TARGETS = 6
_NEARLY_UNIQUE = 0.95
_ORPHANS = 20
_LEAST_SHARE = 0.5
_NAMED = 0.5
_TELLING_SHARE = 0.9
_TELLING_VALUES = 3
_WEIGHT_OF_NAME = 0.5
_SURE = 0.75  # below it values may only have been copied


@dataclass(frozen=True, slots=True)
class _End:
    """A column of a sheet, by their positions."""

    sheet: int
    column: int


@dataclass(frozen=True, slots=True)
class _Guess:
    child: _End
    target: _End
    share: float
    confidence: float
    reason: str


Profiled = Sequence[tuple[SheetFile, Sequence[ColumnFacts]]]


def prepare_samples(duck: duckdb.DuckDBPyConnection) -> None:
    """Make the empty table ``samples``: different values of columns that may refer to others."""
    duck.execute("CREATE TEMP TABLE samples (sheet INTEGER, col INTEGER, k VARCHAR)")


def keep_sample(
    duck: duckdb.DuckDBPyConnection, sheet: int, position: int, column: ColumnFacts
) -> None:
    """Of a column whose texts are in the table ``cells``."""
    if _may_refer(column):
        duck.execute(
            f"INSERT INTO samples SELECT {sheet}, {position}, {COMPARED.format(column='v')} "
            f"FROM cells WHERE col = {position} ORDER BY hash(v), v LIMIT {_SAMPLED}"
        )


def _may_refer(column: ColumnFacts) -> bool:
    return column.filled > 0 and column.likely_type in _TYPES and column.longest <= _LONGEST


def find_foreign_keys(duck: duckdb.DuckDBPyConnection, profiled: Profiled) -> list[ForeignKey]:
    """In the order of sheets and columns; each column refers to one other at most."""
    best: dict[_End, _Guess] = {}
    for target in _targets(profiled):
        for guess in _guesses(duck, profiled, target):
            known = best.get(guess.child)
            if known is None or guess.confidence > known.confidence:
                best[guess.child] = guess
    ordered = sorted(best.values(), key=lambda one: (one.child.sheet, one.child.column))
    return [_count(duck, profiled, guess) for guess in ordered]


def _targets(profiled: Profiled) -> Iterator[_End]:
    """The likeliest keys of each sheet; a few repeated values do not speak against one."""
    for at, (sheet, columns) in enumerate(profiled):
        unique = [
            position
            for position, column in enumerate(columns)
            if _may_refer(column)
            and column.distinct >= _NEARLY_UNIQUE * column.filled
            and 2 * column.filled >= sheet.n_rows
        ]
        unique = [position for position in unique if _names_records(columns[position])] or unique[
            :1
        ]
        unique.sort(
            key=lambda position: not is_home(columns[position].header, sheet.name, position)
        )
        for position in unique[:_TARGETS]:
            yield _End(at, position)


def _names_records(column: ColumnFacts) -> bool:
    """Whether others would refer to the rows by this column: not by an address or a note."""
    is_named = is_key_name(column.header) or is_label_name(column.header)
    return is_named or column.likely_type is LikelyType.EMAIL


def _guesses(duck: duckdb.DuckDBPyConnection, profiled: Profiled, target: _End) -> Iterator[_Guess]:
    sheet, columns = profiled[target.sheet]
    column = columns[target.column]
    key = COMPARED.format(column=name(column.name))
    found = duck.execute(
        f"WITH hits AS (SELECT DISTINCT s.sheet, s.col, s.k FROM (SELECT {key} AS k "
        f"FROM {sheet.source}) AS t JOIN samples AS s USING (k)), "
        "sizes AS (SELECT sheet, col, count(DISTINCT k) AS n FROM samples GROUP BY ALL) "
        "SELECT sheet, col, count(*), any_value(n) FROM hits JOIN sizes USING (sheet, col) "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for at, position, hits, sampled in found:
        child = _End(at, position)
        if child != target:
            guess = _judge(profiled, child, target, hits / sampled)
            if guess is not None:
                yield guess


def _judge(profiled: Profiled, child: _End, target: _End, share: float) -> _Guess | None:
    sheet, columns = profiled[child.sheet]
    to_sheet, to_columns = profiled[target.sheet]
    own, other = columns[child.column], to_columns[target.column]
    same_sheet = child.sheet == target.sheet
    if own.is_unique and is_key_name(own.header) and _is_own(own.header, sheet.name):
        return None  # the key of its own sheet refers to nothing
    named, why = resemblance(own.header, to_sheet.name, other.header, same_sheet=same_sheet)
    is_telling = own.likely_type is not LikelyType.INTEGER and own.distinct >= _TELLING_VALUES
    if share < _LEAST_SHARE or (
        named < _NAMED and not (is_telling and share >= _TELLING_SHARE and not same_sheet)
    ):
        return None
    # Of two keys of the sheet that hold a value, the one that is called like its key is meant.
    home = 0.02 if is_home(other.header, to_sheet.name, target.column) else 0.0
    confidence = (1 - _WEIGHT_OF_NAME) * share + _WEIGHT_OF_NAME * named
    if is_telling and share >= _TELLING_SHARE:
        confidence = max(confidence, 0.7 * share + 0.3 * named)
    return _Guess(child, target, share, min(1.0, confidence + home), why)


def _is_own(header: str, sheet: str) -> bool:
    return core_of(header) in ((), core_of(sheet))


def _count(duck: duckdb.DuckDBPyConnection, profiled: Profiled, guess: _Guess) -> ForeignKey:
    sheet, columns = profiled[guess.child.sheet]
    to_sheet, to_columns = profiled[guess.target.sheet]
    own, other = columns[guess.child.column], to_columns[guess.target.column]
    _make_orphans(duck, sheet, own.name, to_sheet, other.name)
    rows, values = duck.execute(
        "SELECT coalesce(sum(n), 0)::BIGINT, count(*) FROM orphans"
    ).fetchall()[0]
    found = own.filled - rows
    why = f"{found:,} of {counted(own.filled, 'filled row')} have a value of “{other.name}”"
    return ForeignKey(
        sheet=sheet.name,
        column=own.name,
        to_sheet=to_sheet.name,
        to_column=other.name,
        confidence=round(guess.confidence, 2),
        reason=f"{why}, and {guess.reason}." if guess.reason else f"{why}.",
        filled=own.filled,
        distinct=own.distinct,
        orphan_rows=rows,
        orphan_values=values,
        orphans=_first_orphans(duck, to_sheet, other.name) if values else (),
    )


def _make_orphans(
    duck: duckdb.DuckDBPyConnection, sheet: SheetFile, column: str, to_sheet: SheetFile, to: str
) -> None:
    own, target = (COMPARED.format(column=name(one)) for one in (column, to))
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE orphans AS SELECT k, n, r FROM ("
        f"  SELECT {own} AS k, count(*) AS n, min(_row) AS r FROM {sheet.source} "
        f"  WHERE {name(column)} IS NOT NULL GROUP BY 1"
        f") AS c WHERE NOT is_nothing(k) AND NOT EXISTS ("
        f"  SELECT 1 FROM {to_sheet.source} AS t WHERE {target} = c.k)"
    )


def _first_orphans(
    duck: duckdb.DuckDBPyConnection, to_sheet: SheetFile, to: str
) -> tuple[Orphan, ...]:
    found = duck.execute(
        f"WITH first AS (SELECT v, n, r, {FOLDED} AS f FROM (SELECT k AS v, n, r FROM orphans "
        f"ORDER BY r, k LIMIT {_ORPHANS})) "
        "SELECT first.v, any_value(n), any_value(first.r), min(t.v) FROM first LEFT JOIN "
        f"(SELECT v, {FOLDED} AS f FROM (SELECT {name(to)} AS v FROM {to_sheet.source}) "
        "WHERE v IS NOT NULL) AS t ON t.f = first.f AND first.f <> '' GROUP BY first.v "
        "ORDER BY 3, 1"
    ).fetchall()
    return tuple(Orphan(shown(v), n, r, shown(near) if near else "") for v, n, r, near in found)


def orphan_alarms(found: Sequence[ForeignKey]) -> Iterator[Alarm]:
    """One for each reference that leads nowhere in some rows."""
    for one in found:
        if one.orphan_rows:
            rows = tuple(orphan.row for orphan in one.orphans)[:5]
            listed = ", ".join(_orphan_named(orphan) for orphan in one.orphans[:3])
            more = one.orphan_values - min(3, len(one.orphans))
            message = (
                f"{place(one.sheet, one.column)} refers to “{one.to_column}” of sheet "
                f"“{one.to_sheet}”, but in {counted(one.orphan_rows, 'row')} to nothing there, "
                f"with {counted(one.orphan_values, 'value')}: {listed}"
                f"{f' and {more:,} more' if more > 0 else ''}. Add what is missing to "
                f"“{one.to_sheet}”, or correct these cells."
            )
            level = Level.ERROR if one.confidence >= _SURE else Level.WARNING
            yield Alarm("orphans", level, message, one.sheet, one.column, rows, one.orphan_rows)


def _orphan_named(orphan: Orphan) -> str:
    where = rows_named((orphan.row,), orphan.count)
    near = f", nearly “{orphan.nearly}”" if orphan.nearly else ""
    return f"“{orphan.value}” ({where}{near})"


def rings(found: Sequence[ForeignKey]) -> list[list[str]]:
    """Groups of two and more sheets that refer to each other in a circle."""
    after: dict[str, set[str]] = {}
    for one in found:
        if not one.is_self_reference:
            after.setdefault(one.sheet, set()).add(one.to_sheet)
    reached = {sheet: _reached(after, sheet) for sheet in after}
    groups: list[list[str]] = []
    for sheet in after:
        group = [other for other in after if other in reached[sheet] and sheet in reached[other]]
        if len(group) > 1 and group not in groups:
            groups.append(group)
    return groups


def _reached(after: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    left = [start]
    while left:
        for sheet in after.get(left.pop(), ()):
            if sheet not in seen:
                seen.add(sheet)
                left.append(sheet)
    return seen
