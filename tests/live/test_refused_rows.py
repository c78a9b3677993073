"""Rows that only a real Odoo can refuse: all are named, no good one is blamed, in few calls.
``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and ``ODOO_TEST_SECRET`` say which server.
All records go in the end; ``-s`` shows the calls.
"""

import os
import sys
from collections.abc import Iterator

import pytest

from tests.engine import refusing
from tests.engine.loading import Harbour
from tests.live.harbours import connect, harbour_of_environment, remove_ours

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    yield harbour
    remove_ours(harbour, refusing.MODELS)


@pytest.mark.parametrize("n_bad", refusing.AT_MOST)
@pytest.mark.parametrize("case", refusing.CASES)
def test_bad_rows_of_a_call_are_named_in_few_calls(
    live: Harbour, case: str, n_bad: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    total, n = refusing.TOTAL, n_bad
    if case in refusing.HEAVY:
        total, n = 100, {1: 1, 10: 2, 100: 10}[n_bad]
    trial = refusing.Trial(live, total)
    refusing.send_in_one_call(monkeypatch)
    refusing.count_calls(monkeypatch, trial)
    bad = refusing.spread(n, total)
    load = refusing.CASES[case](trial, bad)
    sys.stdout.write(f"CALLS {trial.major} {case} {len(bad)}/{total}: {trial.calls}\n")
    refusing.look_at(trial, load, bad, refusing.AT_MOST[n_bad])
