"""What a profile knows, as the suggestions take it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from importer.data.profiling.facts import ColumnFacts, DatasetFacts, SheetFacts
from importer.data.suggesting.shapes import Column, Pointer, Sheet


def with_profile(sheets: Sequence[Sheet], facts: DatasetFacts) -> tuple[Sheet, ...]:
    """The sheets with the keys that were found, and with each column's most common values among
    its samples. A sheet that the profile does not know stays as it is."""
    known = {one.name: one for one in facts.sheets}
    return tuple(_sheet(one, known[one.name]) if one.name in known else one for one in sheets)


def pointers_of(facts: DatasetFacts) -> tuple[Pointer, ...]:
    """Which columns hold the keys of which sheets."""
    return tuple(
        Pointer(one.sheet, one.column, one.to_sheet, one.to_column, one.confidence)
        for one in facts.foreign_keys
    )


def _sheet(sheet: Sheet, facts: SheetFacts) -> Sheet:
    columns = {one.name: one for one in facts.columns}
    keys = tuple(tuple(key.columns) for key in facts.candidate_keys)
    return replace(sheet, columns=tuple(_columns(sheet, columns)), keys=keys)


def _columns(sheet: Sheet, known: dict[str, ColumnFacts]) -> Iterator[Column]:
    for column in sheet.columns:
        facts = known.get(column.name)
        if facts is None:
            yield column
            continue
        top = tuple(one.value for one in facts.top)
        is_key = facts.is_unique and facts.filled > 0 and facts.nulls == 0
        yield replace(column, samples=(*column.samples, *top), is_unique=is_key)
