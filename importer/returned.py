"""Holds a workbook that came back against what had gone out and against what the dataset says by
now. Reads only; the sentences here are what its giver gets to see.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from django.conf import settings

from importer.corrections import chain_of, chunks, rows_now, sheet_parquet, waiting_in
from importer.data.correcting.applying import read_rows
from importer.data.correcting.comparing import (
    WHOLE_ROW,
    CellChange,
    changes_of,
    content,
    is_another_row,
    is_cut,
    with_tabs,
)
from importer.data.correcting.layout import own_headers, says_yes, written
from importer.data.correcting.row_ids import RowId, RowIds
from importer.data.correcting.workbook_in import CameRow, CameSheet, Remark, read_workbook
from importer.data.storage import local_path, work_dir
from importer.limits import current_limits
from importer.models import Correction, Dataset, ReturnedWorkbook, Sheet

_CHUNK = 2_000
_MOVED = 3
_SAID_ONE_BY_ONE = 200
_Row = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Compared:
    """What a workbook would change in ``dataset``, the newest of its chain. ``changes`` are agreed
    with what is there, ``conflicts`` are cells that somebody else corrected otherwise meanwhile;
    ``waiting``: corrections of others that go along when a dataset is made."""

    dataset: Dataset
    changes: list[CellChange]
    conflicts: list[CellChange]
    remarks: list[Remark]
    n_rows: int
    waiting: int

    @property
    def n_changed_rows(self) -> int:
        return len({(one.sheet, one.row) for one in self.changes})


def row_ids() -> RowIds:
    """Signs with the installation's key, knows those of its former ones too."""
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return RowIds([sha256(f"row ids {key}".encode()).digest() for key in keys])


def compare_workbook(workbook: ReturnedWorkbook) -> Compared:
    """Everything it changes, and a remark for all that cannot be taken over."""
    chain = chain_of(workbook.dataset)
    reading = _Reading(chain, row_ids())
    path = local_path(workbook.stored_as)
    for found in read_workbook(path, workbook.name, current_limits()):
        if isinstance(found, Remark):
            reading.remarks.append(found)
        else:
            reading.take(found)
    reading.leave_what_was_moved()
    changes = [one for own in reading.changes.values() for one in own]
    return Compared(
        dataset=chain[-1],
        changes=[one for one in changes if not one.is_conflict],
        conflicts=[one for one in changes if one.is_conflict],
        remarks=_shortened(reading.remarks),
        n_rows=reading.n_rows,
        waiting=waiting_in(chain[-1]).count(),
    )


def _shortened(remarks: Sequence[Remark]) -> list[Remark]:
    """Of each code the first ones, then how many more there are."""
    kept: list[Remark] = []
    counts: Counter[str] = Counter()
    for one in remarks:
        counts[one.code] += 1
        if counts[one.code] <= _SAID_ONE_BY_ONE:
            kept.append(one)
    more = [(code, n - _SAID_ONE_BY_ONE) for code, n in counts.items() if n > _SAID_ONE_BY_ONE]
    return [
        *kept,
        *(Remark(code, f"{n:,} more rows of the same kind ({code}).") for code, n in more),
    ]


@dataclass
class _Headers:
    """Where the cells of a dataset's sheet stand in a worksheet."""

    places: dict[str, int]
    leave_out: int | None
    missing: list[str]
    unknown: list[str]


def _headers(headers: Sequence[str], columns: Sequence[str]) -> _Headers:
    own = own_headers(columns)
    at = {header.casefold(): place for place, header in reversed(list(enumerate(headers)))}
    places = {
        column: at[text] for column in columns if (text := written(column).strip().casefold()) in at
    }
    known = {*places.values(), *(at[text] for text in own.all() if text in at)}
    return _Headers(
        places,
        at.get(own.leave_out),
        [column for column in columns if column not in places],
        [header for place, header in enumerate(headers) if header and place not in known],
    )


@dataclass
class _Reading:
    chain: list[Dataset]
    ids: RowIds
    remarks: list[Remark] = field(default_factory=list)
    changes: dict[_Row, list[CellChange]] = field(default_factory=dict)
    n_rows: int = 0
    _seen: dict[_Row, tuple[str, int]] = field(default_factory=dict)
    _twice: set[_Row] = field(default_factory=set)
    _sheets: dict[tuple[UUID, int], Sheet] = field(default_factory=dict)

    def take(self, came: CameSheet) -> None:
        """Compare a worksheet, some rows at a time."""
        told: set[int] = set()
        for chunk in chunks(came.rows, _CHUNK):
            by_sheet: dict[tuple[UUID, int], list[tuple[CameRow, RowId]]] = defaultdict(list)
            for row, one in self._known(came, chunk):
                by_sheet[one.dataset, one.sheet].append((row, one))
            for place, rows in by_sheet.items():
                sheet = self._sheets[place]
                headers = _headers(came.headers, sheet.column_names)
                if sheet.pk not in told:
                    told.add(sheet.pk)
                    self._tell_headers(came, headers)
                self._compare(came, sheet, headers, rows)

    def _known(self, came: CameSheet, rows: Sequence[CameRow]) -> Iterator[tuple[CameRow, RowId]]:
        for row in rows:
            self.n_rows += 1
            where = f"Sheet “{came.title}”, row {row.number}"
            if row.is_wider:
                self._remark("beyond", f"{where}: the cells right of the table are not taken over.")
            if not row.row_id:
                self._remark(
                    "no_row_id",
                    f"{where}: it has no row id; it was added here, or the id was removed. It is "
                    "not taken over. Upload new rows in a file of their own.",
                )
                continue
            one = self.ids.read(row.row_id)
            if one is None:
                self._remark(
                    "changed_row_id",
                    f"{where}: its row id “{row.row_id[:60]}” was not given out here, or was "
                    "changed. The row is not taken over.",
                )
            elif self._sheet(one) is None:
                self._remark("foreign_row_id", f"{where}: {self._foreign(one)}")
            else:
                yield row, one

    def _sheet(self, one: RowId) -> Sheet | None:
        place = (one.dataset, one.sheet)
        if place not in self._sheets:
            dataset = next((each for each in self.chain if each.pk == one.dataset), None)
            sheet = dataset.sheets.filter(position=one.sheet).first() if dataset else None
            if sheet is None:
                return None
            self._sheets[place] = sheet
        return self._sheets[place]

    def _foreign(self, one: RowId) -> str:
        own = Dataset.objects.filter(pk=one.dataset, project_id=self.chain[0].project_id).first()
        whose = f"the dataset “{own}”" if own else "another dataset"
        return (
            f"its row id is one of {whose}, not of “{self.chain[-1]}”. The row is not taken over; "
            "give the workbook back where it came from."
        )

    def _tell_headers(self, came: CameSheet, headers: _Headers) -> None:
        for header in headers.unknown:
            self._remark(
                "unknown_column",
                f"Sheet “{came.title}”: the data has no column “{header}”; its cells are not "
                "taken over.",
            )
        for column in headers.missing:
            self._remark(
                "missing_column",
                f"Sheet “{came.title}”: the column “{column}” is not in it any more; its cells "
                "stay as they are.",
            )

    def _compare(
        self,
        came: CameSheet,
        sheet: Sheet,
        headers: _Headers,
        rows: Sequence[tuple[CameRow, RowId]],
    ) -> None:
        numbers = [one.row for _, one in rows]
        with work_dir() as folder:
            given = read_rows(sheet_parquet(sheet), [], numbers, folder)
        latest = self.chain[-1].sheets.get(name=sheet.name)
        now = rows_now(latest, numbers)
        columns = list(headers.places)
        contents = {content(columns, cells): row for row, cells in given.items()}
        for row, one in rows:
            cells = {column: row.cells[at] for column, at in headers.places.items()}
            if came.loses_tabs and one.row in given:
                own = given[one.row]
                cells = {name: with_tabs(text, own[name]) for name, text in cells.items()}
            place, where = (sheet.name, one.row), f"Sheet “{came.title}”, row {row.number}"
            if self._is_repeated(place, where, cells):
                continue
            if one.row not in now or one.row not in given:
                self._remark(
                    "row_gone", f"{where}: row {one.row} of “{sheet.name}” was left out meanwhile."
                )
                continue
            if headers.leave_out is not None and says_yes(row.cells[headers.leave_out]):
                left_out = CellChange(sheet.name, one.row, WHOLE_ROW, None, None, "yes")
                self.changes[place] = [left_out]
                continue
            changes = list(changes_of(sheet.name, one.row, cells, given[one.row], now[one.row]))
            other = contents.get(content(columns, cells), one.row) if len(columns) > 1 else one.row
            if changes and (other != one.row or is_another_row(cells, given[one.row])):
                self._remark("mixed_up", _mixed_up(where, sheet.name, one.row, other))
                continue
            self.changes[place] = [each for each in changes if not self._is_cut(each, where)]

    def _is_repeated(self, place: _Row, where: str, cells: Mapping[str, str]) -> bool:
        """Whether the row was there before; two that differ are both left alone."""
        said = hash(tuple(cells.items()))
        if place not in self._seen:
            self._seen[place] = (where, said)
            return False
        first, known = self._seen[place]
        if place not in self._twice and known == said:
            self._remark("repeated", f"{where}: the same row as {first}; it is taken once.")
            return True
        self._twice.add(place)
        self.changes.pop(place, None)
        self._remark(
            "duplicate_row_id",
            f"{where}: it has the row id of {first}, but other cells. Neither is taken over; "
            "leave one of them.",
        )
        return True

    def _is_cut(self, change: CellChange, where: str) -> bool:
        if not is_cut(change):
            return False
        self._remark(
            "too_long",
            f"{where}, column “{change.column}”: the text is too long for a workbook, so only its "
            "beginning had gone out. Correct it on the page.",
        )
        return True

    def leave_what_was_moved(self) -> None:
        """A column whose cells are all there, but in other rows, was sorted by itself."""
        columns: dict[tuple[str, str], list[CellChange]] = defaultdict(list)
        for own in self.changes.values():
            for one in own:
                columns[one.sheet, one.column].append(one)
        for (sheet, column), own in columns.items():
            before, after = Counter(one.given for one in own), Counter(one.new for one in own)
            if column == WHOLE_ROW or len(own) < _MOVED or len(before) < _MOVED or before != after:
                continue
            for one in own:
                self.changes[one.sheet, one.row].remove(one)
            self._remark(
                "moved",
                f"Sheet “{sheet}”, column “{column}”: {len(own):,} cells stand in other rows than "
                "they did, as if the column had been sorted by itself. They are not taken over.",
            )

    def _remark(self, code: str, message: str) -> None:
        self.remarks.append(Remark(code, message))


def _mixed_up(where: str, sheet: str, row: int, other: int) -> str:
    says = f" It says what row {other} says." if other != row else ""
    return (
        f"{where}: its row id is that of row {row} of “{sheet}”, but its cells are not.{says} The "
        "id seems to stand beside another row, so nothing of the row is taken over; if it is meant "
        "so, correct it on the page."
    )


def corrected_by(
    dataset: Dataset, changes: Sequence[CellChange]
) -> dict[tuple[str, int, str], str]:
    """Who corrected these cells last, by sheet, row and column."""
    rows = {one.row for one in changes}
    found = Correction.objects.filter(dataset__in=chain_of(dataset), row__in=rows).select_related(
        "by"
    )
    return {(one.sheet, one.row, one.column): str(one.by) for one in found.order_by("pk")}
