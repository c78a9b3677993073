"""Decimal points and commas, thousands, signs of money; codes that only look like numbers."""

from pathlib import Path

import pytest

from importer.data.profiling.facts import Level, LikelyType
from tests.profiling.profiled import alarm, codes, column_of


def test_both_decimal_marks_in_a_column_are_an_error(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "1.5", "2,75", "1,234", "3.25", "10")
    found = alarm(facts.alarms, "mixed_decimal_marks")
    assert found.level is Level.ERROR
    assert "rows 2 and 5 have a point (“1.5”)" in found.message
    assert "row 3 a comma (“2,75”)" in found.message
    assert "1 cell could be read both ways" in found.message


def test_decimal_commas_are_measured_as_numbers(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "1,5", "-2,75", "1.234,50", "1.234", "10")
    assert (facts.likely_type, facts.share) == (LikelyType.DECIMAL, 1.0)
    assert (facts.min, facts.max) == ("-2.75", "1234.5")
    assert alarm(facts.alarms, "decimal_comma").count == 3
    assert alarm(facts.alarms, "thousands_or_decimals").rows == (5,)


def test_a_comma_before_three_digits_follows_the_column(tmp_path: Path) -> None:
    beside_points = column_of(tmp_path / "a", "1,234", "5.5", "7.25")
    assert beside_points.max == "1234"
    assert "as thousands" in alarm(beside_points.alarms, "thousands_or_decimals").message
    alone = column_of(tmp_path / "b", "1,234", "5,678", "12")
    assert "1234 or 1.234" in alarm(alone.alarms, "thousands_or_decimals").message


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("€ 1.234,50", "1234.5"),
        ("1,234.50 USD", "1234.5"),
        ("1 234,50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("(12.50)", "-12.5"),
        ("12.50-", "-12.5"),
        ("15 %", "15"),
        ("1.5E+03", "1500"),
        ("-0.0", "0"),
        ("+5", "5"),
    ],
)
def test_what_a_cell_means_as_a_number(tmp_path: Path, cell: str, number: str) -> None:
    facts = column_of(tmp_path, cell)
    assert facts.likely_type in (LikelyType.DECIMAL, LikelyType.INTEGER)
    assert (facts.min, facts.max) == (number, number)


def test_large_whole_numbers_keep_their_last_digit(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "900719925474099301", "900719925474099302")
    assert (facts.min, facts.max) == ("900719925474099301", "900719925474099302")


def test_bars_hold_every_cell_once(tmp_path: Path) -> None:
    cells = [f"{n / 10}" for n in range(100)]
    facts = column_of(tmp_path, *cells)
    assert sum(one.count for one in facts.bins) == 100
    assert facts.bins[0].low == "0"
    for one in facts.bins[:-1]:
        inside = [cell for cell in cells if float(one.low) <= float(cell) < float(one.high)]
        assert one.count == len(inside), one


def test_leading_zeros_make_codes(tmp_path: Path) -> None:
    codes_ = column_of(tmp_path / "a", "01234", "98765", "1234", "00077")
    assert codes_.likely_type is LikelyType.TEXT
    found = alarm(codes_.alarms, "lost_zeros")
    assert (found.level, found.rows) == (Level.WARNING, (4,))
    one = column_of(tmp_path / "b", *map(str, range(1, 60)), "007")
    assert one.likely_type is LikelyType.INTEGER
    assert alarm(one.alarms, "leading_zeros").rows == (61,)


def test_scientific_codes_and_spreadsheet_errors_are_named(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "4.01E+12", "5", "6", "7", "8", "#REF!", "-")
    assert alarm(facts.alarms, "scientific_numbers").rows == (2,)
    assert alarm(facts.alarms, "spreadsheet_errors").rows == (7,)
    assert alarm(facts.alarms, "words_for_nothing").rows == (8,)
    assert "mixed_types" not in codes(facts.alarms)


def test_a_stranger_among_numbers_is_named(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "1", "2", "3", "4", "many")
    found = alarm(facts.alarms, "mixed_types")
    assert (found.rows, found.count) == ((6,), 1)


def test_zeros_and_ones_are_a_switch(tmp_path: Path) -> None:
    switch = column_of(tmp_path / "a", "0", "1", "1", "0")
    assert (switch.likely_type, codes(switch.alarms)) == (LikelyType.BOOLEAN, set())
    number = column_of(tmp_path / "b", "0", "1", "2", "0")
    assert number.likely_type is LikelyType.INTEGER
    mixed = column_of(tmp_path / "c", "yes", "no", "ja", "yes")
    assert alarm(mixed.alarms, "mixed_booleans").rows == (4,)
