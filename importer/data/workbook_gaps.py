"""Cells of an xlsx file that look filled in a spreadsheet program and are read as empty: those that
merging hides, and formulas that were saved without their result. Works on pieces of XML. Pure.
"""

import re
from dataclasses import dataclass

from importer.data.notices import Notice

_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\b[^>]*?"
    rb'\bref="([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})"'
)
# A text as result (t="str") may well be empty; others are there or were never calculated.
_BARE_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*\bt="str")[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*'
    rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(slots=True)
class Gaps:
    """Of one sheet: how many cells of a kind there are, and the first: (row, column letters)."""

    merged: int = 0
    first_merged: tuple[int, str] = (0, "")
    formulas: int = 0
    first_formula: tuple[int, str] = (0, "")

    def find(self, buffer: bytes, seen: int) -> None:
        """Count what ends behind the first ``seen`` bytes, which were looked at before."""
        for match in _MERGED.finditer(buffer):
            top, bottom = int(match[2]), int(match[3])
            if match.end() > seen and bottom > top:
                place = (top + 1, match[1].decode())
                self.first_merged = min(self.first_merged, place) if self.merged else place
                self.merged += 1
        for match in _BARE_FORMULA.finditer(buffer):
            if match.end() > seen:
                self.first_formula = self.first_formula if self.formulas else _place(match)
                self.formulas += 1

    def notices(self) -> tuple[Notice, ...]:
        """Cells merged within one row hide nothing that belongs to a row of its own."""
        found = []
        if self.merged:
            row, column = self.first_merged
            message = (
                f"{self.merged} merged area(s) reach over several rows: only the first of them has "
                f"the value, the others are read as empty, first row {row}, column “{column}”. "
                "Unmerge the cells and fill each of them."
            )
            found.append(Notice("merged_cells", message, row, column, self.merged))
        if self.formulas:
            row, column = self.first_formula
            message = (
                f"{self.formulas} formula(s) were saved without their results and are read as "
                f"empty, the first in row {row}, column “{column}”. Open the file in a spreadsheet "
                "program, let it calculate, save it and upload it again."
            )
            found.append(Notice("formula_without_value", message, row, column, self.formulas))
        return tuple(found)


def _place(match: re.Match[bytes]) -> tuple[int, str]:
    return int(match[2]), match[1].decode()
