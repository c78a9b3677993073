"""Northwind by a login with few rights: what it may do arrives, the rest is named row by row in
sentences that say what to do. ``ODOO_TEST_LOW_LOGIN`` and ``ODOO_TEST_LOW_SECRET`` name a login
that may create contacts and its own quotations; the others as in test_northwind.
"""

import os
from collections.abc import Iterator

import pytest

from graphs.models import RunLog
from importer.connections import change_secret
from importer.models import Issue, Project
from tests.engine.loading import Harbour
from tests.live import test_northwind
from tests.live.harbours import remove_ours
from tests.live.test_northwind import ARRIVES, MODELS, Trade

trade = test_northwind.trade
pytestmark = [
    *test_northwind.pytestmark,
    pytest.mark.skipif(
        "ODOO_TEST_LOW_LOGIN" not in os.environ, reason="ODOO_TEST_LOW_LOGIN names no login"
    ),
]
SAYS_WHAT_TO_DO = ("administrator", "Put right what is said of that row, then retry.")
MAY = ("customers", "suppliers", "orders")
"""Loaded whole on every version."""


@pytest.fixture
def low(trade: Trade, project: Project) -> Iterator[Trade]:
    assert trade.graph.connection is not None
    login, secret = (os.environ[f"ODOO_TEST_LOW_{name}"] for name in ("LOGIN", "SECRET"))
    change_secret(by=trade.user, connection=trade.graph.connection, login=login, secret=secret)
    yield trade
    harbour = Harbour(None, project, trade.graph.connection)  # type: ignore[arg-type]
    remove_ours(harbour, reversed(MODELS))


def test_a_login_with_few_rights_loads_what_it_may_and_hears_why_the_rest_is_refused(
    low: Trade,
) -> None:
    nodes = low.run()
    run = low.last()
    assert run.is_finished, run.status
    assert {name: nodes[name]["created"] for name in MAY} == {name: ARRIVES[name] for name in MAY}
    contacts = {"customer-contacts", "supplier-contacts"}
    # In 19.0 load reads a new contact's credit limit, which only accountants may.
    arrived = {name for name in contacts if nodes[name]["created"] == ARRIVES[name]}
    assert arrived == (set() if low.witness.major >= 19 else contacts)
    assert not RunLog.objects.filter(run=run).exclude(traceback="").exists()
    refused = [one["error_message"] for one in nodes.values() if one["status"] == "failed"]
    assert any("no row was sent. Ask an administrator" in sentence for sentence in refused)
    issues = Issue.objects.filter(load__in=[node.load_id for node in run.node_runs.all()])
    messages = issues.filter(level__in=("error", "blocked"), stage__in=("plan", "odoo"))
    said = set(messages.values_list("message", flat=True))
    for message in said:
        assert any(words in message for words in SAYS_WHAT_TO_DO), message
