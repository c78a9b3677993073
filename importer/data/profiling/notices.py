"""What was noticed when a sheet was read, as alarms of its profile. Pure."""

from collections.abc import Iterator

from importer.data.profiling.cells import SheetFile
from importer.data.profiling.facts import Alarm, Level

_LEVELS = {
    "mixed_encodings": Level.WARNING,
    "encoding_guessed": Level.WARNING,
    "long_row": Level.WARNING,
    "long_number": Level.WARNING,
    "duplicate_header": Level.WARNING,
    "empty_header": Level.WARNING,
    "repeated_key": Level.WARNING,
    "nul_byte": Level.WARNING,
    "merged_cells": Level.WARNING,
    "formula_without_value": Level.ERROR,
}


def notice_alarms(sheet: SheetFile) -> Iterator[Alarm]:
    """One for each notice; those not named here are notes."""
    for code, message, row, count in sheet.notices:
        rows = (row,) if row is not None else ()
        level = _LEVELS.get(code, Level.NOTE)
        yield Alarm(code, level, message, sheet.name, "", rows, count)
