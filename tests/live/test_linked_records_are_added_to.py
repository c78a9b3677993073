"""Added tags on a real Odoo: nothing is taken out, a second run sends nothing, an undo takes out
what was added. ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and ``ODOO_TEST_SECRET``
say which server.
"""

import os
from collections.abc import Iterator

import pytest

from tests.engine.loading import Harbour, issues
from tests.engine.test_linked_records_are_added_to import Shop
from tests.live.harbours import connect, harbour_of_environment, remove_ours
from tests.undo.undoing import create, undo

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
    remove_ours(harbour, ["res.partner", "res.partner.category"])


def test_tags_are_added_once_and_only_they_are_taken_out_again(live: Harbour) -> None:
    book = live.dataset()
    tag = live.entity("tag", "res.partner.category")
    live.load(tag, [{"code": one, "name": f"Tag {one}"} for one in "abc"], dataset=book, name="T")
    shop = Shop(live, book)
    shop.load("a", "a")
    other = create(live, "res.partner.category", {"name": "Tag z"})
    try:
        shop.link("Qa", other)
        load = shop.load("b", "b,c")
        assert (load.updated, load.failed, issues(load)) == (2, 0, [])
        assert shop.tags() == {"Qa": "abz", "Qb": "abc"}
        shop.link("Qb", other)
        assert shop.load("b", "b,c").unchanged == 2
        done = undo(live, load)
        assert (done.restored, done.kept, done.failed) == (2, 0, 0)
        assert shop.tags() == {"Qa": "az", "Qb": "az"}
    finally:
        live.client().unlink("res.partner.category", [other])
