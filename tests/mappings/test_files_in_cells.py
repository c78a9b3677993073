"""Files as cells: taken up before the SELECT, told by row, checked with the mapping."""

import base64
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from importer.data.binaries import gathering
from importer.data.binaries.cells import cell_of
from importer.data.binaries.fetching import Fetching
from importer.data.binaries.judging import BadFile, Wanted, is_image
from importer.data.binaries.sources import MOST_SILENT, Files, Stopped
from importer.data.checking import check_mapping
from importer.data.prepared import Prepared
from importer.data.preparing import prepare
from importer.odoo.protocols import FieldFacts, ModelFacts
from tests.engine.pictures import file_field, png, text_of

KINDS = {"name": "char", "image_1920": "binary", "datas": "binary"}
FACTS = ModelFacts(
    "res.partner", {k: FieldFacts(k, k, t, False, False, True) for k, t in KINDS.items()}, {}
)


def frozen(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    entity = {"name": "p", "odoo_model": "res.partner", "key_columns": ["code"]}
    return {"entity": entity, "fields": list(fields), "nested": [], **more}


def prepared(
    folder: Path,
    photos: Sequence[str],
    *fields: dict[str, Any],
    files: Files | None = None,
    **more: Any,
) -> Prepared:
    sheet = folder / "sheet.parquet"
    with duckdb.connect() as duck:
        duck.execute("CREATE TABLE t (_row BIGINT, code VARCHAR, photo VARCHAR)")
        for n, photo in enumerate(photos):
            duck.execute("INSERT INTO t VALUES (?, ?, ?)", [n + 2, str(n), photo or None])
        duck.execute(f"COPY t TO '{sheet}' (FORMAT parquet)")
    return made(folder, sheet, *fields, files=files, **more)


def made(
    folder: Path, sheet: Path, *fields: dict[str, Any], files: Files | None = None, **more: Any
) -> Prepared:
    (folder / "out").mkdir()
    return prepare(
        frozen(*fields, **more),
        facts=FACTS,
        sheet_path=sheet,
        sheet="s",
        empty_words=["N/A"],
        lookups={},
        out_dir=folder / "out",
        files=files or Files(),
    )


def read(path: Path, columns: str) -> list[Any]:
    with duckdb.connect() as duck:
        return duck.execute(f"SELECT {columns} FROM read_parquet('{path}') ORDER BY 1").fetchall()


def test_the_cell_is_the_files_hash_and_size(tmp_path: Path) -> None:
    wrapped = text_of(png(1))[:20] + "\r\n" + text_of(png(1))[20:]
    photos = [text_of(png(1)), wrapped, f"data:image/png;base64,{text_of(png(1))}", "N/A", ""]
    done = prepared(tmp_path, photos, file_field("image_1920", "photo"))
    cells = [cell for _, cell in read(done.path, 'sheet_row, "cell:image_1920"')]
    assert cells == [cell_of(png(1))] * 3 + [None, None]
    assert done.n_failed == 0


def test_every_bad_cell_is_told_with_its_column_and_never_whole(tmp_path: Path) -> None:
    long = "?" * 5000
    done = prepared(tmp_path, [long, text_of(b"x")], file_field("image_1920", "photo"))
    told = read(done.issues_path, 'sheet_row, "column", code, value')
    assert [one[:3] for one in told] == [(2, "photo", "not_base64"), (3, "photo", "not_an_image")]
    assert max(len(one[3]) for one in told) <= 80


def test_a_row_that_is_filtered_out_names_no_file(tmp_path: Path) -> None:
    done = prepared(
        tmp_path, ["###", text_of(png(1))], file_field("image_1920", "photo"), row_filter="code='1'"
    )
    assert (done.n_rows, done.n_failed) == (1, 0)


def test_a_plain_column_on_such_a_field_is_base64_of_anything(tmp_path: Path) -> None:
    field = {"target": "datas", "source": "column", "spec": {"column": "photo"}}
    done = prepared(tmp_path, [text_of(b"text"), "###"], field)
    assert [cell for _, cell in read(done.path, 'sheet_row, "cell:datas"')][0] == cell_of(b"text")
    assert [one[1] for one in read(done.issues_path, "sheet_row, code")] == ["not_base64"]


def test_an_expression_that_cannot_be_computed_is_an_issue_of_its_row(tmp_path: Path) -> None:
    spec = {"sql": 'CAST(CAST("photo" AS INTEGER) AS VARCHAR)', "from": "base64"}
    field = {"target": "datas", "source": "binary", "spec": spec}
    done = prepared(tmp_path, ["no number"], field)
    assert [one[1] for one in read(done.issues_path, "sheet_row, code")] == ["expression"]


def test_many_large_cells_are_taken_up(tmp_path: Path) -> None:
    """Far more than one preparation may use of memory, were they part of its rows."""
    sheet = tmp_path / "sheet.parquet"
    head = base64.b64encode(png(1))[:16].decode()
    with duckdb.connect() as duck:
        duck.execute(
            "COPY (SELECT i AS _row, i::VARCHAR AS code, "
            f"'{head}' || (SELECT string_agg(md5((i * 10000 + j)::VARCHAR), '') "
            "FROM range(6250) u(j)) AS photo FROM range(2, 402) t(i)) "
            f"TO '{sheet}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)"
        )
    done = made(tmp_path, sheet, file_field("image_1920", "photo"))
    assert (done.n_rows, done.n_failed) == (400, 0)
    assert done.path.stat().st_size < 200_000


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (file_field("name", "photo"), "not_a_file"),
        ({"target": "datas", "source": "constant", "spec": {"value": "x"}}, "needs_file"),
        (file_field("datas", "photo", winner="ask"), "winner"),
        (file_field("datas", "photo", "ftp"), "bad_spec"),
        (file_field("datas", "nowhere"), "unknown_column"),
    ],
)
def test_a_mapping_that_cannot_work_is_told_before(field: dict[str, Any], code: str) -> None:
    given = frozen({"target": "name", "source": "column", "spec": {"column": "code"}}, field)
    if field["target"] == "name":
        given = frozen(field)
    found = check_mapping(given, facts=FACTS, columns=["code", "photo"])
    assert [one.code for one in found if one.code != "missing_required"] == [code]


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (png(1), True),
        (b"GIF89a" + bytes(20), True),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", True),
        (b'<?xml version="1.0"?>\n<!-- x --><svg xmlns="http://www.w3.org/2000/svg"/>', True),
        (b"<html><svg/></html>", False),
        (b"%PDF-1.7", False),
        (b"", False),
    ],
)
def test_pictures_are_known_by_their_first_bytes(content: bytes, is_one: bool) -> None:
    assert is_image(content) is is_one


@pytest.mark.parametrize("before", [b"<!---->", b"<?xml?>", b"<!DOCTYPE x>", b" "])
def test_what_only_begins_like_a_picture_is_told_at_once(before: bytes) -> None:
    """Whoever sends it must not keep a worker busy for ever."""
    begun = time.monotonic()
    assert not is_image(before * 4000 + b"x")
    assert is_image(before * 40 + b"<svg>")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("number", "is_public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff0e::1", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
        ("fec0::1", False),
    ],
)
def test_an_address_that_leads_inside_is_not_public(
    monkeypatch: pytest.MonkeyPatch, number: str, is_public: bool
) -> None:
    """In whatever form it wraps up one of version 4. The name server is the attacker's."""

    def answered(host: str, port: int, **_: object) -> list[object]:
        return [(0, 0, 0, "", (number, port))]

    monkeypatch.setattr("socket.getaddrinfo", answered)
    monkeypatch.setattr("socket.create_connection", _refused)
    with pytest.raises(BadFile) as told:
        Fetching(["pics.example"], Wanted(100, False)).fetch("http://pics.example/a.png")
    assert told.value.code == ("url_unreachable" if is_public else "url_private")


def test_a_host_that_gives_no_answer_is_not_asked_for_every_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each address may take half a minute. Another host is asked all the same."""
    asked: list[str] = []

    def nobody(address: tuple[str, int], *_: object) -> None:
        asked.append(address[0])
        raise OSError("nobody there")

    monkeypatch.setattr("socket.create_connection", nobody)
    files = Files(hosts=("127.0.0.1", "127.0.0.2"), keep=cell_of)
    told = [_code(files, f"http://127.0.0.1/{n}.png") for n in range(MOST_SILENT + 5)]
    assert told == ["url_unreachable"] * MOST_SILENT + ["url_host_silent"] * 5
    assert asked == ["127.0.0.1"] * MOST_SILENT
    assert _code(files, "http://127.0.0.2/1.png") == "url_unreachable"


def _code(files: Files, source: str) -> str:
    with pytest.raises(BadFile) as told:
        files.cell("url", source, must_be_image=True)
    return told.value.code


def test_a_preparation_that_is_to_stop_fetches_no_further_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def slow(self: Files, origin: str, source: str, *, must_be_image: bool) -> str:
        asked.append(source)
        time.sleep(0.05)
        raise BadFile("url_unreachable")

    monkeypatch.setattr(Files, "cell", slow)
    monkeypatch.setattr(gathering, "_LOOK_SECONDS", 0.0)
    photos = [f"http://127.0.0.1/{n}.png" for n in range(100)]
    field = file_field("image_1920", "photo", "url")
    with pytest.raises(Stopped):
        prepared(tmp_path, photos, field, files=Files(is_stopping=lambda: True))
    assert len(asked) < 20


def _refused(*_: object) -> None:
    raise OSError("nobody there")
