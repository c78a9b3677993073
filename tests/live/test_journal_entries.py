"""Journal entries on a real Odoo: they come whole, an undo removes drafts and keeps what a
bookkeeper posted. ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and
``ODOO_TEST_SECRET`` say which server; everything goes in the end.
"""

import os
from collections.abc import Iterator

import pytest

from tests.engine.entries import (
    check_an_entry_that_does_not_balance_is_named_alone,
    check_entries_come_whole_and_a_posted_one_stays,
)
from tests.engine.loading import Harbour
from tests.live.harbours import connect, harbour_of_environment, ours, remove_ours

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    yield harbour
    client = harbour.client()
    moves = ours(client, harbour.project, "account.move")
    domain = [["id", "in", moves], ["state", "=", "posted"]]
    if posted := client.search("account.move", domain):
        client.call("account.move", "button_draft", posted)
    client.close()
    remove_ours(harbour, ["account.move"])


def test_entries_come_whole_and_a_posted_one_is_kept_by_an_undo(live: Harbour) -> None:
    check_entries_come_whole_and_a_posted_one_stays(live)


def test_an_entry_that_does_not_balance_is_named_alone(live: Harbour) -> None:
    check_an_entry_that_does_not_balance_is_named_alone(live)
