"""Orders that somebody confirmed, on a real Odoo: an undo keeps them and says so, takes the others,
and takes them too once they are cancelled. ``ODOO_TEST_URL`` and its three neighbours say which.
"""

import os
from collections.abc import Iterator

import pytest

from importer import loads
from importer.models import Issue, KeyMap
from tests.engine.loading import Harbour, column, issues, partners, refer
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


@pytest.mark.parametrize(
    ("model", "field", "confirm", "cancel"),
    [
        ("sale.order", "client_order_ref", "action_confirm", "action_cancel"),
        ("purchase.order", "partner_ref", "button_confirm", "button_cancel"),
    ],
)
def test_a_confirmed_order_stays_until_it_is_cancelled(
    live: Harbour, model: str, field: str, confirm: str, cancel: str
) -> None:
    book = live.dataset()
    live.load(live.entity("customer", "res.partner"), partners(1), dataset=book, name="C")
    rows = [{"code": f"O{n}", "partner": "Q0000"} for n in range(3)]
    fields = [column(field, "code"), refer("partner_id", "customer", "partner")]
    load = live.load(live.entity("order", model), rows, fields, dataset=book, name="O")
    assert (load.created, load.failed) == (3, 0), issues(load)
    order = KeyMap.objects.get(source_key='["O1"]').odoo_id
    client = live.client()
    client.call(model, confirm, [order])
    undone = undo(live, load)
    assert (undone.removed, undone.kept, undone.failed) == (2, 1, 0), issues(undone)
    assert [(one.code, one.source_key) for one in issues(undone)] == [("state", '["O1"]')]
    assert "cancel it in Odoo first" in Issue.objects.get(load=undone).message
    client.call(model, cancel, [order], context={"disable_cancel_warning": True})
    client.close()
    loads.open_retry(undone)
    undone = live.run(undone)
    assert (undone.removed, undone.kept, undone.failed) == (3, 0, 0), issues(undone)
    assert live.read(model, [["id", "=", order]], ["state"]) == []
