"""How portions of a plan become batches."""

from importer.engine.cutting import MOST_BYTES, cut, ends_by_bytes
from importer.engine.plan_rules import Portion


def portion(n: int, *, weights: tuple[int, ...] = (), depths: int = 1, first: int = 0) -> Portion:
    heavy = ends_by_bytes(weights)
    return Portion(0, "create", 0, 0, first, n, sum(weights), depths, ("id", "name"), heavy)


def sizes(*portions: Portion) -> list[int]:
    return [one.n_rows for one in cut(portions)]


def test_batches_follow_one_another_without_gap() -> None:
    cuts = cut([portion(1203), portion(30, first=1203)])
    ends = [one.first + one.n_rows for one in cuts]
    assert [one.first for one in cuts] == [0, *ends[:-1]]
    assert ends[-1] == 1233
    assert max(one.n_rows for one in cuts) <= 500


def test_few_rows_still_show_progress() -> None:
    assert sizes(portion(100)) == [25, 25, 25, 25]
    assert sizes(portion(24)) == [24]


def test_wide_rows_make_small_batches() -> None:
    assert set(sizes(portion(400, weights=(MOST_BYTES // 10,) * 400))) == {10}
    assert sizes(portion(2, weights=(40 * MOST_BYTES, 40 * MOST_BYTES))) == [1, 1]


def test_a_large_file_does_not_make_the_other_rows_batches_small() -> None:
    weights = (100,) * 300 + (3 * MOST_BYTES,) + (100,) * 299
    cuts = cut([portion(600, weights=weights, first=50)])
    assert [(one.first, one.n_rows) for one in cuts] == [(50, 300), (350, 1), (351, 299)]


def test_levels_that_share_a_call_stay_whole() -> None:
    assert sizes(portion(300, depths=3)) == [300]
