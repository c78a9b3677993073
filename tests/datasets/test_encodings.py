"""Letters arrive as they were written, or the reader says that it is not sure."""

from pathlib import Path

import pytest

from importer.errors import Refused
from tests.datasets.reading import ReadBack, read_bytes

GERMAN = "id,name\n1,Müller\n2,Straße\n3,Ärzte GmbH\n"


def read(folder: Path, content: bytes, **options: str) -> ReadBack:
    (sheet,) = read_bytes(folder, "names.csv", content, **options)
    return sheet


def names(sheet: ReadBack) -> list[str]:
    return [row[2] for row in sheet.rows]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_unicode_is_recognised_without_a_word(tmp_path: Path, encoding: str) -> None:
    sheet = read(tmp_path, GERMAN.encode(encoding))
    assert (names(sheet), sheet.codes) == (["Müller", "Straße", "Ärzte GmbH"], set())


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("cp1252", ["Müller", "Señor José", "Élodie Dupré", "50 €", "Café à la crème"]),
        ("cp1250", ["Łódź Kraków", "Wrocław", "Jastrzębie-Zdrój", "Żółwia Wieś", "Część główna"]),
        ("cp1251", ["Москва", "Иванов Иван", "Санкт-Петербург", "Общество"]),
        ("cp1254", ["İstanbul Beşiktaş", "Ağaç Sokağı", "Şişli çarşısı", "Gülşen Işık"]),
        ("cp1253", ["Αθήνα", "Γεώργιος", "Θεσσαλονίκη", "Εταιρεία"]),
        ("shift_jis", ["東京都", "株式会社", "大阪市北区"]),
    ],
)
def test_older_encodings_are_guessed_and_reported(
    tmp_path: Path, encoding: str, written: list[str]
) -> None:
    text = "id,name\n" + "".join(f"{n},{name}\n" for n, name in enumerate(written * 5))
    sheet = read(tmp_path, text.encode(encoding))
    assert names(sheet)[: len(written)] == written
    assert encoding in sheet.notices["encoding_guessed"]["message"]


def test_one_western_letter_is_read_as_western(tmp_path: Path) -> None:
    assert names(read(tmp_path, "id,name\n1,Müller\n".encode("cp1252"))) == ["Müller"]


def test_a_named_encoding_is_taken_at_its_word(tmp_path: Path) -> None:
    sheet = read(tmp_path, GERMAN.encode("cp850"), encoding="cp850")
    assert (names(sheet)[0], sheet.codes) == ("Müller", set())


def test_mixed_encodings_are_read_line_by_line_and_reported(tmp_path: Path) -> None:
    lines = [b"id,name", "1,Müller".encode(), "2,Größe".encode("cp1252"), b"3,plain",
             "4,Jäger".encode("cp1252")]  # fmt: skip
    sheet = read(tmp_path, b"\n".join(lines))
    assert names(sheet) == ["Müller", "Größe", "plain", "Jäger"]
    notice = sheet.notices["mixed_encodings"]
    assert (notice["row"], notice["count"]) == (3, 2)
    assert "the first is line 2" in notice["message"]


def test_a_mark_at_the_start_is_no_proof_for_the_rest(tmp_path: Path) -> None:
    content = "\ufeffid,name\n1,Müller\n".encode() + "2,Größe\n".encode("cp1252")
    sheet = read(tmp_path, content)
    assert (sheet.columns, names(sheet)) == (["id", "name"], ["Müller", "Größe"])
    assert sheet.codes == {"mixed_encodings"}


def test_bytes_that_are_not_the_named_encoding_are_refused_with_their_place(tmp_path: Path) -> None:
    content = b"id,name\n" + b"1,ok\n" * 9000 + "2,Größe\n".encode("cp1252")
    with pytest.raises(Refused, match=r"“names.csv”, near row \d+: .* not utf-8"):
        read(tmp_path, content, encoding="utf-8")


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="“klingon” is no known text encoding"):
        read(tmp_path, b"a\n1\n", encoding="klingon")


def test_a_codec_that_is_no_text_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="“base64” is no known text encoding"):
        read(tmp_path, b"a\n1\n", encoding="base64")


def test_letters_far_down_the_file_are_looked_at_too(tmp_path: Path) -> None:
    content = b"id,name\n" + b"1,plain\n" * 300_000 + "2,Größe\n".encode("cp1252")
    sheet = read(tmp_path, content)
    assert (names(sheet)[-1], sheet.codes) == ("Größe", {"encoding_guessed"})
