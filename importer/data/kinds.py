"""What kind of file it is: by its name, held against what its first bytes say. Pure."""

import zipfile
from enum import StrEnum
from pathlib import Path, PurePath

from importer.errors import Refused


class Kind(StrEnum):
    TEXT = "text"  # csv, tsv
    JSON_LINES = "json_lines"
    OPEN_XML = "open_xml"  # xlsx, xlsm
    BINARY_EXCEL = "binary_excel"  # xls
    OPEN_DOCUMENT = "open_document"  # ods
    ARCHIVE = "archive"


_BY_SUFFIX = {
    ".csv": Kind.TEXT,
    ".tsv": Kind.TEXT,
    ".tab": Kind.TEXT,
    ".txt": Kind.TEXT,
    ".jsonl": Kind.JSON_LINES,
    ".ndjson": Kind.JSON_LINES,
    ".json": Kind.JSON_LINES,
    ".xlsx": Kind.OPEN_XML,
    ".xlsm": Kind.OPEN_XML,
    ".xls": Kind.BINARY_EXCEL,
    ".ods": Kind.OPEN_DOCUMENT,
    ".zip": Kind.ARCHIVE,
}
_ZIPPED = (Kind.OPEN_XML, Kind.OPEN_DOCUMENT, Kind.ARCHIVE)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MAGIC = (
    (b"PK\x03\x04", "a zip archive or workbook"),
    (b"PK\x05\x06", "an empty zip archive"),
    (_OLE, "an old Office document"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"SQLite format", "a database"),
    (b"PAR1", "a Parquet file"),
)
ACCEPTED_INSIDE = "xlsx, xlsm, xls, ods, csv, tsv, txt and jsonl"
ACCEPTED = "xlsx, xlsm, xls, ods, csv, tsv, txt, jsonl and zip"


def kind_by_name(name: str) -> Kind | None:
    return _BY_SUFFIX.get(PurePath(name).suffix.lower())


def checked_kind(path: Path, name: str) -> Kind:
    """The file's kind. Refused when it is empty, not of a kind that is read, not what its name
    says, or password-protected."""
    kind = kind_by_name(name)
    if kind is None:
        raise Refused(f"“{name}” is of a kind that is not read here; give {ACCEPTED}.")
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise Refused(f"“{name}” is empty: it has no bytes at all.")
    if kind in _ZIPPED:
        _check_zipped(path, name, kind, head)
    elif kind is Kind.BINARY_EXCEL:
        if not head.startswith((_OLE, b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")):
            raise _not_as_named(name, head)
    elif _magic_of(head):
        raise _not_as_named(name, head)
    return kind


def _check_zipped(path: Path, name: str, kind: Kind, head: bytes) -> None:
    if head.startswith(_OLE) and _is_encrypted_office(path):
        raise Refused(
            f"“{name}” is password-protected. Save it without a password and upload it again."
        )
    if not head.startswith(b"PK"):
        raise _not_as_named(name, head)
    if not zipfile.is_zipfile(path):
        raise Refused(f"“{name}” is damaged or cut off: its table of contents is missing.")
    with zipfile.ZipFile(path) as archive:
        inside = set(archive.namelist())
    if kind is Kind.OPEN_XML and not any(part.startswith("xl/workbook.") for part in inside):
        raise Refused(f"“{name}” is no workbook: it is a zip archive of something else.")
    if kind is Kind.OPEN_DOCUMENT and "content.xml" not in inside:
        raise Refused(f"“{name}” is no spreadsheet: it is a zip archive of something else.")
    if kind is Kind.ARCHIVE and ("[Content_Types].xml" in inside or "content.xml" in inside):
        raise Refused(
            f"“{name}” is an Office document and no archive of files; give it its own ending "
            "(xlsx, xlsm or ods)."
        )


def _is_encrypted_office(path: Path) -> bool:
    # The names of the streams stand in the container's directory, anywhere in the file.
    with path.open("rb") as stream:
        tail = b""
        while chunk := stream.read(1 << 20):
            if _ENCRYPTED in tail + chunk:
                return True
            tail = chunk[-len(_ENCRYPTED) :]
    return False


def _magic_of(head: bytes) -> str:
    return next((what for magic, what in _MAGIC if head.startswith(magic)), "")


def _not_as_named(name: str, head: bytes) -> Refused:
    what = _magic_of(head)
    if not what:
        start = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:200].lower()
        is_page = start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table"))
        what = "a web page or XML" if is_page else "something else, perhaps plain text"
    ending = PurePath(name).suffix.lstrip(".")
    return Refused(
        f"“{name}” is not what its name says: it ends in {ending}, but its content is {what}. "
        "Save it in that format, or give it its right ending."
    )
