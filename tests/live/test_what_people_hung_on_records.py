"""A file, a note and an activity that another user put on loaded contacts of a real Odoo keep them,
and go with them where that was chosen. ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and
``ODOO_TEST_SECRET`` say which server, ``ODOO_TEST_LOW_LOGIN`` and ``ODOO_TEST_LOW_SECRET`` the
other user, who may write contacts.
"""

import os
from collections.abc import Iterator

import pytest

from importer import loads
from importer.models import Load
from importer.odoo.client import connect as log_in
from importer.odoo.protocols import OdooClient
from importer.undo_plans import numbers_of
from tests.engine.loading import Harbour, column
from tests.engine.pictures import text_of
from tests.live.harbours import connect, harbour_of_environment, remove_ours
from tests.undo.test_the_plan_is_shown_first import plan
from tests.undo.undoing import count, reasons, undo

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        "ODOO_TEST_LOW_LOGIN" not in os.environ, reason="ODOO_TEST_LOW_LOGIN names no login"
    ),
]
PLACES = (
    ("ir.attachment", "res_model"),
    ("mail.activity", "res_model"),
    ("mail.message", "model"),
)


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    yield harbour
    remove_ours(harbour, ["res.partner"])


@pytest.fixture
def clerk(live: Harbour) -> Iterator[OdooClient]:
    url, database = os.environ["ODOO_TEST_URL"], os.environ["ODOO_TEST_DB"]
    who = (os.environ[f"ODOO_TEST_LOW_{name}"] for name in ("LOGIN", "SECRET"))
    client = log_in(url, database, *who)
    yield client
    client.close()


@pytest.fixture
def four(live: Harbour) -> Load:
    rows = [{"code": f"H{n}", "name": f"Stowage H{n}"} for n in range(4)]
    load = live.load(live.entity("partner", "res.partner"), rows, [column("name")])
    assert load.created == 4
    return load


def hang(live: Harbour, clerk: OdooClient, ids: list[int]) -> None:
    """A file on the first, a note on the second, an activity on the third, as people do it."""
    file = {"name": "signed.txt", "res_model": "res.partner", "datas": text_of(b"signed")}
    clerk.create_record("ir.attachment", {**file, "res_id": ids[0]})
    note = {"body": "Call", "message_type": "comment"}
    clerk.call("res.partner", "message_post", [ids[1]], arguments=note)
    (model,) = live.read("ir.model", [["model", "=", "res.partner"]], ["id"])
    activity = {"res_model_id": model["id"], "res_id": ids[2], "summary": "Visit"}
    due = {"date_deadline": "2026-12-01", "user_id": clerk.uid}
    clerk.create_record("mail.activity", {**activity, **due})


def hanging(live: Harbour, ids: list[int]) -> list[int]:
    """How many of each kind there are on the contacts, Odoo's own messages among them."""
    return [
        count(live, model, [[link, "=", "res.partner"], ["res_id", "in", ids]])
        for model, link in PLACES
    ]


def test_a_file_a_note_and_an_activity_of_somebody_else_keep_their_contacts(
    live: Harbour, clerk: OdooClient, four: Load
) -> None:
    found = live.read("res.partner", [["name", "=like", "Stowage H%"]], ["name"])
    ids = [one["id"] for one in sorted(found, key=lambda one: str(one["name"]))]
    hang(live, clerk, ids)
    (who,) = live.read("res.users", [["id", "=", clerk.uid]], ["name"])
    planned = plan(live, four)
    numbers = numbers_of(planned)
    assert (numbers["removable"], numbers["edited"]) == (1, 3)
    assert [one["who"] for one in numbers["edited_by"]] == [who["name"]]
    assert planned.verification["not_looked_at"] == []
    done = undo(live, four)
    assert (done.removed, done.kept, done.failed) == (1, 3, 0)
    said = reasons(done)
    for key, what in zip(("H0", "H1", "H2"), ("1 file", "1 message", "1 activity"), strict=True):
        assert f"{what} was added by {who['name']}, last on " in said[f'["{key}"]'], said
    files, activities, messages = hanging(live, ids)
    assert (files, activities) == (1, 1) and messages >= 1
    again = live.run(loads.open_undo(four, archive=False, remove_edited=True))
    assert (again.removed, again.kept) == (3, 0)
    assert hanging(live, ids) == [0, 0, 0]
