"""The same promises on a real Odoo: ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and
``ODOO_TEST_SECRET`` say which. Every model has its former number of records in the end.
"""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from importer import loads
from importer.connections import open_client
from importer.models import Connection, ConnectionSecret, Entity, Issue, KeyMap, Load, Project
from importer.odoo.protocols import OdooClient
from importer.secrets import seal
from tests.engine.loading import Harbour, column, look_up, refer
from tests.undo.undoing import count, reasons, undo

pytestmark = pytest.mark.skipif(
    "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
)
MODELS = (
    "res.partner",
    "res.partner.category",
    "product.template",
    "product.product",
    "product.supplierinfo",
    "sale.order",
    "sale.order.line",
    "purchase.order",
    "purchase.order.line",
    "hr.employee",
    "resource.resource",
    "crm.lead",
)


@dataclass
class LiveHarbour(Harbour):
    """A harbour whose server is not ours. ``made``: what the test made beside the loads."""

    made: list[tuple[str, int]] = field(default_factory=list)

    def create(self, model: str, values: dict[str, Any]) -> int:
        client = self.client()
        one = client.create_record(model, values)
        client.close()
        self.made.append((model, one))
        return one

    def unmake(self) -> None:
        client = self.client()
        for model, one in reversed(self.made):
            left = client.search(model, [["id", "=", one]], context={"active_test": False})
            if model == "sale.order":
                client.write(model, left, {"state": "draft"})
            client.unlink(model, left)
        client.close()

    def numbers(self) -> dict[str, int]:
        return {model: count(self, model) for model in MODELS}


@pytest.fixture
def live(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveHarbour]:
    project = Project.objects.create(name=f"Live {uuid.uuid4().hex[:6]}")
    connection = Connection.objects.create(
        project=project,
        name="Live",
        url=os.environ["ODOO_TEST_URL"],
        database=os.environ["ODOO_TEST_DB"],
        environment="staging",
    )
    ConnectionSecret.objects.create(
        project=project,
        connection=connection,
        login=os.environ["ODOO_TEST_LOGIN"],
        secret=seal(os.environ["ODOO_TEST_SECRET"]),
    )
    harbour = LiveHarbour(None, project, connection)  # type: ignore[arg-type]
    harbour.client().close()
    connection.refresh_from_db()
    yield harbour
    harbour.unmake()


def rows(*names: str, **more: str) -> list[dict[str, str | None]]:
    return [{"code": name, "name": f"Q {name}", **more} for name in names]


def test_a_trade_with_all_its_parts_is_undone_to_the_last_record(live: LiveHarbour) -> None:
    before = live.numbers()
    book = live.dataset()
    loaded: list[Load] = []

    def load(entity: Entity, data: list[dict[str, str | None]], *fields: dict[str, Any]) -> None:
        name = f"S{len(loaded)}"
        done = live.load(entity, data, list(fields), dataset=book, name=name)
        said = list(Issue.objects.filter(load=done).values_list("message", flat=True))
        assert done.created == len(data), said
        loaded.append(done)

    tag = live.entity("tag", "res.partner.category")
    partner = live.entity("customer", "res.partner")
    product = live.entity("product", "product.product")
    order = live.entity("order", "sale.order")
    line = live.entity("line", "sale.order.line")
    buying = live.entity("buying", "purchase.order")
    boss = live.entity("employee", "hr.employee")
    load(tag, rows("T"), column("name"))
    load(
        partner,
        [
            {"code": "p", "name": "Q p", "boss": "", "tag": "T", "street": "Quay 1"},
            {"code": "q", "name": "Q q", "boss": "p", "tag": "T", "street": ""},
        ],
        column("name"),
        column("street"),
        refer("category_id", "tag", "tag"),
        refer("parent_id", "customer", "boss"),
    )
    load(product, rows("anchor", "bell"), column("name"))
    customer = refer("partner_id", "customer", "who")
    load(order, [{"code": n, "who": "q"} for n in "123"], customer)
    in_order = [refer("order_id", "order", "order"), refer("product_id", "product", "product")]
    load(line, [{"code": n, "order": n, "product": "bell"} for n in "123"], *in_order)
    load(buying, [{"code": "b", "who": "p"}], customer)
    load(
        boss,
        [{"code": "1", "name": "Q 1", "boss": ""}, {"code": "2", "name": "Q 2", "boss": "1"}],
        column("name"),
        refer("parent_id", "employee", "boss"),
    )
    for one in reversed(loaded):
        done = undo(live, one)
        assert (done.removed, done.kept, done.failed) == (one.created, 0, 0), reasons(done)
        assert done.verification["records"]["in_odoo"] == 0
        assert done.verification["not_looked_at"] == []
    after = live.numbers()
    assert {model: n - before[model] for model, n in after.items() if n != before[model]} == {}
    assert not KeyMap.objects.exists()


def test_what_is_used_outside_stays_is_archived_by_choice_and_comes_back(
    live: LiveHarbour,
) -> None:
    partner = live.entity("customer", "res.partner")
    load = live.load(partner, rows("a", "b", "c", "d"), [column("name")])
    ids = dict(KeyMap.objects.values_list("source_key", "odoo_id"))
    live.create("res.partner", {"name": "Z child", "parent_id": ids['["a"]']})
    live.create("sale.order", {"partner_id": ids['["b"]']})
    tagged = live.create("res.partner.category", {"name": "Z tag"})
    client = live.client()
    client.write("res.partner", [ids['["c"]']], {"category_id": [[6, 0, [tagged]]]})
    done = undo(live, load)
    assert (done.removed, done.kept) == (2, 2)
    said = reasons(done)
    assert "1 record of res.partner (parent_id)" in said['["a"]']
    assert "sale.order (partner_id)" in said['["b"]']
    again = undo(live, load, archive=True)
    assert (again.removed, again.archived) == (0, 2)
    back = live.load(partner, rows("a", "b"), [column("name")])
    assert back.updated == 2
    records = client.read("res.partner", [ids['["a"]'], ids['["b"]']], ["active"])
    assert [one["active"] for one in records] == [True, True]
    client.close()
    live.unmake()
    live.made.clear()
    assert undo(live, back).restored == 2
    assert undo(live, load).removed == 2


def test_a_refusal_of_odoo_itself_is_asked_about_once(
    live: LiveHarbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without our own search, the words of this server's refusal must lead to the same end."""
    from importer.engine.undoing import judging

    partner = live.entity("customer", "res.partner")
    load = live.load(partner, rows(*(f"{n}" for n in range(30))), [column("name")])
    ids = sorted(KeyMap.objects.values_list("odoo_id", flat=True))
    for one in ids[:3]:
        # Drafts do not protect a partner: 17 removes them with it, without a word.
        live.create("sale.order", {"partner_id": one, "state": "sent"})
    whole = judging.Judge.verdicts
    monkeypatch.setattr(judging.Judge, "verdicts", lambda self, ids: judging.Verdicts())
    unlinks = _count_unlinks(monkeypatch, live.client())
    done = undo(live, load)
    assert (done.removed, done.kept) == (27, 3)
    assert unlinks == ["res.partner"] * 2
    assert all("used by 1 record of sale.order" in said for said in reasons(done).values())
    monkeypatch.setattr(judging.Judge, "verdicts", whole)
    live.unmake()
    live.made.clear()
    loads.open_retry(done)
    assert live.run(done).removed == 30


def _count_unlinks(monkeypatch: pytest.MonkeyPatch, client: OdooClient) -> list[str]:
    kind, models = type(client), []
    unlink = kind.unlink

    def counted(self: OdooClient, model: str, *args: Any, **more: Any) -> None:
        models.append(model)
        unlink(self, model, *args, **more)

    monkeypatch.setattr(kind, "unlink", counted)
    client.close()
    return models


def test_fields_are_restored_unless_edited_since(live: LiveHarbour) -> None:
    partner = live.entity("customer", "res.partner")
    country = {"model": "res.country", "by": ["code"], "inputs": [{"column": "land"}]}
    fields = [column("name"), column("street"), look_up("country_id", country)]
    old = rows("a", "b", street="Old", land="BE")
    first = live.load(partner, old, fields)
    assert first.created == 2, reasons(first)
    ids = dict(KeyMap.objects.values_list("source_key", "odoo_id"))
    contact = {"name": "Z contact", "type": "contact", "parent_id": ids['["a"]']}
    child = live.create("res.partner", contact)
    client = open_client(live.connection)
    shown = ["street", "country_id", "name"]
    before = client.read("res.partner", sorted([*ids.values(), child]), shown)
    load = live.load(partner, rows("a", "b", street="New", land="NL"), fields)
    assert load.updated == 2
    client.write("res.partner", [ids['["b"]']], {"street": "Mine"})
    done = undo(live, load)
    assert done.kept == 1, reasons(done)
    assert reasons(done)['["b"]'].startswith("Kept: street changed since the load, last by ")
    now = client.read("res.partner", sorted([*ids.values(), child]), shown)
    before[1]["street"] = "Mine"
    assert now == before
    client.close()
    live.unmake()
    live.made.clear()
    assert undo(live, first).removed == 2
