"""A workbook of bad rows goes out, is saved by other programs, comes back: what nobody touched is
no correction, nothing in it runs, and each row is known by its id alone."""

from html import escape
from pathlib import Path
from uuid import uuid4

import openpyxl
import pytest

from importer.data.correcting.applying import Corrected, SheetParquet, read_rows, write_corrected
from importer.data.correcting.comparing import (
    WHOLE_ROW,
    changes_of,
    is_another_row,
    with_tabs,
)
from importer.data.correcting.layout import own_headers, sheet_title, written
from importer.data.correcting.row_ids import RowId, RowIds
from importer.data.correcting.workbook_in import CameSheet, Remark, read_workbook
from importer.data.correcting.workbook_out import OutRow, OutSheet, write_workbook
from importer.data.duck import open_duck, quote
from importer.data.neutralising import neutral, restored
from importer.errors import Refused
from importer.limits import Limits
from tests.datasets.workbooks import ods_cell, ods_row, write_ods

ODD = (
    "=1+1", "+A1", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\x01=1", "'=1", "'plain",
    "-12.50", "+49 (30) 12-34", "007", "1.50", "2024-01-02", "17.000000001", "99999999999999999",
    " two  spaces ", "two\r\nlines\rthree\n", "_x000D_", "<b>&amp;", "TRUE", "#N/A", "ﬁ ü 漢 😀",
    "https://a.example/x", "x" * 40_000, None,
)  # fmt: skip
COLUMNS = [f"c{n}" for n in range(len(ODD))]


def test_what_could_run_is_neutral_and_comes_back_as_it_was() -> None:
    runs = ["=1", "+A1", "-B2", "@x", "\tx", "\rx", "＝1", "-1+cmd|x", "=HYPERLINK(1)"]
    assert [neutral(text) for text in runs] == [f"'{text}" for text in runs]
    assert [restored(neutral(text)) for text in runs] == runs
    numbers = ["-5", "-1,234.50", "+49 30 12", "plain", "", "'=1", "5-3", "a=b"]
    assert [neutral(text) for text in numbers] == numbers
    assert restored("'plain") == "'plain"


def test_row_ids_cannot_be_made_or_changed_by_others() -> None:
    ids, one = RowIds([b"key"]), RowId(uuid4(), 3, 1_048_577)
    text = ids.text(one)
    assert (ids.read(f" {text} "), RowIds([b"new", b"key"]).read(text)) == (one, one)
    start, sheet, row, mac = text.split(".")
    for changed in (f"{start}.{sheet}.7.{mac}", f"{start}.4.{row}.{mac}", text[:-1], "", "=1"):
        assert ids.read(changed) is None
    assert RowIds([b"other"]).read(text) is None
    assert not text.startswith(("=", "-", "+", "@"))


def test_our_columns_are_never_mixed_up_with_the_sheets() -> None:
    assert own_headers(["Row"]).row == "[row]"
    assert own_headers(["[ROW]", "[status]", "[[status]]"]).status == "[[[status]]]"
    taken: set[str] = set()
    titles = [sheet_title(name, taken) for name in ("a/b:c", "A?B*c", "", "x" * 40, "x" * 41)]
    assert titles == ["a b c", "A B c (2)", "Sheet", "x" * 31, "x" * 27 + " (2)"]


def out(path: Path, ids: RowIds, dataset: object, rows: dict[int, tuple[str | None, ...]]) -> None:
    def each() -> object:
        for row, cells in rows.items():
            text = ids.text(RowId(dataset, 0, row))  # type: ignore[arg-type]
            yield OutRow(text, row, "error", "c0: =bad", frozenset(["c0"]), cells)

    assert write_workbook(path, [OutSheet("Rows", COLUMNS, each())]) == len(rows)  # type: ignore[arg-type]


def came(path: Path) -> tuple[list[dict[str, str]], list[Remark]]:
    rows, remarks = [], []
    for sheet in read_workbook(path, path.name, Limits()):
        if isinstance(sheet, Remark):
            remarks.append(sheet)
        else:
            assert isinstance(sheet, CameSheet)
            rows += [dict(zip(sheet.headers, row.cells, strict=True)) for row in sheet.rows]
    return rows, remarks


def test_an_untouched_workbook_corrects_nothing_also_when_another_program_saved_it(
    tmp_path: Path,
) -> None:
    ids, dataset, path = RowIds([b"key"]), uuid4(), tmp_path / "rows.xlsx"
    out(path, ids, dataset, {2: ODD, 3: tuple(reversed(ODD))})
    book = openpyxl.load_workbook(path)
    sheet = book["Rows"]
    assert sheet.protection.sheet and sheet.column_dimensions["A"].hidden
    texts = [str(cell.value) for row in sheet.iter_rows(min_row=2) for cell in row if cell.value]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert not [text for text in texts if neutral(text) != text]
    locked = {cell.column: cell.protection.locked for cell in sheet[2]}
    assert [at for at, is_locked in locked.items() if is_locked] == [1, 2, 3, 4, 30]
    again, other = tmp_path / "again.xlsx", tmp_path / "other.xlsx"
    book.save(again)
    sheet["A2"].value, sheet["F3"].value, sheet["L2"].value = "forged", "=edited", None
    sheet["AF1"].value, sheet["AF2"].value = "Extra", "more"
    book.create_sheet("Mine")["B2"] = "a cell"
    book.save(other)
    given = dict(zip(COLUMNS, ODD, strict=True))
    for file in (path, again):
        rows, remarks = came(file)
        assert (remarks, [ids.read(row["[row id]"]) for row in rows]) == (
            [], [RowId(dataset, 0, 2), RowId(dataset, 0, 3)],
        )  # fmt: skip
        cells = {column: rows[0][column] for column in COLUMNS}
        assert list(changes_of("Rows", 2, cells, given, given)) == []
        assert not is_another_row(cells, given)
        assert is_another_row({column: rows[1][column] for column in COLUMNS}, given)
    rows, (remark,) = came(other)
    assert (rows[0]["[row id]"], rows[0]["Extra"], rows[0]["c6"]) == ("forged", "more", "")
    assert "“Mine” has no column of row ids" in remark.message
    (change,) = changes_of("Rows", 2, {"c0": "'=edited"}, given, {"c0": "meanwhile"})
    assert (change.new, change.given, change.is_conflict) == ("=edited", "=1+1", True)
    assert list(changes_of("Rows", 2, {"c0": "same"}, given, {"c0": "same"})) == []
    (emptied,) = changes_of("Rows", 2, {"c11": ""}, given, given)
    assert (emptied.new, emptied.is_conflict) == (None, False)


def test_an_untouched_workbook_corrects_nothing_also_from_an_ods(tmp_path: Path) -> None:
    def cell(text: str | None) -> str:
        lines = escape(written(text)).replace("\t", "<text:tab/>").replace("  ", " <text:s/>")
        return ods_cell("string", text=lines.replace("\n", "</text:p><text:p>"))

    ids, given = RowIds([b"key"]), dict(zip(COLUMNS, ODD, strict=True))
    header = ods_row(*(cell(text) for text in ("[row id]", *COLUMNS)))
    text = ids.text(RowId(uuid4(), 0, 2))
    path = write_ods(tmp_path / "rows.ods", header + ods_row(cell(text), *map(cell, ODD)))
    (row,), remarks = came(path)
    assert (remarks, row.pop("[row id]")) == ([], text)
    cells = {column: with_tabs(text, given[column]) for column, text in row.items()}
    assert list(changes_of("Rows", 2, cells, given, given)) == []


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "rows.csv"
    text.write_text("a,b\n")
    with pytest.raises(Refused, match="Give back the file that was exported"):
        list(read_workbook(text, text.name, Limits()))


def test_corrections_are_put_into_a_sheet_and_the_first_file_stays(tmp_path: Path) -> None:
    path, made = tmp_path / "sheet.parquet", tmp_path / "made" / "sheet.parquet"
    with open_duck(tmp_path) as duck:
        duck.execute(
            "COPY (SELECT i + 2 AS _row, 'n' || i AS \"a b\", CASE i WHEN 1 THEN NULL ELSE 'x' END "
            f'AS "q\'""r" FROM range(5) AS t(i)) TO {quote(str(path))}'
        )
    before = path.read_bytes()
    sheet = SheetParquet(path, ["a b", "q'\"r"])
    told = [
        Corrected(3, "a b", "new"), Corrected(3, "q'\"r", "={}\n\\"), Corrected(4, "a b", None),
        Corrected(5, WHOLE_ROW, None), Corrected(5, "a b", "lost"),
    ]  # fmt: skip
    made.parent.mkdir()
    assert write_corrected(sheet, told, made) == 4
    rows = read_rows(SheetParquet(made, sheet.columns), [], range(9), tmp_path / "w")
    assert list(rows) == [2, 3, 4, 6]
    assert [tuple(row.values()) for row in rows.values()] == [
        ("n0", "x"), ("new", "={}\n\\"), (None, "x"), ("n4", "x"),
    ]  # fmt: skip
    assert read_rows(sheet, told, [3, 5], tmp_path / "w") == {3: rows[3]}
    assert path.read_bytes() == before


def test_written_cells_are_known_again() -> None:
    assert written("\x00=1") == "'=1"
    assert written(None) == ""
