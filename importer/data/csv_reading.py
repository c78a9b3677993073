"""Reads separated text as a stream of rows, in bounded memory. Nothing is typed."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path, PurePath

from importer.data.encodings import decoded
from importer.data.options import ReadOptions
from importer.data.rows import Advance, RawSheet, Row
from importer.data.separators import find_separator
from importer.errors import Refused
from importer.limits import Limits

_ROWS_PER_STEP = 5_000
_CELLS_PER_LINE = 16  # a line may be this many times the longest cell allowed


def open_text(
    path: Path, name: str, options: ReadOptions, limits: Limits, work: Path, advance: Advance
) -> RawSheet:
    """One sheet from a csv or tsv file. A row's number is that of its record, the header's
    included, as a spreadsheet program shows it: a record with line breaks in quotes is one row."""
    text = decoded(path, f"“{name}”", options.encoding, work)
    prefer_tab = PurePath(name).suffix.lower() in (".tsv", ".tab")
    found, has_mark = find_separator(text.path, text.encoding, prefer_tab=prefer_tab)
    separator = options.separator or found
    return RawSheet(
        name=PurePath(name).stem,
        where=f"“{name}”",
        rows=_rows(text.path, f"“{name}”", text.encoding, separator, has_mark, limits, advance),
        counts_short_rows=True,
        notices=text.notices,
    )


class _Lines:
    """The lines of a text, each of bounded length; knows whether the last one was handed out."""

    def __init__(self, text: io.TextIOBase, longest: int) -> None:
        self._text, self._longest = text, longest
        self.number = 0
        self.at_end = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._longest)
        if not line:
            self.at_end = True
            raise StopIteration
        self.number += 1
        if len(line) >= self._longest and line[-1] not in "\r\n":
            raise csv.Error(f"line {self.number} is longer than {self._longest:,} characters")
        return line


def _rows(
    path: Path,
    where: str,
    encoding: str,
    separator: str,
    skip_first: bool,
    limits: Limits,
    advance: Advance,
) -> Iterator[Row]:
    csv.field_size_limit(limits.cell_characters)
    size = max(path.stat().st_size, 1)
    number = 0
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding, newline="") as text:
        lines = _Lines(text, _CELLS_PER_LINE * limits.cell_characters)
        try:
            if skip_first:
                next(lines)
            for number, cells in enumerate(csv.reader(lines, delimiter=separator), start=1):
                if lines.at_end:
                    raise _open_quote(where, number)
                if number % _ROWS_PER_STEP == 0:
                    advance(raw.tell() / size)
                yield number, cells
        except UnicodeDecodeError as error:
            raise _undecodable(where, number + 1, encoding) from error
        except csv.Error as error:
            raise _unreadable(where, number + 1, error, limits) from error


def _open_quote(where: str, row: int) -> Refused:
    return Refused(
        f"{where}, row {row}: a quotation mark opens here and is never closed, so the rest of the "
        "file would become one cell. Close it, or double it where it belongs to the text."
    )


def _undecodable(where: str, row: int, encoding: str) -> Refused:
    return Refused(
        f"{where}, near row {row}: there are bytes that are not {encoding}. Choose the encoding "
        "the file was saved in, or save it as UTF-8."
    )


def _unreadable(where: str, row: int, error: csv.Error, limits: Limits) -> Refused:
    if "field limit" in str(error):
        return Refused(
            f"{where}, row {row}: a cell has more than {limits.cell_characters:,} characters. "
            "Shorten it, or look for a quotation mark that is never closed."
        )
    return Refused(f"{where}, row {row}: this is no separated text ({error}).")
