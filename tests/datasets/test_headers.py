"""Where the header is, and what its columns are called."""

from pathlib import Path

import pytest

from importer.errors import Refused
from tests.datasets.reading import read_text


def test_titles_above_the_table_are_passed_over_and_reported(tmp_path: Path) -> None:
    text = "Customers 2024,,\n,,\nid,name,city\n1,Ann,Bonn\n2,Bob,Köln\n"
    sheet = read_text(tmp_path, text)
    assert sheet.columns == ["id", "name", "city"]
    assert sheet.header_row == 3
    assert sheet.rows == [(4, "1", "Ann", "Bonn"), (5, "2", "Bob", "Köln")]
    notice = sheet.notices["rows_above_header"]
    assert (notice["row"], notice["count"]) == (1, 1)


def test_a_header_wider_than_the_data_is_still_the_header(tmp_path: Path) -> None:
    text = "id,name,a,b,c,d\n" + "".join(f"{n},x,,,,\n" for n in range(9))
    assert read_text(tmp_path, text).columns == ["id", "name", "a", "b", "c", "d"]


def test_the_chosen_header_row_wins(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "x,y\nid,name\n1,Ann\n", header_row=2)
    assert (sheet.columns, sheet.header_row, sheet.rows) == (["id", "name"], 2, [(3, "1", "Ann")])


def test_without_a_header_columns_are_numbered_and_no_row_is_lost(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "1,Ann\n2,Bob\n", header_row=0)
    assert sheet.columns == ["column_1", "column_2"]
    assert sheet.rows == [(1, "1", "Ann"), (2, "2", "Bob")]


def test_a_chosen_header_row_that_is_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"“customers.csv”, row 9: the header should be here"):
        read_text(tmp_path, "a,b\n1,2\n", header_row=9)


def test_duplicate_headers_get_numbers_whatever_their_case(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "name,Name,name,name_2\n1,2,3,4\n")
    assert sheet.columns == ["name", "Name_2", "name_3", "name_2_2"]
    assert sheet.headers == ["name", "Name", "name", "name_2"]
    assert sheet.notices["duplicate_header"]["row"] == 1


def test_empty_headers_are_numbered_and_reported(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "a,,c\n1,2,3\n")
    assert sheet.columns == ["a", "column_2", "c"]
    assert sheet.notices["empty_header"]["column"] == "column_2"


def test_a_header_cannot_take_the_place_of_the_row_number(tmp_path: Path) -> None:
    assert read_text(tmp_path, "_row,b\n1,2\n").columns == ["_row_2", "b"]


def test_line_breaks_and_blanks_in_headers_become_one_blank(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, '" Unit\nprice ",b\n1,2\n')
    assert (sheet.columns[0], sheet.headers[0]) == ("Unit price", " Unit\nprice ")


def test_headers_are_in_composed_form(tmp_path: Path) -> None:
    assert read_text(tmp_path, "Stra\u00dfe,u\u0308ber\n1,2\n").columns == ["Straße", "über"]


def test_quotation_marks_in_a_header_are_no_way_into_the_query(tmp_path: Path) -> None:
    header = 'x"") TO ""y'
    sheet = read_text(tmp_path, f'"{header}",b\n1,2\n')
    assert sheet.columns[0] == 'x") TO "y'


def test_a_file_with_only_a_header_is_a_sheet_without_rows(tmp_path: Path) -> None:
    sheet = read_text(tmp_path, "a,b\n")
    assert (sheet.columns, sheet.rows) == (["a", "b"], [])


def test_a_file_of_blank_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"“customers.csv” is empty"):
        read_text(tmp_path, "\n  \n\t\n")
