"""Writes the rows of one sheet into its Parquet: ``_row``, then each cell as text, in the order of
the file and in bounded memory."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from importer.data.duck import open_duck
from importer.data.headers import (
    ROW_NUMBER,
    SAMPLE_ROWS,
    Columns,
    extra_columns,
    find_header,
    name_columns,
)
from importer.data.notices import Notice
from importer.data.rows import RawSheet, Row
from importer.data.storage import sha256_of
from importer.errors import Refused
from importer.limits import Limits

_MEMORY_MB = 120
_VECTOR_ROWS = 2_048  # DuckDB moves rows in vectors of this length
_GROUP_ROWS = 20_480
_GROUP_BYTES = 8_000_000
_SECONDS = 3600.0
_LINE_OVERHEAD = 64
_SHORTEST_LINE_LIMIT = 2_000_000
_COPY = """
COPY (
    SELECT * FROM read_csv(
        $draft, columns = $types, auto_detect = false, header = false,
        delim = ',', quote = '"', escape = '"', new_line = '\\r\\n', nullstr = '',
        null_padding = true, parallel = false, max_line_size = $longest
    )
) TO $path (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group_rows})
"""


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """A sheet as it will be stored; ``path`` is local and temporary."""

    name: str
    path: Path
    columns: Columns
    n_rows: int
    header_row: int
    sha256: str
    notices: tuple[Notice, ...]


def write_sheet(
    raw: RawSheet, path: Path, *, header_row: int | None, limits: Limits
) -> WrittenSheet | None:
    """Write the sheet as Parquet to ``path``; ``None`` when it has no filled cell at all.

    ``header_row``: as the user chose it, 0 for none, ``None`` to find it.
    """
    head = _header(raw, header_row)
    if head is None:
        return None
    headers, header_number, rows, notices = head
    _check_width(raw.where, header_number, len(headers), limits)
    columns, renamed = name_columns(headers, header_number or None)
    writer = _Writer(raw, columns, limits)
    draft = path.with_suffix(".rows")
    with draft.open("w", encoding="utf-8", newline="") as stream:
        writer.write(rows, stream)
    _to_parquet(draft, path, writer)
    draft.unlink()
    return WrittenSheet(
        name=raw.name,
        path=path,
        columns=writer.columns,
        n_rows=writer.n_rows,
        header_row=header_number,
        sha256=sha256_of(path),
        notices=(*raw.notices, *notices, *renamed, *raw.tally.notices()),
    )


_Head = tuple[list[str], int, Iterator[Row], list[Notice]]


def _header(raw: RawSheet, header_row: int | None) -> _Head | None:
    """The headers, their row's number (0 for none), the rows below, and what was noticed."""
    if raw.headers is not None:
        return (list(raw.headers), 0, raw.rows, []) if raw.headers else None
    sample = list(islice(raw.rows, max(SAMPLE_ROWS, header_row or 0)))
    rest = chain(sample, raw.rows)
    if header_row == 0:
        width = max((len(_trimmed(cells)) for _, cells in sample), default=0)
        return ([""] * width, 0, rest, []) if width else None
    if header_row is not None:
        index = next((at for at, row in enumerate(sample) if row[0] == header_row), None)
        if index is None or not _trimmed(sample[index][1]):
            raise Refused(
                f"{raw.where}, row {header_row}: the header should be here, but it is empty."
            )
    else:
        index = find_header(sample)
    if index is None:
        return _late_header(raw)
    number, cells = sample[index]
    below = chain(sample[index + 1 :], raw.rows)
    return _trimmed(cells), number, below, _left_out(sample[:index], number)


def _late_header(raw: RawSheet) -> _Head | None:
    """The sample was blank: the first filled row below it is the header, if there is one."""
    for number, cells in raw.rows:
        if any(cell.strip() for cell in cells):
            return _trimmed(cells), number, raw.rows, []
    return None


def _left_out(above: Sequence[Row], number: int) -> list[Notice]:
    filled = [row for row, cells in above if any(cell.strip() for cell in cells)]
    if not filled:
        return []
    message = (
        f"The header was found in row {number}; {len(filled)} filled row(s) above it, from row "
        f"{filled[0]} on, were left out. If that is wrong, name the header row."
    )
    return [Notice("rows_above_header", message, row=filled[0], count=len(filled))]


def _trimmed(cells: Sequence[str]) -> list[str]:
    trimmed = list(cells)
    while trimmed and not trimmed[-1].strip():
        trimmed.pop()
    return trimmed


def _check_width(where: str, row: int, width: int, limits: Limits) -> None:
    if width > limits.columns:
        raise Refused(
            f"{where}, row {row}: there are {width:,} columns; at most {limits.columns:,} are "
            "read. Take out those you do not need."
        )


class _Writer:
    """Writes rows as separated text of one known dialect, which DuckDB turns into Parquet."""

    def __init__(self, raw: RawSheet, columns: Columns, limits: Limits) -> None:
        self.columns = columns
        self.n_rows = 0
        self.longest = 0
        self.heaviest = 0  # characters in the heaviest vector of rows
        self._vector = 0
        self._raw, self._limits, self._tally = raw, limits, raw.tally
        self._header_width = len(columns)

    def write(self, rows: Iterable[Row], stream: TextIO) -> None:
        # With CR LF as the terminator csv quotes cells that hold a lone CR.
        writer = csv.writer(stream, lineterminator="\r\n")
        for number, given in rows:
            cells = list(given)
            while cells and not cells[-1]:
                cells.pop()
            joined = "".join(cells)
            if not joined or joined.isspace():
                continue
            self._check_shape(number, len(given), len(cells))
            if "\0" in joined or len(joined) > self._limits.cell_characters:
                self._inspect(number, cells)
            self._count(number, len(joined), len(cells))
            writer.writerow([number, *cells])

    def _check_shape(self, number: int, n_given: int, n_filled: int) -> None:
        if n_given < self._header_width and self._raw.counts_short_rows:
            self._tally.count("short_row", number)
        if n_filled <= self._header_width:
            return
        if n_filled > len(self.columns):
            _check_width(self._raw.where, number, n_filled, self._limits)
            self.columns = self.columns + extra_columns(self.columns, n_filled)
        self._tally.count("long_row", number, self.columns[self._header_width]["name"])

    def _count(self, number: int, n_characters: int, n_cells: int) -> None:
        # Bytes of the line at worst: four a character, each quotation mark doubled.
        self.longest = max(self.longest, 8 * n_characters + 3 * n_cells)
        if self.n_rows % _VECTOR_ROWS == 0:
            self._vector = 0
        self._vector += n_characters
        self.heaviest = max(self.heaviest, self._vector)
        self.n_rows += 1
        if self.n_rows > self._limits.rows:
            raise Refused(
                f"{self._raw.where}, row {number}: there are more than {self._limits.rows:,} rows. "
                "Divide the sheet into several."
            )

    def _inspect(self, number: int, cells: list[str]) -> None:
        for index, cell in enumerate(cells):
            name = self.columns[index]["name"]
            if "\0" in cell:
                self._tally.count("nul_byte", number, name)
                cells[index] = cell.replace("\0", "")
            if len(cell) > self._limits.cell_characters:
                raise Refused(
                    f"{self._raw.where}, row {number}, column “{name}”: the cell has "
                    f"{len(cell):,} characters; at most {self._limits.cell_characters:,} are read."
                )


def _to_parquet(draft: Path, path: Path, writer: _Writer) -> None:
    types = {ROW_NUMBER: "BIGINT", **{column["name"]: "VARCHAR" for column in writer.columns}}
    given = {
        "draft": str(draft),
        "types": types,
        "longest": max(_SHORTEST_LINE_LIMIT, writer.longest + _LINE_OVERHEAD),
        "path": str(path),
    }
    vector_bytes = 16 * _VECTOR_ROWS * len(types) + writer.heaviest
    group_rows = min(_GROUP_ROWS, max(1, _GROUP_BYTES // vector_bytes) * _VECTOR_ROWS)
    # Rows far above the usual size need room for a vector of them at each of a few stations.
    memory = _MEMORY_MB + 5 * vector_bytes // 1_000_000
    with open_duck(path.parent, memory=f"{memory}MB", seconds=_SECONDS) as duck:
        duck.execute(_COPY.format(group_rows=group_rows), given)
