"""Goes through a workbook's XML before it is opened for reading: how large each sheet's area is,
and which cells the reading library would not give as the file has them. Pure.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from xml.etree import ElementTree

from importer.data.workbook_gaps import Gaps

_CHUNK = 1024 * 1024
_TAIL = 64 * 1024  # longer than any cell's opening tag and number
_ADDRESS = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
# Errors come back empty, and whole numbers of more than 15 digits rounded.
_ODD_VALUE = re.compile(rb"<(?:\w+:)?v>(#[A-Z][^<]{1,20}|-?[0-9]{16,40})</")
_BARE_CELL = re.compile(rb'<(?:\w+:)?c(?=[ />])(?![^>]*\br=")')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="([0-9]{1,7})"')
_ANY_CELL = re.compile(rb"<(?:\w+:)?c(?=[ />])")
_SHEETS = "xl/worksheets/"
_MAX_PART = 16 * 1024 * 1024  # of the small parts that list the sheets


@dataclass(slots=True)
class SheetScan:
    """``width`` and ``height``: of the area that holds cells, counted from A1. ``exact``: what
    the file says in odd cells, by (row, column), both counted from 1."""

    width: int = 0
    height: int = 0
    exact: dict[tuple[int, int], str] = field(default_factory=dict)
    gaps: Gaps = field(default_factory=Gaps)

    @property
    def n_cells(self) -> int:
        return self.width * self.height


def scan_open_xml(archive: zipfile.ZipFile) -> dict[str, SheetScan]:
    """A scan of each sheet of an xlsx or xlsm file, by the sheet's name; one that the workbook
    does not list is scanned all the same, under the name of its part."""
    names = dict.fromkeys(name for name in archive.namelist() if name.startswith(_SHEETS))
    titles = {part: title for title, part in _sheet_parts(archive)}
    return {
        titles.get(part, part): _scan_sheet(archive, part)
        for part in names
        if part.endswith(".xml") or part in titles
    }


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(sheet name, path of its XML), as the workbook lists them."""
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in _small_part(archive, "xl/_rels/workbook.xml.rels")
    }
    for element in _small_part(archive, "xl/workbook.xml").iter():
        if element.tag.rpartition("}")[2] == "sheet":
            # The namespace of r:id is another one in strict files.
            ids = (value for key, value in element.attrib.items() if key.endswith("}id"))
            yield element.get("name", ""), _resolved(targets.get(next(ids, ""), ""))


def _small_part(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with archive.open(name) as stream:
        return ElementTree.fromstring(stream.read(_MAX_PART))


def _resolved(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _scan_sheet(archive: zipfile.ZipFile, part: str) -> SheetScan:
    scan = SheetScan()
    widest: set[bytes] = set()
    with archive.open(part) as stream:
        tail = b""
        while chunk := stream.read(_CHUNK):
            buffer = tail + chunk
            found = _ADDRESS.findall(buffer)
            if found:
                widest.update(letters for letters, _ in found)
                scan.height = max(scan.height, max(int(row) for _, row in found))
            _measure_bare_cells(buffer, scan)
            _find_odd_values(buffer, scan)
            scan.gaps.find(buffer, len(tail))
            tail = buffer[-_TAIL:]
    scan.width = max(scan.width, *map(column_number, widest), 0)
    return scan


def _measure_bare_cells(buffer: bytes, scan: SheetScan) -> None:
    """Cells may leave out their address; then their row has it, and they are counted."""
    if not _BARE_CELL.search(buffer):
        return
    scan.height = max(scan.height, *map(int, _ROW.findall(buffer)), 0)
    rows = re.split(rb"<(?:\w+:)?row\b", buffer)
    scan.width = max(scan.width, *(len(_ANY_CELL.findall(row)) for row in rows))


def _find_odd_values(buffer: bytes, scan: SheetScan) -> None:
    for match in _ODD_VALUE.finditer(buffer):
        before = max(buffer.rfind(mark, 0, match.start()) for mark in (b"<c ", b":c "))
        cell = _CELL.match(buffer, max(buffer.rfind(b"<", 0, before + 1), 0))
        if cell:
            address = (int(cell[2]), column_number(cell[1]))
            scan.exact[address] = unescape(match[1].decode("utf-8", "replace"))


def column_number(letters: bytes) -> int:
    """``A`` is 1, ``AA`` is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
