"""What a real Odoo does besides storing: nothing unless the run lets it. Each count is of what came
with the records of one load. ``ODOO_TEST_URL`` and its three neighbours say which server.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine.loading import Harbour, column, look_up
from tests.live.harbours import connect, harbour_of_environment, remove_ours

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]
WHO = {"model": "res.users", "by": ["login"], "inputs": [{"column": "who"}]}


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    yield harbour
    remove_ours(harbour, ["crm.lead"])


def came_with(live: Harbour, prefix: str, *wanted: str) -> dict[str, Any]:
    """Chatter, followers and mails of a lead that is given to another user."""
    domain: list[Any] = [["active", "=", True], ["share", "=", False], ["login", "!=", "admin"]]
    other = live.read("res.users", domain, ["login"])[0]
    lead = live.entity(f"lead_{prefix.lower()}", "crm.lead")
    rows = [{"code": prefix, "name": f"{prefix} lead", "who": other["login"]}]
    fields = [column("name"), look_up("user_id", WHO)]
    load = live.load(lead, rows, fields, side_effects=list(wanted))
    assert load.created == 1, load.error
    record = live.read("crm.lead", [["name", "=", f"{prefix} lead"]], ["id"])[0]["id"]
    domain = [["model", "=", "crm.lead"], ["res_id", "=", record]]
    followers = [["res_model", "=", "crm.lead"], ["res_id", "=", record]]
    messages = live.read("mail.message", domain, ["message_type"])
    of_these = [["mail_message_id", "in", [one["id"] for one in messages]]]
    return {
        "chatter": len([one for one in messages if one["message_type"] == "notification"]),
        "followers": len(live.read("mail.followers", followers, ["partner_id"])),
        "mails": len(live.read("mail.mail", of_these, ["state"])),
    }


def test_nothing_comes_along_unless_asked(live: Harbour) -> None:
    assert came_with(live, "QS1") == {"chatter": 0, "followers": 0, "mails": 0}


def test_each_effect_comes_when_it_is_asked_for(live: Harbour) -> None:
    tracked = came_with(live, "QS2", "tracking")
    assert (tracked["chatter"], tracked["mails"]) == (1, 0)
    assert came_with(live, "QS3", "subscriptions")["followers"] == 2
    mailed = came_with(live, "QS4", "mails")
    assert (mailed["followers"], mailed["mails"]) == (1, 1)
