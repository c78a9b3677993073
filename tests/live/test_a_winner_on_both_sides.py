"""A field that Odoo and the sheet both changed, on a real Odoo: the sheet's or Odoo's value stays,
as the mapping says. ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and
``ODOO_TEST_SECRET`` say which server.
"""

import os
from collections.abc import Iterator

import pytest

from importer import loads
from tests.engine.loading import Harbour, issues
from tests.engine.test_a_field_changed_on_both_sides_has_a_winner import changed, fields, held, rows
from tests.live.harbours import connect, harbour_of_environment, remove_ours
from tests.undo.undoing import undo

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
    remove_ours(harbour, ["res.partner"])


def test_the_source_wins_and_an_undo_gives_back_what_was_edited(live: Harbour) -> None:
    load = live.run(changed(live, "source"))
    assert (load.updated, load.blocked, issues(load)) == (6, 0, [])
    assert held(live) == ("Quito 2", "s")
    undo(live, load)
    assert held(live) == ("Cusco", "r")


def test_a_question_waits_until_a_retry_names_the_winner(live: Harbour) -> None:
    load = live.run(changed(live, "ask"))
    assert (load.updated, load.blocked, held(live)) == (5, 1, ("Cusco", "r"))
    assert [(one.code, one.row, one.field) for one in issues(load)] == [("conflict", 4, "city")]
    loads.name_winner([load], "source")
    loads.open_retry(load)
    live.run(load)
    assert (load.updated, load.blocked, held(live)) == (6, 0, ("Quito 2", "s"))


def test_odoo_wins_field_by_field_and_that_is_told(live: Harbour) -> None:
    load = live.run(changed(live, "odoo", seen_by="update"))
    assert (load.updated, load.blocked) == (6, 0)
    assert (held(live), held(live, "Q0003")) == (("Cusco", "s"), ("Quito 3", "s"))
    assert [(one.code, one.row, one.field) for one in issues(load)] == [("odoo_kept", 4, "city")]
    assert live.load(load.entity, rows(6, "Quito", "s"), fields("odoo")).unchanged == 6
