"""The same look ahead as ``workbook_scanning``, for OpenDocument sheets, where a few bytes may
repeat a cell or a row a million times."""

import zipfile
from typing import Any
from xml.parsers import expat

from importer.data.workbook_scanning import SheetScan

_CHUNK = 1024 * 1024
_MANY_DIGITS = 16


def scan_open_document(archive: zipfile.ZipFile) -> dict[str, SheetScan]:
    """A scan of each sheet, by name. ``xml.parsers.expat.ExpatError`` when the XML is broken."""
    scanner = _Scanner()
    parser = expat.ParserCreate(namespace_separator=None)
    parser.StartElementHandler = scanner.start
    parser.EndElementHandler = scanner.end
    parser.CharacterDataHandler = scanner.text
    parser.EntityDeclHandler = _refuse_entities
    with archive.open("content.xml") as stream:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return scanner.scans


def _refuse_entities(*_: Any) -> None:
    raise expat.ExpatError("entities are declared, as no spreadsheet program does")


def is_encrypted(archive: zipfile.ZipFile) -> bool:
    """Whether the document's manifest says that its parts need a password."""
    if "META-INF/manifest.xml" not in archive.namelist():
        return False
    with archive.open("META-INF/manifest.xml") as stream:
        return b"encryption-data" in stream.read(_CHUNK)


class _Scanner:
    def __init__(self) -> None:
        self.scans: dict[str, SheetScan] = {}
        self._scan = SheetScan()
        self._row = self._column = 0
        self._row_repeat = self._cell_repeat = 1
        self._row_is_filled = False
        self._error_text: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        kind = tag.rpartition(":")[2]
        if kind == "table":
            self._scan = self.scans.setdefault(attributes.get("table:name", ""), SheetScan())
            self._row = 0
        elif kind == "table-row":
            self._row_repeat = int(attributes.get("table:number-rows-repeated", "1"))
            self._column, self._row_is_filled = 0, False
        elif kind in ("table-cell", "covered-table-cell"):
            self._start_cell(attributes)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell_repeat = int(attributes.get("table:number-columns-repeated", "1"))
        if "office:value-type" not in attributes:
            return
        self._row_is_filled = True
        self._scan.width = max(self._scan.width, self._column + self._cell_repeat)
        if attributes.get("calcext:value-type") == "error":
            self._error_text = []
        value = attributes.get("office:value", "")
        if len(value.lstrip("-")) >= _MANY_DIGITS and value.lstrip("-").isdigit():
            self._keep(value)

    def text(self, data: str) -> None:
        if self._error_text is not None:
            self._error_text.append(data)

    def end(self, tag: str) -> None:
        kind = tag.rpartition(":")[2]
        if kind == "table-row":
            self._row += self._row_repeat
            if self._row_is_filled:
                self._scan.height = self._row
        elif kind in ("table-cell", "covered-table-cell"):
            if self._error_text is not None:
                self._keep("".join(self._error_text).strip())
                self._error_text = None
            self._column += self._cell_repeat

    def _keep(self, text: str) -> None:
        # An odd cell that is repeated is kept where it stands first.
        self._scan.exact[self._row + 1, self._column + 1] = text
