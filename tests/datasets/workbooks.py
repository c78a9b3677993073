"""Writes workbooks for tests: by openpyxl where it can, by hand where it cannot."""

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMES = (
    " ".join(f'xmlns:{short}="{_OFFICE}{short}:1.0"' for short in ("office", "table", "text"))
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]], title: str = "Customers") -> Path:
    book = Workbook()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def write_raw_xlsx(path: Path, sheet_data: str, title: str = "Raw") -> Path:
    """An xlsx whose sheet holds exactly this XML between ``<sheetData>`` tags."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'content-types"><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"'
        f'/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{rels}"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        f'<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{rels}"><Relationship Id="rId1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet_data}'
        "</sheetData></worksheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def write_ods(path: Path, rows: str, manifest: str = "") -> Path:
    """An ods with one sheet, "Stock", of these ``<table:table-row>`` elements."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<m:manifest xmlns:m="{_OFFICE}manifest:1.0">{manifest}</m:manifest>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {_NAMES}><office:body><office:spreadsheet>"
            f'<table:table table:name="Stock">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_cell(kind: str, value: str = "", text: str = "", extra: str = "") -> str:
    attribute = {"float": "value", "date": "date-value", "boolean": "boolean-value"}.get(kind)
    given = f'office:{attribute}="{value}"' if attribute else ""
    return (
        f'<table:table-cell office:value-type="{kind}" {given} {extra}>'
        f"<text:p>{text or value}</text:p></table:table-cell>"
    )


def ods_row(*cells: str, extra: str = "") -> str:
    return f"<table:table-row {extra}>{''.join(cells)}</table:table-row>"


def write_xls(path: Path, rows: Sequence[Sequence[str | float]], *, locked: bool = False) -> Path:
    """A BIFF8 workbook with one sheet, "Old", in the smallest container that is valid."""
    cells = b"".join(
        _text(r, c, cell)
        if isinstance(cell, str)
        else _record(0x203, struct.pack("<HHHd", r, c, 0, cell))
        for r, row in enumerate(rows)
        for c, cell in enumerate(row)
    )
    sheet = _begin(0x10) + cells + _record(0x0A, b"")
    lock = _record(0x2F, b"\x01\x00" + b"\x01\x00\x01\x00" + bytes(48)) if locked else b""
    end = _record(0x0A, b"")
    bound_size = 4 + 8 + 3
    start = len(_begin(0x05)) + len(lock) + bound_size + len(end)
    bound = _record(0x85, struct.pack("<IH", start, 0) + b"\x03\x00Old")
    stream = _begin(0x05) + lock + bound + end + sheet
    path.write_bytes(_container(stream))
    return path


def _begin(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))


def _record(code: int, body: bytes) -> bytes:
    return struct.pack("<HH", code, len(body)) + body


def _text(row: int, column: int, text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return _record(0x204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + encoded)


def _container(stream: bytes) -> bytes:
    sector = 512
    stream = stream.ljust(max(4096, -(-len(stream) // sector) * sector), b"\0")
    count = len(stream) // sector
    end, fat_mark, free = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
    fat = [*range(1, count), end, end, fat_mark]  # stream, directory, table
    fat += [free] * (128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, count, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", count + 1, *[free] * 108)
    directory = _entry("Root Entry", 5, 1, end, 0) + _entry("Workbook", 2, free, 0, len(stream))
    directory = directory.ljust(sector, b"\0")
    return header + stream + directory + struct.pack("<128I", *fat)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    free = 0xFFFFFFFF
    body = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
    body += struct.pack("<III", free, free, child) + bytes(16) + bytes(4) + bytes(16)
    return body + struct.pack("<IQ", start, size)
