"""What a csv or tsv file becomes: every cell as the file has it, every oddity reported."""

from pathlib import Path

import pytest

from importer.data.separators import CANDIDATES
from importer.errors import Refused
from importer.limits import Limits
from tests.datasets.reading import read_bytes, read_paths, read_text


def test_cells_stay_text_as_the_file_has_them(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "id,zip,amount,on\n12345678901234567,01234,1.50,2024-01-02\n")
    assert sheet.rows == [(2, "12345678901234567", "01234", "1.50", "2024-01-02")]
    assert sheet.types == ["BIGINT", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR"]
    assert sheet.codes == set()


def test_an_empty_cell_is_null_and_a_word_for_empty_is_not(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, 'a,b,c\n1,,NULL\n2,"",N/A\n3, ,x\n')
    assert sheet.rows == [(2, "1", None, "NULL"), (3, "2", None, "N/A"), (4, "3", " ", "x")]


def test_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, 'a,b\n1,"two\nlines"\n\n2,x\n,\n3,y\n')
    assert sheet.rows == [(2, "1", "two\nlines"), (4, "2", "x"), (6, "3", "y")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_a_row_end(tmp_path: Path, line_end: str) -> None:
    sheet = read_text(tmp_path, line_end.join(("a,b", "1,x", "2,y", "")))
    assert sheet.rows == [(2, "1", "x"), (3, "2", "y")]


def test_line_ends_quotes_and_separators_inside_quotes_are_kept(tmp_path: Path) -> None:
    cells = ["a\r\nb", "c\rd", "e\nf", 'say ""hi""', "x,y;z\t|", " lead", "\\N", "'", "–é🚢"]
    text = "id,cell\r\n" + "".join(f'{n},"{cell}"\r\n' for n, cell in enumerate(cells))
    sheet = read_text(tmp_path, text)
    assert [row[2] for row in sheet.rows] == [cell.replace('""', '"') for cell in cells]


@pytest.mark.parametrize("separator", CANDIDATES)
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    lines = [["id", "name", "price"], ["1", "Miller, Ltd; est. 1990", "2,50"], ["2", "Ann", "3,75"]]
    text = "\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)
    assert [row[1:] for row in read_text(tmp_path, text).rows] == [tuple(lines[1]), tuple(lines[2])]


def test_decimal_commas_do_not_pass_for_separators(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "id;net;gross\n1;2,50;2,98\n2;3,75;4,46\n3;1,00;1,19\n")
    assert sheet.columns == ["id", "net", "gross"]


def test_a_named_separator_wins(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "a;b,c\n1;2,3\n", separator="semicolon")
    assert sheet.columns == ["a", "b,c"]


def test_the_line_that_names_the_separator_is_no_row(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "sep=|\na|b\n1|2\n")
    assert sheet.rows == [(2, "1", "2")]


def test_one_column_needs_no_separator(tmp_path: Path) -> None:
    assert read_text(tmp_path, "name\nAnn\nBob\n").rows == [(2, "Ann"), (3, "Bob")]


def test_a_byte_order_mark_is_no_part_of_the_first_header(tmp_path: Path) -> None:
    assert read_text(tmp_path, "\ufeffid,b\n1,2\n").columns == ["id", "b"]


def test_separators_at_the_end_make_no_column(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "a,b,,\n1,2,,\n3,4,,\n")
    assert (sheet.columns, sheet.codes) == (["a", "b"], set())


def test_extra_cells_are_kept_in_columns_of_their_own_and_reported(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "a,b\n1,2\n3,4,5\n6,7,,8\n")
    assert sheet.columns == ["a", "b", "column_3", "column_4"]
    assert sheet.rows[1:] == [(3, "3", "4", "5", None), (4, "6", "7", None, "8")]
    notice = sheet.notices["long_row"]
    assert (notice["row"], notice["column"], notice["count"]) == (3, "column_3", 2)


def test_short_rows_are_kept_and_reported(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "a,b,c\n1,2,3\n4,5\n6\n")
    assert sheet.rows[1:] == [(3, "4", "5", None), (4, "6", None, None)]
    assert (sheet.notices["short_row"]["row"], sheet.notices["short_row"]["count"]) == (3, 2)


def test_nul_bytes_are_taken_out_and_reported(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "a,b\n1,x\0y\n2,ok\n")
    assert sheet.rows == [(2, "1", "xy"), (3, "2", "ok")]
    notice = sheet.notices["nul_byte"]
    assert (notice["row"], notice["column"], notice["count"]) == (2, "b", 1)


def test_a_quotation_mark_that_is_never_closed_is_refused_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"“customers.csv”, row 3: a quotation mark"):
        read_text(tmp_path, 'a,b\n1,2\n3,"x\n5,6\n7,8\n')


def test_quotation_marks_within_a_cell_are_text(tmp_path: Path) -> None:
    assert read_text(tmp_path, 'a,b\n1,pipe 5" long\n').rows == [(2, "1", 'pipe 5" long')]


def test_a_cell_that_is_too_long_is_refused_with_its_place(tmp_path: Path) -> None:
    text = "id,note\n1,short\n2," + "x" * 60 + "\n"
    with pytest.raises(Refused, match=r"“customers.csv”, row 3: a cell has more than 50 char"):
        read_bytes(tmp_path, "customers.csv", text.encode(), limits=Limits(cell_characters=50))


def test_too_many_rows_are_refused_with_the_first_row_too_many(tmp_path: Path) -> None:
    text = "a,b\n" + "1,2\n" * 4
    with pytest.raises(Refused, match=r"row 5: there are more than 3 rows"):
        read_bytes(tmp_path, "customers.csv", text.encode(), limits=Limits(rows=3))


def test_too_many_columns_are_refused_in_header_and_in_rows(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"row 1: there are 3 columns; at most 2"):
        read_bytes(tmp_path, "a.csv", b"a,b,c\n1,2,3\n", limits=Limits(columns=2))
    with pytest.raises(Refused, match=r"row 2: there are 3 columns; at most 2"):
        read_bytes(tmp_path, "a.csv", b"a,b\n1,2,3\n", limits=Limits(columns=2))


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"row 2: .*line 2 is longer than 1,600 characters"):
        read_bytes(tmp_path, "a.csv", b"a,b\n" + b"1," * 5_000, limits=Limits(cell_characters=100))


def test_several_files_are_sheets_with_names_of_their_own(tmp_path: Path) -> None:
    paths = []
    for folder in ("one", "two", "three"):
        path = tmp_path / folder / ("Orders.csv" if folder == "three" else "orders.csv")
        path.parent.mkdir()
        path.write_text(f"from\n{folder}\n")
        paths.append(path)
    sheets = read_paths(tmp_path, paths)
    assert [sheet.name for sheet in sheets] == ["orders", "orders_2", "Orders_3"]
    assert [sheet.rows[0][1] for sheet in sheets] == ["one", "two", "three"]


def test_the_order_of_the_file_is_kept_over_many_rows(tmp_path: Path) -> None:
    text = "n,text\n" + "".join(f"{n},row {n}\n" for n in range(60_000))
    rows = read_text(tmp_path, text).rows
    assert rows == [(n + 2, str(n), f"row {n}") for n in range(60_000)]


def test_long_cells_in_many_rows_arrive_whole(tmp_path: Path) -> None:
    picture = "0123456789abcdef" * 12_500
    text = "id,picture\n" + "".join(f"{n},{picture}\n" for n in range(60))
    assert {row[2] for row in read_text(tmp_path, text).rows} == {picture}
