"""How many rows a batch may have, after what was seen."""

import pytest

from importer.engine.pacing import FEWEST_ROWS, Pace

TARGET = 10_000.0


def rows_after(pace: Pace) -> int | None:
    return pace.most_rows(TARGET)


def refused(rows: int, bad: int, pace: Pace | None = None) -> Pace:
    return (pace or Pace(seen=1000)).refused(rows, tried=rows, bad=bad, is_first_try=True)


def test_nothing_seen_leaves_batches_as_planned() -> None:
    assert rows_after(Pace()) is None


@pytest.mark.parametrize(
    ("tried", "bad", "rows"), [(500, 5, range(16, 26)), (500, 50, [5]), (1000, 1, [50])]
)
def test_one_bad_row_in_a_hundred_makes_batches_of_about_twenty(
    tried: int, bad: int, rows: range | list[int]
) -> None:
    assert rows_after(refused(tried, bad)) in rows


def test_the_first_thousand_rows_go_as_planned() -> None:
    first = refused(500, 5, Pace())
    assert rows_after(first) is None
    again = first.refused(400, tried=100, bad=10, is_first_try=False)
    assert rows_after(again) is None
    assert rows_after(refused(500, 5, first)) in range(14, 20)


def test_only_bad_rows_leave_a_few_in_a_batch() -> None:
    assert rows_after(refused(10, 10)) == FEWEST_ROWS


def test_a_bad_row_in_a_small_batch_is_seen_against_all_the_rows_before() -> None:
    pace = refused(500, 5)
    assert rows_after(refused(16, 1, pace)) in range(12, 26)


def test_two_clean_batches_double_the_size_until_it_is_as_planned() -> None:
    pace, sizes = refused(500, 5), []
    while (rows := rows_after(pace)) is not None and rows < 1000:
        sizes.append(rows)
        pace = pace.kept(rows, rows * 1.0, is_first_try=True)
    assert sizes == [16, 16, 32, 32, 64, 64, 128, 128, 256, 256, 512, 512]


def test_the_good_rest_of_a_refused_batch_says_nothing_of_the_next() -> None:
    pace = refused(500, 5)
    assert rows_after(pace.kept(495, 900, is_first_try=False)) == rows_after(pace)


def test_slow_rows_are_sent_in_as_many_as_fit_into_the_target() -> None:
    pace = Pace().kept(500, 50_000, is_first_try=True)
    assert rows_after(pace) == 100
    faster = pace.kept(100, 100, is_first_try=True)
    assert rows_after(faster) in range(190, 210)


def test_a_call_that_took_too_long_halves_the_next_and_stays_halved() -> None:
    assert rows_after(Pace().lost(400)) == 200
    assert rows_after(Pace(rows=20).lost(400)) == 20
    assert rows_after(Pace().lost(1)) == 1


def test_a_pace_survives_being_kept_as_json_even_of_another_release() -> None:
    pace = refused(500, 5).kept(16, 20, is_first_try=True)
    assert Pace.of(pace.as_json()) == pace
    assert Pace.of({"rows": 7, "unheard_of": 1}) == Pace(rows=7)
    assert Pace.of(None) == Pace()
