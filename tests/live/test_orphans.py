"""Orphans on a real Odoo: ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and
``ODOO_TEST_SECRET`` say which; ``ODOO_TEST_LOW_LOGIN`` and ``ODOO_TEST_LOW_SECRET`` name a login
that may not write external ids. All records go in the end.
"""

import os
from collections.abc import Iterator

import pytest

from importer.models import KeyMap
from tests.engine.loading import Harbour
from tests.engine.orphans import (
    SAID,
    cities,
    in_quito,
    is_carried,
    wake_after_undo,
    wake_too_late,
)
from tests.live.harbours import connect, harbour_of_environment, ours, remove_ours

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]
LOGINS = [
    who
    for who in ("ODOO_TEST", "ODOO_TEST_LOW")
    if who == "ODOO_TEST" or f"{who}_LOGIN" in os.environ
]


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    yield harbour
    remove_ours(harbour, ["res.partner"])


@pytest.mark.skipif(len(LOGINS) < 2, reason="ODOO_TEST_LOW_LOGIN names no login")
def test_an_orphan_without_a_fence_that_wakes_up_after_an_undo_is_found(live: Harbour) -> None:
    """Before the undo's second look its records go; after it they are what the docs say: there,
    under our external ids, told by the next load of these keys and not doubled."""
    connect(live, "ODOO_TEST_LOW")
    undone = wake_after_undo(live, is_second_look_over=False)
    assert (undone.verification["ghosts"], cities(live, "QG")) == (20, {})
    undone = wake_after_undo(live, is_second_look_over=True)
    ghosts = len(cities(live, "QG"))  # fewer than 20 where the first call was slow
    assert (undone.verification["ghosts"], ghosts > 0) == (0, True)
    again = live.load(live.entity("customer", "res.partner"), in_quito("QG"))
    assert (again.created, again.failed, len(cities(live, "QG"))) == (20 - ghosts, 0, 20)
    assert KeyMap.objects.filter(origin="found").count() == ghosts


@pytest.mark.parametrize("stage", ["before", "inside"])
@pytest.mark.parametrize("who", LOGINS)
def test_an_orphan_that_wakes_up_late_changes_nothing(live: Harbour, who: str, stage: str) -> None:
    connect(live, who)
    is_fenced = who == "ODOO_TEST"
    loads = wake_too_late(
        live,
        seconds_into_the_call=0.1 if stage == "inside" else 0,
        is_update_open=not is_fenced,
    )
    assert is_carried(*loads) is is_fenced
    assert len([line for _, line in live.notes.lines if SAID in line]) == (0 if is_fenced else 1)
    connect(live, "ODOO_TEST")
    client = live.client()
    assert ours(client, live.project, "res.users") == []
    client.close()
