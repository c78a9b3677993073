"""Stubs on a real Odoo: made once, filled by their row, a stub again after its rollback, removed by
that of their run. ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and ``ODOO_TEST_SECRET``
say which server.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphs.runs import start_rollback
from importer.choices import Role
from importer.connections import refresh_schema
from importer.models import Attempt, KeyMap, Membership, User
from tests.engine.loading import Harbour
from tests.graphs.test_cycles_of_entities import rows
from tests.graphs.test_stubs_of_missing_records import STAFF, STUB, UNITS, Yard, recipe, stubs_told
from tests.live.harbours import connect, harbour_of_environment, remove_ours

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]


class LiveYard(Yard):
    """The same people and departments, on the server of the environment."""

    def __init__(self, harbour: Harbour, folder: Path) -> None:
        self.project, self.connection, self.folder = harbour.project, harbour.connection, folder
        self.admin = User.objects.create_user("head", password="a long password")
        Membership.objects.create(project=self.project, user=self.admin, role=Role.ADMIN)
        refresh_schema(self.connection, ["hr.department", "hr.employee"])
        self.dataset = self.upload("yard", UNITS, STAFF)
        self.graph = self.draw(recipe())


@pytest.fixture
def yard(transactional_db: None, tmp_path: Path, asked: Any) -> Iterator[LiveYard]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    yield LiveYard(harbour, tmp_path)
    asked.clear()
    remove_ours(harbour, ["hr.employee", "hr.department"])


def test_a_stub_is_made_filled_emptied_and_removed(yard: LiveYard, drain: Any) -> None:
    first = yard.run()
    drain()
    assert rows(first) == {"units": {"created": 2}, STUB: {"created": 2}, "staff": {"created": 5}}
    assert [one[:2] for one in stubs_told(first)] == [("staff", 3), ("staff", 6)]
    assert yard.homes()["Bea"] == yard.homes()["Carl"] == "Moon"
    sent = Attempt.objects.count()
    again = yard.run()
    drain()
    assert (rows(again)["staff"], Attempt.objects.count()) == ({"unchanged": 5}, sent)
    filled = yard.run(yard.upload("more", UNITS + "Moon,grey\n", STAFF))
    drain()
    assert rows(filled)["units"] == {"updated": 1, "unchanged": 2}
    assert "grey" in str(note(yard)) and yard.states()['["Moon"]'] == "live"
    start_rollback(filled, by=yard.admin)
    drain()
    assert yard.states()['["Moon"]'] == "stub" and not note(yard)
    start_rollback(first, by=yard.admin)
    drain()
    first.refresh_from_db()
    assert first.status == "rolled_back"
    assert not KeyMap.objects.filter(connection=yard.connection).exists()


def note(yard: LiveYard) -> Any:
    record = KeyMap.objects.get(connection=yard.connection, source_key='["Moon"]').odoo_id
    with yard.client() as client:
        return client.read("hr.department", [record], ["note"])[0]["note"]
