"""Odoo's silence is not consent: what somebody else uses stays, with the reason, or is archived."""

import pytest

from importer import loads
from importer.models import Issue, KeyMap, Load
from tests.engine.loading import Harbour, column, look_up, partners, refer
from tests.undo.undoing import count, create, ids_of, reasons, undo


@pytest.fixture
def three(harbour: Harbour) -> dict[str, int]:
    """Three loaded partners: name -> id."""
    harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    return ids_of(harbour, "res.partner")


def the_load() -> Load:
    return Load.objects.get(kind="load")


def test_a_partner_on_an_order_stays_and_the_reason_names_model_field_and_number(
    harbour: Harbour, three: dict[str, int]
) -> None:
    for _ in range(2):
        create(harbour, "sale.order", {"partner_id": three["Q0001"]})
    done = undo(harbour, the_load())
    assert (done.removed, done.kept, done.rows_done) == (2, 1, done.rows_total)
    assert harbour.names() == ["Q0001"]
    entry = KeyMap.objects.get()
    assert entry.state == "kept"
    assert "2 records of sale.order (partner_id)" in entry.note
    issue = Issue.objects.get(load=done)
    assert (issue.row, issue.code, issue.level) == (3, "used_outside", "blocked")


def test_an_outside_child_keeps_its_parent(harbour: Harbour, three: dict[str, int]) -> None:
    child = create(harbour, "res.partner", {"name": "Zoe", "parent_id": three["Q0000"]})
    done = undo(harbour, the_load())
    assert done.kept == 1
    assert "res.partner (parent_id)" in reasons(done)['["Q0000"]']
    found = harbour.read("res.partner", [["id", "=", child]], ["parent_id"])
    assert found[0]["parent_id"] == three["Q0000"]


def test_a_tag_that_somebody_gave_to_another_partner_stays(harbour: Harbour) -> None:
    load = harbour.load(
        harbour.entity("tag", "res.partner.category"), [{"code": "T", "name": "Qtag"}]
    )
    tag = ids_of(harbour, "res.partner.category")["Qtag"]
    create(harbour, "res.partner", {"name": "Zoe", "category_id": [[6, 0, [tag]]]})
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (0, 1)
    assert "1 record of res.partner (category_id)" in reasons(done)['["T"]']


def test_a_tag_given_to_our_partner_by_hand_is_no_reason_to_keep_the_partner(
    harbour: Harbour, three: dict[str, int]
) -> None:
    tag = create(harbour, "res.partner.category", {"name": "Mine"})
    harbour.client().write("res.partner", [three["Q0000"]], {"category_id": [[6, 0, [tag]]]})
    assert undo(harbour, the_load()).removed == 3


def test_the_parent_of_a_record_that_stays_stays_too(harbour: Harbour) -> None:
    rows = [{"code": "a", "name": "Qa", "boss": ""}, {"code": "b", "name": "Qb", "boss": "a"}]
    fields = [column("name"), refer("parent_id", "customer", "boss")]
    load = harbour.load(harbour.entity("customer", "res.partner"), rows, fields)
    child = ids_of(harbour, "res.partner")["Qb"]
    create(harbour, "sale.order", {"partner_id": child})
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (0, 2)
    assert f"used by res.partner {child}, which is kept too" in reasons(done)['["a"]']


def test_chatter_and_own_bank_accounts_are_no_reason(
    harbour: Harbour, three: dict[str, int]
) -> None:
    create(harbour, "res.partner.bank", {"acc_number": "BE1", "partner_id": three["Q0000"]})
    assert undo(harbour, the_load()).removed == 3
    assert count(harbour, "res.partner.bank", [["acc_number", "=", "BE1"]]) == 0


def test_a_confirmed_order_stays_and_says_what_to_do(harbour: Harbour) -> None:
    create(harbour, "res.partner", {"name": "Buyer"})
    order = harbour.entity("order", "sale.order")
    rows = [{"code": f"{n}", "partner": "Buyer", "ref": f"Q{n}"} for n in range(3)]
    spec = {"model": "res.partner", "by": ["name"], "inputs": [{"column": "partner"}]}
    fields = [look_up("partner_id", spec), column("client_order_ref", "ref")]
    load = harbour.load(order, rows, fields)
    confirmed = harbour.read("sale.order", [["client_order_ref", "=", "Q1"]], ["id"])[0]["id"]
    harbour.client().write("sale.order", [confirmed], {"state": "sale"})
    harbour.forget_calls()
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (2, 1)
    assert reasons(done)['["1"]'] == "Kept: it is sent or confirmed; cancel it in Odoo first."
    assert harbour.calls("unlink") == 1


def test_by_choice_what_must_stay_is_archived_and_the_next_load_brings_it_back(
    harbour: Harbour, three: dict[str, int]
) -> None:
    create(harbour, "sale.order", {"partner_id": three["Q0001"]})
    done = undo(harbour, the_load(), archive=True)
    assert (done.removed, done.archived, done.kept) == (2, 1, 0)
    entry = KeyMap.objects.get()
    assert (entry.state, entry.note[:9]) == ("archived", "Archived:")
    assert not harbour.read("res.partner", [["id", "=", three["Q0001"]]], ["active"])[0]["active"]
    again = harbour.load(harbour.entity("customer", "res.partner"), partners(3))
    assert (again.created, again.updated) == (2, 1)
    assert harbour.read("res.partner", [["id", "=", three["Q0001"]]], ["active"])[0]["active"]
    entry.refresh_from_db()
    assert (entry.state, entry.odoo_id) == ("live", three["Q0001"])


def test_an_undo_is_taken_up_again_when_what_was_in_the_way_is_gone(
    harbour: Harbour, three: dict[str, int]
) -> None:
    order = create(harbour, "sale.order", {"partner_id": three["Q0001"]})
    done = undo(harbour, the_load())
    assert done.kept == 1
    harbour.client().unlink("sale.order", [order])
    loads.open_retry(done)
    done = harbour.run(done)
    assert (done.removed, done.kept, done.rows_done) == (3, 0, done.rows_total)
    assert not Issue.objects.filter(load=done).exists()
    assert harbour.names() == []


def test_looking_for_users_costs_calls_by_field_and_not_by_record(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    few = harbour.load(partner, partners(5))
    harbour.forget_calls()
    undo(harbour, few)
    looked = harbour.calls("search_read", "search")
    many = harbour.load(partner, partners(100))
    harbour.forget_calls()
    assert undo(harbour, many).removed == 100
    assert harbour.calls("search_read", "search") <= looked + 2
