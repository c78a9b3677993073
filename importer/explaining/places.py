"""Where the rows of a key stand: its own row in each sheet that was loaded, and the lines of its
document."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importer.data.hiding import STARS, is_secret
from importer.data.storage import local_path
from importer.explaining.shapes import FileCell, Place
from importer.explaining.slices import Slices
from importer.explaining.subjects import Subject, parent_columns
from importer.models import Load, Sheet

MOST_PLACES = 40


@dataclass(frozen=True, slots=True)
class Spot:
    """One row of a sheet. ``is_line``: of the document, not the document's own."""

    sheet: Sheet
    path: Path
    row: int
    is_line: bool = False


def spots_of(
    slices: Slices,
    subject: Subject,
    loads: Sequence[Load],
    rows: Mapping[int, Sequence[int]],
    sheets: Mapping[tuple[Any, str], Sheet],
    notes: list[str],
) -> list[Spot]:
    """Newest load first, each row once. ``rows``: load -> its sheet rows with the key; lines are
    looked for in the newest of ``sheets`` only."""
    found: dict[tuple[int, int], Spot] = {}
    lines_told = False
    for load in loads:
        if load.pk not in rows or load.sheet is None or load.mapping.get("stub"):
            continue
        path = _path(load.sheet, notes)
        if path is None:
            continue
        for row in rows[load.pk]:
            found.setdefault((load.sheet.pk, row), Spot(load.sheet, path, row))
        if load.mapping.get("nested") and not lines_told:
            for spot in _lines(slices, subject, load, sheets, notes):
                found.setdefault((spot.sheet.pk, spot.row), spot)
            lines_told = True
    if len(found) > MOST_PLACES:
        notes.append(f"Only {MOST_PLACES} of {len(found)} rows are shown.")
    return list(found.values())[:MOST_PLACES]


def _path(sheet: Sheet, notes: list[str]) -> Path | None:
    try:
        return local_path(sheet.stored_as)
    except FileNotFoundError as error:
        notes.append(str(error))
        return None


def _lines(
    slices: Slices,
    subject: Subject,
    load: Load,
    sheets: Mapping[tuple[Any, str], Sheet],
    notes: list[str],
) -> list[Spot]:
    spots = []
    if load.sheet is None:
        return []
    for nested in load.mapping.get("nested") or ():
        name = str(nested.get("sheet_name") or load.sheet.name)
        own = load.sheet if name == load.sheet.name else None
        sheet = own or sheets.get((load.sheet.dataset_id, name))
        columns = parent_columns(nested)
        path = _path(sheet, notes) if sheet else None
        if sheet is None or path is None or not set(columns) <= set(sheet.column_names):
            continue
        rows = slices.rows_of_key(path, columns, subject.key)
        spots += [Spot(sheet, path, row, is_line=True) for row in rows]
    return spots


def told_place(slices: Slices, spot: Spot, secret: Collection[str]) -> Place:
    """With the cells as the file has them."""
    found = slices.by_row([spot.path], {spot.path: spot.row})
    cells = found[0] if found else {}
    dataset = spot.sheet.dataset
    return Place(
        dataset_id=str(dataset.pk),
        dataset=str(dataset),
        derived_from=str(dataset.derived_from or ""),
        file=spot.sheet.file.name,
        sheet_id=spot.sheet.pk,
        sheet=spot.sheet.name,
        row=spot.row,
        cells=tuple(_cell(name, cells.get(name), secret) for name in spot.sheet.column_names),
        is_line=spot.is_line,
    )


def _cell(name: str, text: str | None, secret: Collection[str]) -> FileCell:
    is_hidden = bool(text) and (name in secret or is_secret(name))
    return FileCell(name, STARS if is_hidden else text)
