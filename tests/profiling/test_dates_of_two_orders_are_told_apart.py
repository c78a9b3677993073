"""Which rows prove day first, which prove month first, and how many decide nothing."""

from pathlib import Path

import pytest

from importer.data.profiling.facts import Level, LikelyType
from tests.profiling.profiled import alarm, codes, column_of


def test_rows_that_prove_each_order_are_named(tmp_path: Path) -> None:
    facts = column_of(
        tmp_path, "31/12/2024", "12/31/2024", "03/04/2024", "05/05/2024", "28/02/2023"
    )
    found = alarm(facts.alarms, "mixed_date_order")
    assert found.level is Level.ERROR
    assert "rows 2 and 6 can only be day first (“31/12/2024”)" in found.message
    assert "row 3 only month first (“12/31/2024”)" in found.message
    assert "1 cell could be read both ways (such as “03/04/2024” in row 4)" in found.message
    assert (found.rows, found.count) == ((4,), 1)
    forms = {one.name: (one.count, one.decides) for one in facts.formats}
    assert forms == {
        "d/m/yyyy": (2, True),
        "m/d/yyyy": (1, True),
        "d/m/yyyy or m/d/yyyy": (2, False),
    }


def test_the_same_day_either_way_is_in_no_doubt(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "05/05/2024", "06/06/2024", "07/07/2024")
    assert facts.likely_type is LikelyType.DATE
    assert codes(facts.alarms) == set()


def test_where_no_row_decides_the_user_is_asked(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "03/04/2024", "05/06/2024", "05/06/2024")
    found = alarm(facts.alarms, "ambiguous_dates")
    assert (found.level, found.count, found.rows) == (Level.WARNING, 3, (2, 3, 4))


@pytest.mark.parametrize(
    ("proof", "order", "low"),
    [("31/12/2024", "day", "2024-04-03"), ("12/31/2024", "month", "2024-03-04")],
)
def test_one_proof_decides_the_others(tmp_path: Path, proof: str, order: str, low: str) -> None:
    facts = column_of(tmp_path, proof, "03/04/2024")
    assert (facts.min, facts.max) == (low, "2024-12-31")
    found = alarm(facts.alarms, "date_order")
    assert found.level is Level.NOTE
    assert f"dates with the {order} first: row 2" in found.message


def test_dates_of_several_forms_are_listed(tmp_path: Path) -> None:
    facts = column_of(
        tmp_path, "2024-01-31", "2024-02-01", "31.01.2024", "Jan 31, 2024", "31-Dec-99"
    )
    assert (facts.likely_type, facts.min, facts.max) == (
        LikelyType.DATE,
        "1999-12-31",
        "2024-02-01",
    )
    found = alarm(facts.alarms, "mixed_date_formats")
    assert found.rows == (4, 5, 6)
    assert alarm(facts.alarms, "two_digit_years").rows == (6,)


def test_days_that_no_calendar_has_are_errors(tmp_path: Path) -> None:
    facts = column_of(
        tmp_path,
        *("2024-02-30", "31/06/2024", "2024-01-01", "2024-01-02", "0000-00-00", "2024-01-03"),
    )
    found = alarm(facts.alarms, "impossible_dates")
    assert (found.level, found.rows, found.count) == (Level.ERROR, (2, 3, 6), 3)
    assert facts.share == pytest.approx(0.5)


def test_days_far_away_and_counted_days_are_named(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "2024-01-01", "9999-12-31", "1900-01-00", "45321", "2024-05-05")
    assert alarm(facts.alarms, "unlikely_dates").rows == (3,)
    assert alarm(facts.alarms, "serial_dates").rows == (5,)
    assert alarm(facts.alarms, "impossible_dates").rows == (4,)


def test_midnights_are_days_and_other_times_are_moments(tmp_path: Path) -> None:
    days = column_of(tmp_path / "a", "1996-07-04 00:00:00.000", "1996-07-05 00:00:00.000")
    assert (days.likely_type, days.min) == (LikelyType.DATE, "1996-07-04")
    moments = column_of(tmp_path / "b", "1996-07-04 10:00:00", "1996-07-05 00:00:00")
    assert (moments.likely_type, moments.min) == (LikelyType.DATETIME, "1996-07-04 10:00:00")
    assert codes(moments.alarms) == set()


def test_eight_digits_are_days_only_if_all_of_them_are(tmp_path: Path) -> None:
    days = column_of(tmp_path / "a", "20240131", "20240229", "20241231")
    assert (days.likely_type, days.max) == (LikelyType.DATE, "2024-12-31")
    numbers = column_of(tmp_path / "b", "20240131", "20240230", "20241231")
    assert numbers.likely_type is LikelyType.INTEGER


def test_a_stranger_among_dates_is_named(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "2024-01-01", "2024-01-02", "soon", "2024-01-04", "12", "45000")
    found = alarm(facts.alarms, "mixed_types")
    assert (found.level, found.rows) == (Level.ERROR, (4, 6))
    assert "dates in 3 cells, but something else in 2 others (“soon”, “12”)" in found.message
