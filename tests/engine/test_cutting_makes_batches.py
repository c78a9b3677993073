"""How portions of a plan become batches."""

from importer.engine.cutting import MOST_BYTES, cut
from importer.engine.plan_rules import Portion


def portion(n: int, *, n_bytes: int = 0, depths: int = 1, first: int = 0) -> Portion:
    return Portion(0, "create", 0, 0, first, n, n_bytes, depths, ("id", "name"))


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
    assert max(sizes(portion(400, n_bytes=40 * MOST_BYTES))) == 10
    assert sizes(portion(2, n_bytes=40 * MOST_BYTES)) == [1, 1]


def test_levels_that_share_a_call_stay_whole() -> None:
    assert sizes(portion(300, depths=3)) == [300]
