"""Reads the files of one dataset into sheets, one after the other. Knows no model."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TypeVar

from importer.data.archives import check_archive, data_members, is_only_file, unpack
from importer.data.csv_reading import open_text
from importer.data.json_reading import open_json_lines
from importer.data.kinds import ACCEPTED_INSIDE, Kind, checked_kind, kind_by_name
from importer.data.notices import Notice
from importer.data.options import ReadOptions
from importer.data.rows import Advance, RawSheet
from importer.data.sheets import WrittenSheet, write_sheet
from importer.data.workbook_reading import open_workbook
from importer.errors import Refused
from importer.limits import Limits


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: where it lies here, and what its user calls it."""

    path: Path
    name: str


_KEPT = "files_kept"
_NAMES_SHOWN = 3
_Item = TypeVar("_Item")

Report = Callable[[int, str], None]
"""Told how many bytes of all files are done, and what is being read."""


def read_files(
    files: Sequence[SourceFile], options: ReadOptions, limits: Limits, work: Path, report: Report
) -> Iterator[tuple[int, WrittenSheet]]:
    """(index of the file, sheet) in order; names unique over all files, whatever their case.

    Refused, naming file, sheet and row, when something cannot be read.
    """
    taken: set[str] = set()
    done = 0
    for index, file in enumerate(files):
        size = file.path.stat().st_size

        def advance(
            share: float, done: int = done, size: int = size, name: str = file.name
        ) -> None:
            report(done + int(min(share, 1.0) * size), f"Reading “{name}”")

        advance(0.0)
        folder = work / f"file-{index}"
        folder.mkdir()
        for sheet in _sheets_of(_Reading(file, options, limits, folder, advance)):
            yield index, replace(sheet, name=_unique(sheet.name, taken))
        done += size
        report(done, f"Read “{file.name}”")


def _unique(name: str, taken: set[str]) -> str:
    wanted = " ".join(name.split())[:250] or "sheet"
    candidate, number = wanted, 2
    while candidate.casefold() in taken:
        candidate, number = f"{wanted}_{number}", number + 1
    taken.add(candidate.casefold())
    return candidate


@dataclass(frozen=True, slots=True)
class _Reading:
    file: SourceFile
    options: ReadOptions
    limits: Limits
    work: Path
    advance: Advance


def _sheets_of(reading: _Reading) -> list[WrittenSheet]:
    """The file's sheets; what was left out of it is noted on the first of them."""
    left_out: list[Notice] = []
    sheets: list[WrittenSheet] = []
    for raw in _raw_sheets(reading, left_out):
        target = reading.work / f"sheet-{len(sheets)}.parquet"
        header_row = reading.options.header_row
        sheet = write_sheet(raw, target, header_row=header_row, limits=reading.limits)
        if sheet is None:
            left_out.append(Notice("empty_sheet", f"{raw.where} is empty and was left out."))
        else:
            sheets.append(sheet)
    if not sheets and left_out and all(one.code == _KEPT for one in left_out):
        return []  # an archive of pictures and documents only
    if not sheets:
        raise Refused(f"“{reading.file.name}” is empty: there is no filled cell in it.")
    return [replace(sheets[0], notices=(*sheets[0].notices, *left_out)), *sheets[1:]]


def _raw_sheets(reading: _Reading, left_out: list[Notice]) -> Iterator[RawSheet]:
    path, name = reading.file.path, reading.file.name
    kind = checked_kind(path, name)
    if kind is Kind.ARCHIVE:
        return _members(reading, left_out)
    if kind is Kind.TEXT:
        return iter((open_text(path, name, *_rest(reading)),))
    if kind is Kind.JSON_LINES:
        return iter((open_json_lines(path, name, *_rest(reading)),))
    return open_workbook(path, name, kind, reading.limits, reading.advance)


def _rest(reading: _Reading) -> tuple[ReadOptions, Limits, Path, Advance]:
    return reading.options, reading.limits, reading.work, reading.advance


def _members(reading: _Reading, left_out: list[Notice]) -> Iterator[RawSheet]:
    name = reading.file.name
    with zipfile.ZipFile(reading.file.path) as archive:
        check_archive(archive, name, reading.limits)
        found = data_members(archive)
        if not found:
            raise Refused(f"“{name}” holds no file; put in {ACCEPTED_INSIDE}, or pictures.")
        members = [one for one in found if _is_readable(*one)]
        left_out += _kept(name, [inner for one, inner in found if not _is_readable(one, inner)])
        for position, (member, inner) in enumerate(members):
            folder = reading.work / f"member-{position}"
            folder.mkdir()
            target = unpack(archive, member, folder / "content", name)
            yield from _inner_sheets(reading, SourceFile(target, inner), left_out)
            target.unlink()
            reading.advance((position + 1) / len(members))


def _kept(archive: str, names: Sequence[str]) -> list[Notice]:
    if not names:
        return []
    shown = ", ".join(names[:_NAMES_SHOWN]) + (", ..." if len(names) > _NAMES_SHOWN else "")
    said = f"{len(names):,} of the files in “{archive}” are no sheets; rows may name them: {shown}"
    return [Notice(_KEPT, said)]


def _is_readable(member: zipfile.ZipInfo, inner: str) -> bool:
    """Whether it is read into sheets; everything in an archive is a file that rows may name."""
    kind = kind_by_name(inner)
    return kind is not None and kind is not Kind.ARCHIVE and not is_only_file(member)


def _inner_sheets(
    reading: _Reading, inner: SourceFile, left_out: list[Notice]
) -> Iterator[RawSheet]:
    """The sheets of one unpacked file; a text file's sheet is named by its path in the archive."""
    inside = replace(reading, file=inner, work=inner.path.parent, advance=lambda _: None)
    archive = reading.file.name
    for raw in _named_by(archive, _raw_sheets(inside, left_out)):
        where = f"“{archive}”, {raw.where}"
        is_text = kind_by_name(inner.name) in (Kind.TEXT, Kind.JSON_LINES)
        name = str(PurePath(inner.name).with_suffix("")) if is_text else raw.name
        yield replace(raw, name=name, where=where, rows=_named_by(archive, raw.rows))


def _named_by(archive: str, items: Iterator[_Item]) -> Iterator[_Item]:
    """The items; a refusal met on the way names the archive too."""
    try:
        yield from items
    except Refused as error:
        raise Refused(f"“{archive}”, {error}") from error
