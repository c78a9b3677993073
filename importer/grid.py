"""A page of bad rows as people and programs see it: each cell as it is by now and as it was, what
is wrong with it, and whether its row is right by now. Reads only.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from importer.bad_rows import BadRows, RowIssue
from importer.choices import IssueLevel
from importer.corrections import Cells, chain_of, rows_now, sheet_parquet, waiting_in
from importer.data.correcting.applying import read_rows
from importer.data.storage import work_dir
from importer.errors import Refused, StowageError
from importer.models import Correction, Dataset, Sheet
from importer.odoo.errors import OdooError
from importer.workbooks import said_now

BAD, RIGHT, LEFT_OUT = "bad", "right", "left_out"
MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class GridCell:
    """``original``: what the dataset said first; ``by``: who corrected it last, if anybody did;
    ``reasons``: what is wrong with it now."""

    column: str
    value: str | None
    original: str | None
    by: str
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class GridRow:
    """``state``: bad, right (checked again after it was corrected; Odoo is asked by the next run)
    or left_out. ``reasons``: what is wrong with the row as a whole."""

    row: int
    state: str
    reasons: list[str]
    cells: list[GridCell]


@dataclass(frozen=True, slots=True)
class Grid:
    """A page of one sheet's bad rows. ``sheets``: bad rows of each sheet that has any; ``waiting``:
    corrections of the dataset that no corrected dataset was made of; ``unchecked``: why corrected
    rows could not be checked again, empty where they were."""

    sheet: str
    sheets: dict[str, int]
    columns: list[str]
    offset: int
    n_rows: int
    rows: list[GridRow]
    waiting: int
    unchecked: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read_grid(bad: BadRows, *, sheet: str = "", offset: int = 0, limit: int = 50) -> Grid:
    """A page; of the first sheet with bad rows where none is named. At most MOST_ROWS rows."""
    counts = bad.counts()
    chosen = sheet or next(iter(counts), "")
    numbers = bad.rows(chosen, offset, min(limit, MOST_ROWS)) if chosen else []
    return _grid(bad, chosen, counts, offset, numbers)


def read_grid_rows(bad: BadRows, sheet: str, rows: Iterable[int]) -> Grid:
    """These rows, bad or not by now."""
    return _grid(bad, sheet, {}, 0, sorted(set(rows))[:MOST_ROWS])


def _grid(
    bad: BadRows, name: str, counts: dict[str, int], offset: int, numbers: Sequence[int]
) -> Grid:
    newest = chain_of(bad.dataset)[-1]
    waiting = waiting_in(newest).count()
    if not name:
        return Grid("", counts, [], 0, 0, [], waiting, "")
    first, last = _sheet(bad.dataset, name), _sheet(newest, name)
    with work_dir() as folder:
        before = read_rows(sheet_parquet(first), [], numbers, folder)
    now = rows_now(last, numbers)
    corrected = _corrected(bad.dataset, name, numbers)
    issues, unchecked = _issues(bad, newest, name, now, corrected)
    rows = [
        _row(row, last.column_names, before[row], now.get(row), corrected[row], issues[row])
        for row in numbers
        if row in before
    ]
    n_rows = counts.get(name, len(rows))
    return Grid(name, counts, last.column_names, offset, n_rows, rows, waiting, unchecked)


def _sheet(dataset: Dataset, name: str) -> Sheet:
    sheet = dataset.sheets.filter(name=name).first()
    if sheet is None:
        raise Refused(f"“{dataset}” has no sheet “{name}”.")
    return sheet


def _corrected(dataset: Dataset, sheet: str, rows: Sequence[int]) -> dict[int, dict[str, str]]:
    """Row -> column -> who corrected it last."""
    chain = chain_of(dataset)
    later = chain[[one.pk for one in chain].index(dataset.pk) :]
    found: dict[int, dict[str, str]] = defaultdict(dict)
    told = Correction.objects.filter(dataset__in=later, sheet=sheet, row__in=rows)
    for one in told.select_related("by").order_by("pk"):
        found[one.row][one.column] = str(one.by or "-")
    return found


def _issues(
    bad: BadRows,
    newest: Dataset,
    sheet: str,
    now: dict[int, Cells],
    corrected: dict[int, dict[str, str]],
) -> tuple[dict[int, list[RowIssue]], str]:
    """By row; and why those that were corrected could not be checked again."""
    touched = [row for row in now if corrected.get(row)]
    untouched = [row for row in now if not corrected.get(row)]
    issues, unchecked = bad.issues(sheet, untouched), ""
    if touched:
        try:
            issues += said_now(bad, newest, sheet, touched)
        except (StowageError, OdooError) as error:
            unchecked = str(error)
            issues += bad.issues(sheet, touched)
    by_row: dict[int, list[RowIssue]] = defaultdict(list)
    for one in issues:
        by_row[one.row].append(one)
    return by_row, unchecked


def _row(
    row: int,
    columns: Sequence[str],
    before: Cells,
    now: Cells | None,
    corrected: dict[str, str],
    issues: Sequence[RowIssue],
) -> GridRow:
    cells = now or before
    said: dict[str, list[str]] = defaultdict(list)
    whole: list[str] = []
    for one in issues:
        named = one.columns(columns)
        for column in named:
            said[column].append(one.message)
        if not named:
            whole.append(one.message)
    is_bad = any(one.level != IssueLevel.WARNING for one in issues)
    return GridRow(
        row=row,
        state=LEFT_OUT if now is None else BAD if is_bad or not corrected else RIGHT,
        reasons=whole,
        cells=[
            GridCell(column, cells[column], before[column], corrected.get(column, ""), said[column])
            for column in columns
        ],
    )
