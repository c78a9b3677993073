"""Rows that only the server can refuse: all are named, no good one is blamed, in few calls."""

import pytest

from tests.engine import refusing
from tests.engine.loading import Harbour

pytestmark = pytest.mark.parametrize("sandbox_server", [15, 17, 19], indirect=True)
TOTAL = 200


@pytest.mark.parametrize(("n_bad", "at_most"), [(1, 3), (2, 3), (20, 6)])
@pytest.mark.parametrize("case", refusing.CASES)
def test_bad_rows_of_a_call_are_named_in_few_calls(
    harbour: Harbour, case: str, n_bad: int, at_most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = refusing.Trial(harbour, TOTAL)
    refusing.send_in_one_call(monkeypatch)
    refusing.count_calls(monkeypatch, trial)
    bad = refusing.spread(n_bad, TOTAL)
    load = refusing.CASES[case](trial, bad)
    refusing.look_at(trial, load, bad, at_most)
