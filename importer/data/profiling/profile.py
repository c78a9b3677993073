"""The whole profile of a dataset's sheets: each sheet for itself, then what they are to each
other, then the score.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb

from importer.data.duck import open_duck
from importer.data.profiling import dates, kinds, numbers
from importer.data.profiling.cells import SheetFile
from importer.data.profiling.columns import profile_columns
from importer.data.profiling.cycles import Circles, cycle_alarm, find_cycles
from importer.data.profiling.facts import (
    Alarm,
    ColumnFacts,
    DatasetFacts,
    ForeignKey,
    Level,
    NearDuplicate,
    SheetFacts,
)
from importer.data.profiling.foreign_keys import (
    find_foreign_keys,
    keep_sample,
    orphan_alarms,
    prepare_samples,
    rings,
)
from importer.data.profiling.health import dataset_score, reasons_of, sheet_score
from importer.data.profiling.keys import candidate_keys, key_alarms
from importer.data.profiling.near_duplicates import Nears, near_alarm
from importer.data.profiling.notices import notice_alarms
from importer.data.profiling.repeated_headers import repeated_headers

_MEMORY = "300MB"
_THREADS = 2
_SECONDS = 1800.0

Told = Callable[[int, int, str], None]
"""Hears how many columns of how many are done, and which sheet is looked at."""


def profile_sheets(
    sheets: Sequence[SheetFile], *, empty_words: Sequence[str], work: Path, told: Told
) -> DatasetFacts:
    """Raises Refused, with a sentence, when time or memory is used up."""
    with open_duck(
        work,
        readable=[sheet.path for sheet in sheets],
        memory=_MEMORY,
        threads=_THREADS,
        seconds=_SECONDS,
    ) as duck:
        for prelude in (kinds.prelude(empty_words), dates.prelude(), numbers.prelude()):
            duck.execute(prelude)
        # The order of rows is asked for where it matters; keeping it costs memory.
        prepare_samples(duck)
        profiled = list(_each(duck, sheets, told))
        columns = [(sheet, facts.columns) for sheet, facts in zip(sheets, profiled, strict=True)]
        references = find_foreign_keys(duck, columns)
        circles = _circles(duck, sheets, references)
    return _rated(profiled, references, circles)


def _each(
    duck: duckdb.DuckDBPyConnection, sheets: Sequence[SheetFile], told: Told
) -> Iterator[SheetFacts]:
    total = sum(len(sheet.columns) for sheet in sheets)
    before = 0
    for number, sheet in enumerate(sheets):
        told(before, total, sheet.name)
        yield _one(duck, number, sheet, partial(_told, told, before, total, sheet.name))
        before += len(sheet.columns)


def _told(told: Told, before: int, total: int, sheet: str, done: int) -> None:
    told(before + done, total, sheet)


def _one(
    duck: duckdb.DuckDBPyConnection, number: int, sheet: SheetFile, told: Callable[[int], None]
) -> SheetFacts:
    columns: list[ColumnFacts] = []
    nears: list[Nears] = []
    for column, near in profile_columns(duck, sheet, told):
        keep_sample(duck, number, len(columns), column)
        columns.append(column)
        nears.append(near)
    keys = candidate_keys(duck, sheet, columns)
    alarms = [
        *notice_alarms(sheet),
        *key_alarms(duck, sheet, columns, keys),
        *repeated_headers(duck, sheet),
        *(near_alarm(sheet.name, near) for near in nears if near.groups),
    ]
    return SheetFacts(
        name=sheet.name,
        n_rows=sheet.n_rows,
        columns=tuple(columns),
        candidate_keys=keys,
        near_duplicates=_first(nears),
        near_duplicate_groups=sum(near.groups for near in nears),
        alarms=tuple(alarms),
        score=100,
    )


def _first(nears: Sequence[Nears]) -> tuple[NearDuplicate, ...]:
    return tuple(one for near in nears for one in near.first)


def _circles(
    duck: duckdb.DuckDBPyConnection, sheets: Sequence[SheetFile], references: Sequence[ForeignKey]
) -> list[Circles]:
    by_name = {sheet.name: sheet for sheet in sheets}
    found = [
        find_cycles(duck, by_name[one.sheet], one.column, one.to_column)
        for one in references
        if one.is_self_reference
    ]
    return [one for one in found if one.total]


def _rated(
    sheets: Sequence[SheetFacts],
    references: Sequence[ForeignKey],
    circles: Sequence[Circles],
) -> DatasetFacts:
    across = [*orphan_alarms(references), *map(cycle_alarm, circles), *_ring_alarms(references)]
    n_rows = {sheet.name: sheet.n_rows for sheet in sheets}
    own = [alarm for sheet in sheets for alarm in _alarms(sheet)]
    reasons = reasons_of([*own, *across], n_rows)
    rated = tuple(
        replace(sheet, score=sheet_score(one for one in reasons if one.sheet == sheet.name))
        for sheet in sheets
    )
    return DatasetFacts(
        sheets=rated,
        foreign_keys=tuple(references),
        cycles=tuple(cycle for one in circles for cycle in one.first),
        n_cycles=sum(one.total for one in circles),
        alarms=tuple(across),
        score=dataset_score(sheet.score for sheet in rated if sheet.n_rows),
        reasons=reasons,
    )


def _alarms(sheet: SheetFacts) -> Iterator[Alarm]:
    yield from sheet.alarms
    for column in sheet.columns:
        yield from column.alarms


def _ring_alarms(references: Sequence[ForeignKey]) -> Iterator[Alarm]:
    for group in rings(references):
        listed = " and ".join(f"“{sheet}”" for sheet in group)
        message = (
            f"Sheets {listed} refer to each other in a circle. They can be loaded: references "
            "that would close the circle are written in a second step."
        )
        yield Alarm("ring_of_sheets", Level.NOTE, message, group[0], "", (), len(group))
