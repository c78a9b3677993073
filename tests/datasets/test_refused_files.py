"""Files that are not read, each with a sentence that says what is wrong and what to do."""

import zipfile
from pathlib import Path

import pytest

from importer.errors import Refused
from importer.limits import MIB, Limits
from tests.datasets.reading import read_bytes, read_paths
from tests.datasets.workbooks import ods_row, write_ods, write_xls, write_xlsx

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(folder: Path, name: str, content: bytes) -> str:
    with pytest.raises(Refused) as caught:
        read_bytes(folder, name, content)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"", "“a.csv” is empty: it has no bytes"),
        ("a.docx", b"PK\x03\x04", "“a.docx” is of a kind that is not read here; give xlsx"),
        ("a.csv", b"PK\x03\x04rest", "ends in csv, but its content is a zip archive"),
        ("a.csv", b"%PDF-1.7", "ends in csv, but its content is a PDF"),
        ("a.csv", OLE, "ends in csv, but its content is an old Office document"),
        ("a.xlsx", b"id;name\n1;2\n", "ends in xlsx, but its content is something else"),
        ("a.xlsx", OLE + bytes(600), "ends in xlsx, but its content is an old Office document"),
        ("a.xls", b"<html><table>", "ends in xls, but its content is a web page or XML"),
        ("a.xls", b"PK\x03\x04rest", "ends in xls, but its content is a zip archive"),
        ("a.xlsx", b"PK\x03\x04 cut off", "“a.xlsx” is damaged or cut off"),
        ("a.jsonl", b"\x1f\x8b\x08", "ends in jsonl, but its content is a gzip archive"),
    ],
)
def test_what_a_file_says_it_is_must_be_true(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    assert sentence in refusal(tmp_path, name, content)


def test_an_encrypted_workbook_is_named_as_such(tmp_path: Path) -> None:
    content = OLE + bytes(2000) + "EncryptedPackage".encode("utf-16-le") + bytes(2000)
    assert "“a.xlsx” is password-protected" in refusal(tmp_path, "a.xlsx", content)


def test_an_encrypted_old_workbook_is_named_as_such(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a.xls", [["a"], ["1"]], locked=True)
    with pytest.raises(Refused, match="“a.xls” is password-protected"):
        read_paths(tmp_path, [path])


def test_an_encrypted_open_document_is_named_as_such(tmp_path: Path) -> None:
    path = write_ods(tmp_path / "a.ods", ods_row(), manifest="<m:encryption-data/>")
    with pytest.raises(Refused, match="“a.ods” is password-protected"):
        read_paths(tmp_path, [path])


def test_an_encrypted_zip_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag in the local header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the table of contents
    assert "“a.zip” is password-protected" in refusal(tmp_path, "b/a.zip", bytes(content)).replace(
        "b/a.zip", "a.zip"
    )


def test_office_documents_and_archives_do_not_pass_for_one_another(tmp_path: Path) -> None:
    book = write_xlsx(tmp_path / "a.xlsx", [["a"], ["1"]]).read_bytes()
    assert "is an Office document and no archive" in refusal(tmp_path, "a.zip", book)
    assert "“a.ods” is no spreadsheet" in refusal(tmp_path, "a.ods", book)
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
    assert "“a.xlsx” is no workbook" in refusal(
        tmp_path, "a.xlsx", (tmp_path / "z.zip").read_bytes()
    )


def test_a_damaged_workbook_is_refused_with_what_to_do(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "a.xlsx", [["a", "b"]] * 500).read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        sheet = archive.getinfo("xl/worksheets/sheet1.xml")
    broken = bytearray(whole)
    middle = sheet.header_offset + 30 + len(sheet.filename) + sheet.compress_size // 2
    broken[middle : middle + 40] = b"\xff" * 40
    assert "damaged" in refusal(tmp_path, "b.xlsx", bytes(broken))


def bomb(path: Path, member: str, size: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in ("[Content_Types].xml", "xl/workbook.xml") if path.suffix == ".xlsx" else ():
            archive.writestr(part, "<x/>")
        with archive.open(member, "w") as out:
            for _ in range(size // MIB):
                out.write(b"0" * MIB)
    return path


@pytest.mark.parametrize(
    ("name", "member"), [("a.zip", "a.csv"), ("a.xlsx", "xl/worksheets/sheet1.xml")]
)
def test_a_zip_bomb_is_not_opened(tmp_path: Path, name: str, member: str) -> None:
    path = bomb(tmp_path / name, member, 40 * MIB)
    assert path.stat().st_size < MIB
    with pytest.raises(Refused, match=r"unpacks to more than 30 MB .* zip bomb"):
        read_paths(tmp_path, [path], limits=Limits(unzipped_bytes=30 * MIB))


def test_a_zip_bomb_that_lies_about_its_size_is_not_opened(tmp_path: Path) -> None:
    path = bomb(tmp_path / "a.zip", "a.csv", 40 * MIB)
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("a.csv").file_size == 1000
    with pytest.raises(Refused, match=r"unpacks to more than 30 MB"):
        read_paths(tmp_path, [path], limits=Limits(unzipped_bytes=30 * MIB))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"separator": ";;"}, "“;;” cannot separate cells"),
        ({"header_row": "third"}, "The header row is “third”"),
        ({"header_row": -1}, "The header row is “-1”"),
        ({"empty_words": "NULL"}, "must be a list"),
        ({"delimiter": ";"}, "“delimiter” is no option of a dataset"),
    ],
)
def test_wrong_options_are_refused(
    tmp_path: Path, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        read_bytes(tmp_path, "a.csv", b"a\n1\n", **options)
