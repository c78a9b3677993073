"""What a workbook's cells become: text as its user sees it, nothing rounded, nothing run."""

import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from importer.data.workbook_gaps import Gaps
from importer.errors import Refused
from importer.limits import Limits
from tests.datasets.reading import ReadBack, read_paths
from tests.datasets.workbooks import (
    ods_cell,
    ods_row,
    write_ods,
    write_raw_xlsx,
    write_xls,
    write_xlsx,
)


def cells_of(sheet: ReadBack) -> list[str | None]:
    return [row[1] for row in sheet.rows]


def test_values_become_their_shortest_exact_text(tmp_path: Path) -> None:
    moment = datetime.datetime(2024, 1, 2, 3, 4, 5)
    given = {
        12.0: "12", 12.5: "12.5", 0.1: "0.1", -3: "-3", 1e-7: "0.0000001",
        1e20: "100000000000000000000", "007": "007", " lead": " lead", "a\nb": "a\nb",
        datetime.date(2024, 1, 2): "2024-01-02", moment: "2024-01-02 03:04:05",
        datetime.time(4, 5, 6): "04:05:06", datetime.timedelta(hours=26, minutes=3): "26:03:00",
        "12345678901234567": "12345678901234567", True: "TRUE",
    }  # fmt: skip
    path = write_xlsx(tmp_path / "b.xlsx", [["value"], *([value] for value in given)])
    (sheet,) = read_paths(tmp_path, [path])
    assert cells_of(sheet) == list(given.values())
    assert set(sheet.types[1:]) == {"VARCHAR"}


def test_row_numbers_are_those_of_the_workbook(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["C4"], sheet["D4"], sheet["C6"], sheet["D9"] = "id", "name", "1", "Ann"
    book.save(tmp_path / "b.xlsx")
    (read,) = read_paths(tmp_path, [tmp_path / "b.xlsx"])
    assert (read.header_row, read.columns) == (4, ["id", "name"])
    assert read.rows == [(6, "1", None), (9, None, "Ann")]


def test_long_numbers_and_errors_arrive_as_the_file_has_them(tmp_path: Path) -> None:
    data = (
        '<row r="1"><c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>looked up</v></c></row>'
        '<row r="2"><c r="A2"><v>12345678901234567</v></c><c r="B2" t="e"><v>#N/A</v></c></row>'
        '<row r="3"><c r="A3"><v>7</v></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
        '<row r="4"><c r="A4"/><c r="B4" s="0" t="e"><v>#REF!</v></c></row>'
    )
    (sheet,) = read_paths(tmp_path, [write_raw_xlsx(tmp_path / "b.xlsx", data)])
    assert sheet.rows == [(2, "12345678901234567", "#N/A"), (3, "7", "#DIV/0!"), (4, None, "#REF!")]
    notice = sheet.notices["long_number"]
    assert (notice["row"], notice["column"]) == (2, "A")


def test_a_formula_gives_the_value_it_was_saved_with(tmp_path: Path) -> None:
    data = (
        '<row r="1"><c r="A1" t="str"><v>sum</v></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="str"><f>WEBSERVICE("http://x")</f><v>kept</v></c></row>'
    )
    (sheet,) = read_paths(tmp_path, [write_raw_xlsx(tmp_path / "b.xlsx", data)])
    assert cells_of(sheet) == ["2", "kept"]


def test_a_merged_cell_has_its_value_once(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["country", "city"])
    sheet.append(["DE", "Bonn"])
    sheet.append([None, "Köln"])
    sheet.merge_cells("A2:A3")
    book.save(tmp_path / "b.xlsx")
    (read,) = read_paths(tmp_path, [tmp_path / "b.xlsx"])
    assert read.rows == [(2, "DE", "Bonn"), (3, None, "Köln")]


def test_every_worksheet_is_read_hidden_ones_reported_empty_ones_left_out(tmp_path: Path) -> None:
    book = Workbook()
    first, hidden = book.active, book.create_sheet("Secret")
    assert first is not None
    first.append(["a"])
    first.append(["1"])
    hidden.append(["b"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Nothing")
    book.create_chartsheet("Picture")
    book.save(tmp_path / "b.xlsx")
    sheets = read_paths(tmp_path, [tmp_path / "b.xlsx"])
    assert [sheet.name for sheet in sheets] == ["Sheet", "Secret"]
    assert "“Nothing” is empty" in sheets[0].notices["empty_sheet"]["message"]
    assert sheets[1].codes == {"hidden_sheet"}


def test_macro_workbooks_are_read_like_others(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "b.xlsx", [["a"], ["1"]]).rename(tmp_path / "b.xlsm")
    assert cells_of(read_paths(tmp_path, [path])[0]) == ["1"]


def test_a_workbook_without_any_cell_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "b.xlsx", [])
    with pytest.raises(Refused, match=r"“b.xlsx” is empty"):
        read_paths(tmp_path, [path])


def test_one_cell_far_away_is_refused_before_the_sheet_is_opened(tmp_path: Path) -> None:
    data = (
        '<row r="1"><c r="A1" t="str"><v>a</v></c></row>'
        '<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>'
    )
    path = write_raw_xlsx(tmp_path / "b.xlsx", data)
    with pytest.raises(Refused, match=r"sheet “Raw”: the filled area reaches row 1,048,576 and"):
        read_paths(tmp_path, [path])


def test_a_far_row_of_cells_without_address_is_refused_too(tmp_path: Path) -> None:
    data = (
        '<row r="1"><c r="XFD1" t="str"><v>a</v></c></row>'
        '<row r="1048576"><c t="str"><v>x</v></c></row>'
    )
    with pytest.raises(Refused, match=r"the filled area reaches row 1,048,576 and column 16,384"):
        read_paths(tmp_path, [write_raw_xlsx(tmp_path / "b.xlsx", data)])


def test_empty_rows_far_below_the_table_are_no_reason_to_refuse(tmp_path: Path) -> None:
    data = (
        '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="Z1" t="str"><v>z</v></c></row>'
        '<row r="2"><c r="A2" t="str"><v>1</v></c></row><row r="1048576" ht="15"/>'
    )
    (sheet,) = read_paths(tmp_path, [write_raw_xlsx(tmp_path / "b.xlsx", data)])
    assert cells_of(sheet) == ["1"]


def test_cells_without_addresses_are_read(tmp_path: Path) -> None:
    data = "<row><c t='str'><v>a</v></c><c t='str'><v>b</v></c></row><row><c><v>1</v></c></row>"
    (sheet,) = read_paths(tmp_path, [write_raw_xlsx(tmp_path / "b.xlsx", data)])
    assert (sheet.columns, sheet.rows) == (["a", "b"], [(2, "1", None)])


def test_an_open_document_is_read_like_a_workbook(tmp_path: Path) -> None:
    rows = (
        ods_row(ods_cell("string", text="id"), ods_cell("string", text="on"))
        + ods_row(ods_cell("float", "12345678901234567"), ods_cell("date", "2024-01-02"))
        + ods_row(ods_cell("float", "12"), ods_cell("date", "2024-01-02T03:04:05"))
        + ods_row(
            ods_cell("boolean", "true"),
            ods_cell("string", text="#N/A", extra='calcext:value-type="error"'),
        )
        + ods_row(
            '<table:table-cell table:number-columns-repeated="16384"/>',
            extra='table:number-rows-repeated="1048000"',
        )
    )
    (sheet,) = read_paths(tmp_path, [write_ods(tmp_path / "b.ods", rows)])
    assert sheet.name == "Stock"
    assert sheet.rows == [
        (2, "12345678901234567", "2024-01-02"),
        (3, "12", "2024-01-02 03:04:05"),
        (4, "TRUE", "#N/A"),
    ]


def test_a_few_bytes_that_repeat_a_cell_a_million_times_are_refused(tmp_path: Path) -> None:
    cell = ods_cell("string", text="x", extra='table:number-columns-repeated="16384"')
    path = write_ods(
        tmp_path / "b.ods", ods_row(cell, extra='table:number-rows-repeated="1000000"')
    )
    with pytest.raises(Refused, match=r"sheet “Stock”: the filled area reaches row 1,000,000"):
        read_paths(tmp_path, [path])


def test_an_old_workbook_is_read(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "b.xls", [["id", "näme"], [12.0, "Ann"], [0.5, "007"]])
    (sheet,) = read_paths(tmp_path, [path])
    assert (sheet.name, sheet.columns) == ("Old", ["id", "näme"])
    assert sheet.rows == [(2, "12", "Ann"), (3, "0.5", "007")]


def test_a_workbook_sheet_obeys_the_limits_of_rows_and_cells(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "b.xlsx", [["a", "b"], *([n, "x" * n] for n in range(6))])
    with pytest.raises(Refused, match=r"“b.xlsx”, sheet “Customers”, row 6: there are more than 4"):
        read_paths(tmp_path, [path], limits=Limits(rows=4))
    with pytest.raises(Refused, match=r"row 6, column “b”: the cell has 4 characters; at most 3"):
        read_paths(tmp_path, [path], limits=Limits(cell_characters=3))


def test_cells_that_look_filled_and_are_read_as_empty_are_told(tmp_path: Path) -> None:
    data = (
        '<row r="1"><c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>name</v></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>A2&amp;"x"</f><v></v></c></row>'
        '<row r="3"><c r="A3"><v>2</v></c><c r="B3" t="str"><f>""</f><v></v></c></row>'
        '<row r="4"><c r="A4"><f>1</f><v>2</v></c><c r="B4" s="1"><f t="shared" si="0"/></c></row>'
        '</sheetData><mergeCells count="3"><mergeCell ref="A9:B9"/><mergeCell ref="B6:B8"/>'
        '<mergeCell ref="A2:A3"/></mergeCells><sheetData>'
    )
    (sheet,) = read_paths(tmp_path, [write_raw_xlsx(tmp_path / "b.xlsx", data)])
    formulas, merged = sheet.notices["formula_without_value"], sheet.notices["merged_cells"]
    assert (formulas["row"], formulas["column"], formulas["count"]) == (2, "B", 2)
    assert (merged["row"], merged["column"], merged["count"]) == (3, "A", 2)


def test_what_is_cut_in_two_while_it_is_looked_at_counts_once() -> None:
    cell = b'<c r="B2"><f>1+1</f><v/></c>'
    gaps = Gaps()
    gaps.find(b"<row>" + cell[:12], 0)
    gaps.find(b"<row>" + cell + cell.replace(b"B2", b"B3")[:20], len(b"<row>" + cell[:12]))
    gaps.find(b"<row>" + cell + cell.replace(b"B2", b"B3"), len(b"<row>" + cell) + 20)
    assert (gaps.formulas, gaps.first_formula) == (2, (2, "B"))
