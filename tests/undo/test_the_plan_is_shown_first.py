"""What an undo would do is said before it does it: in numbers, with the records behind each, and
without a single call that writes."""

from collections.abc import Iterator
from typing import Any

import pytest

from importer import loads
from importer.models import KeyMap, Load
from importer.odoo.client import connect
from importer.odoo.protocols import OdooClient
from importer.undo_plans import numbers_of, records_of
from tests.engine.loading import Harbour, column, partners, refer
from tests.undo.undoing import create, ids_of, reasons, undo

CLERK = "Low"


def plan(harbour: Harbour, load: Load, *, after: tuple[Load, ...] = (), **options: Any) -> Load:
    """The dry undo of a load, worked to its end."""
    opened = loads.open_undo(
        load, archive=False, dry_run=True, after=[one.pk for one in after], **options
    )
    return harbour.run(opened)


def keys_of(load: Load, which: str) -> list[str]:
    return sorted(one["key"] for one in records_of(load, which, offset=0, limit=100))


@pytest.fixture
def four(harbour: Harbour) -> Load:
    return harbour.load(harbour.entity("customer", "res.partner"), partners(4))


def test_a_plan_counts_what_goes_and_what_is_used_and_sends_nothing(
    harbour: Harbour, four: Load
) -> None:
    ids = ids_of(harbour, "res.partner")
    create(harbour, "sale.order", {"partner_id": ids["Q0001"]})
    before = [harbour.names(), list(KeyMap.objects.values_list("pk", "state", "note"))]
    calls = harbour.calls()
    planned = plan(harbour, four)
    assert harbour.calls() == calls
    assert before == [harbour.names(), list(KeyMap.objects.values_list("pk", "state", "note"))]
    found = numbers_of(planned)
    assert (found["removable"], found["used"], found["restorable"]) == (3, 1, 0)
    by = {"model": "sale.order", "field": "partner_id", "records": 1, "uses": 1}
    assert by in found["used_by"]
    assert (planned.state, planned.removed, planned.kept, planned.rows_total) == ("done", 3, 1, 4)
    assert not planned.batches.exists()
    (used,) = records_of(planned, "used", offset=0, limit=10)
    assert (used["key"], used["odoo_id"], used["row"]) == ("Q0001", ids["Q0001"], 3)
    assert "1 sale.order (partner_id)" in used["used_by"]
    done = undo(harbour, four)
    assert (done.removed, done.kept) == (3, 1)


def test_records_behind_a_number_come_in_pages(harbour: Harbour, four: Load) -> None:
    planned = plan(harbour, four)
    pages = [records_of(planned, "removable", offset=at, limit=3) for at in (0, 3, 6)]
    assert [len(page) for page in pages] == [3, 1, 0]
    assert len({one["odoo_id"] for page in pages for one in page}) == 4


def test_a_confirmed_order_names_the_step_it_needs(harbour: Harbour) -> None:
    harbour.load(harbour.entity("customer", "res.partner"), partners(1))
    order = harbour.load(
        harbour.entity("order", "sale.order"),
        [{"code": "O1", "customer": "Q0000"}],
        [refer("partner_id", "customer", "customer")],
    )
    entry = KeyMap.objects.get(odoo_model="sale.order")
    harbour.client().write("sale.order", [entry.odoo_id], {"state": "sale"})
    planned = plan(harbour, order)
    step = "it is sent or confirmed; cancel it in Odoo first"
    assert numbers_of(planned)["steps"] == [{"step": step, "records": 1}]
    assert keys_of(planned, "needs_step") == ["O1"]


def test_what_the_same_rollback_takes_away_first_speaks_against_nothing(harbour: Harbour) -> None:
    customers = harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    orders = harbour.load(
        harbour.entity("order", "sale.order"),
        [{"code": "O1", "customer": "Q0000"}, {"code": "O2", "customer": "Q0001"}],
        [refer("partner_id", "customer", "customer")],
    )
    alone = plan(harbour, customers)
    assert keys_of(alone, "used") == ["Q0000", "Q0001"]
    kept = KeyMap.objects.get(source_key='["O2"]')
    harbour.client().write("sale.order", [kept.odoo_id], {"state": "sale"})
    first = plan(harbour, orders)
    together = plan(harbour, customers, after=(first,))
    assert keys_of(together, "removable") == ["Q0000", "Q0002"]
    assert keys_of(together, "used") == ["Q0001"]


@pytest.fixture
def clerk(harbour: Harbour) -> Iterator[OdooClient]:
    """Somebody else, who works in Odoo by hand."""
    client = connect(harbour.server.url, "sandbox", "low", "low")
    yield client
    client.close()


def test_what_another_user_edited_stays_and_the_plan_says_who_and_when(
    harbour: Harbour, four: Load, clerk: OdooClient
) -> None:
    one = ids_of(harbour, "res.partner")["Q0002"]
    clerk.write("res.partner", [one], {"city": "Lima"})
    planned = plan(harbour, four)
    (edited,) = records_of(planned, "edited", offset=0, limit=9)
    assert (edited["key"], edited["editor"], edited["verdict"]) == ("Q0002", CLERK, "keep")
    stamp = harbour.read("res.partner", [["id", "=", one]], ["write_date"])[0]["write_date"]
    assert numbers_of(planned)["edited_by"] == [{"who": CLERK, "records": 1, "last": stamp}]
    done = undo(harbour, four)
    assert (done.removed, done.kept) == (3, 1)
    assert harbour.names() == ["Q0002"]
    assert f"last by {CLERK} on {stamp} UTC" in reasons(done)['["Q0002"]']


def test_edited_records_go_where_that_was_chosen(
    harbour: Harbour, four: Load, clerk: OdooClient
) -> None:
    clerk.write("res.partner", [ids_of(harbour, "res.partner")["Q0002"]], {"city": "Lima"})
    found = numbers_of(plan(harbour, four, remove_edited=True))
    assert (found["removable"], found["edited"]) == (4, 1)
    harbour.run(loads.open_undo(four, archive=False, remove_edited=True))
    assert harbour.names() == []


def test_an_edit_after_the_plan_is_seen_by_the_batch_that_removes(
    harbour: Harbour, four: Load, clerk: OdooClient
) -> None:
    ids = ids_of(harbour, "res.partner")
    opened = loads.open_undo(four, archive=False)
    while opened.state != "sending":
        loads.work(opened.pk, reporter=harbour.notes, worker="hand-1", seconds=0.001)
        opened.refresh_from_db()
    clerk.write("res.partner", [ids["Q0003"]], {"city": "Lima"})
    done = harbour.run(opened)
    assert (done.removed, done.kept) == (3, 1)
    assert harbour.names() == ["Q0003"]


def test_the_parent_of_an_edited_record_stays_with_it(harbour: Harbour, clerk: OdooClient) -> None:
    rows = [{"code": "a", "name": "Qa", "boss": ""}, {"code": "b", "name": "Qb", "boss": "a"}]
    fields = [column("name"), refer("parent_id", "customer", "boss")]
    load = harbour.load(harbour.entity("customer", "res.partner"), rows, fields)
    clerk.write("res.partner", [ids_of(harbour, "res.partner")["Qb"]], {"city": "Lima"})
    planned = numbers_of(plan(harbour, load))
    assert (planned["removable"], planned["edited"], planned["used"]) == (0, 1, 1)
    assert undo(harbour, load).kept == 2


def test_an_edit_of_a_products_template_is_one_of_the_product(
    harbour: Harbour, clerk: OdooClient
) -> None:
    rows = [{"code": f"P{n}", "name": f"Qp{n}"} for n in range(3)]
    load = harbour.load(harbour.entity("product", "product.product"), rows)
    (found,) = harbour.read("product.product", [["name", "=", "Qp1"]], ["product_tmpl_id"])
    clerk.write("product.template", [found["product_tmpl_id"]], {"list_price": 9.0})
    planned = plan(harbour, load)
    assert keys_of(planned, "edited") == ["P1"]
    assert keys_of(planned, "removable") == ["P0", "P2"]
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (2, 1)


def test_fields_edited_since_are_named_and_the_others_are_restored(
    harbour: Harbour, clerk: OdooClient
) -> None:
    entity = harbour.entity("customer", "res.partner")
    harbour.load(entity, [{"code": "Q1", "name": "Q1", "city": "Oslo", "street": "A"}])
    second = harbour.load(entity, [{"code": "Q1", "name": "Q1", "city": "Rome", "street": "B"}])
    clerk.write("res.partner", [ids_of(harbour, "res.partner")["Q1"]], {"city": "Lima"})
    planned = plan(harbour, second)
    found = numbers_of(planned)
    assert (found["restorable"], found["edited"], found["removable"]) == (1, 1, 0)
    (one,) = records_of(planned, "restorable", offset=0, limit=9)
    assert (one["given_back"], one["edited_fields"], one["editor"]) == ("street", "city", CLERK)


def test_a_plan_of_an_undo_does_not_count_as_one(harbour: Harbour) -> None:
    """Records that a later load touched stay, although a plan to undo that one was made."""
    entity = harbour.entity("customer", "res.partner")
    first = harbour.load(entity, [{"code": "Q1", "name": "Q1", "city": "Oslo"}])
    second = harbour.load(entity, [{"code": "Q1", "name": "Q1", "city": "Rome"}])
    plan(harbour, second)
    assert numbers_of(plan(harbour, first))["kept_otherwise"] == 1
    undo(harbour, second)
    assert numbers_of(plan(harbour, first))["removable"] == 1
