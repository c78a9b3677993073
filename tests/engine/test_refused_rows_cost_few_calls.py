"""Rows that only the server can refuse: all are named, no good one is blamed, in few calls."""

import pytest

from tests.engine import refusing
from tests.engine.loading import Harbour

TOTAL = 200
# Many bad rows are answered by each version in its own way; one or two are among them.
_MANY = [(version, 20, 6) for version in (15, 17, 19)]


@pytest.mark.parametrize(
    ("sandbox_server", "n_bad", "at_most"),
    [(15, 1, 3), (17, 2, 3), *_MANY],
    indirect=["sandbox_server"],
)
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
