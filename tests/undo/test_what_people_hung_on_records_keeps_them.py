"""Files, activities and messages that people hung on a record go with it without a word of Odoo's:
so the record stays, with who and when, and goes only where that was chosen."""

from collections.abc import Iterator
from typing import Any

import pytest

from importer import loads
from importer.models import Issue, KeyMap, Load
from importer.odoo.client import Client, connect
from importer.odoo.errors import AccessRefused, Unsupported
from importer.odoo.protocols import OdooClient, Record
from importer.undo_plans import numbers_of, records_of
from tests.engine.loading import Harbour, partners
from tests.engine.test_attachments_hang_on_records import FIELDS, attachments
from tests.undo.test_the_plan_is_shown_first import keys_of, plan
from tests.undo.undoing import count, create, ids_of, reasons, undo

CLERK = "Low"


@pytest.fixture
def clerk(harbour: Harbour) -> Iterator[OdooClient]:
    """Somebody else, who works in Odoo by hand."""
    client = connect(harbour.server.url, "sandbox", "low", "low")
    yield client
    client.close()


@pytest.fixture
def three(harbour: Harbour) -> Load:
    return harbour.load(harbour.entity("customer", "res.partner"), partners(3))


def on(harbour: Harbour, name: str) -> dict[str, Any]:
    return {"res_model": "res.partner", "res_id": ids_of(harbour, "res.partner")[name]}


def message(harbour: Harbour, name: str, **more: Any) -> dict[str, Any]:
    place = {"model": "res.partner", "res_id": ids_of(harbour, "res.partner")[name]}
    return {**place, "body": "Call them", "message_type": "comment", **more}


def activity(harbour: Harbour, name: str) -> dict[str, Any]:
    user = harbour.client().uid
    return {**on(harbour, name), "date_deadline": "2026-12-01", "user_id": user}


def test_files_and_messages_of_somebody_else_keep_the_record_and_are_told(
    harbour: Harbour, three: Load, clerk: OdooClient
) -> None:
    for name in ("a.pdf", "b.pdf"):
        clerk.create_record("ir.attachment", {"name": name, **on(harbour, "Q0001")})
    clerk.create_record("mail.message", message(harbour, "Q0001"))
    (at,) = {
        one["create_date"]
        for one in harbour.read("mail.message", [["message_type", "=", "comment"]], ["create_date"])
    }
    planned = plan(harbour, three)
    found = numbers_of(planned)
    assert (found["removable"], found["edited"]) == (2, 1)
    assert found["edited_by"] == [{"who": CLERK, "records": 1, "last": at}]
    (edited,) = records_of(planned, "edited", offset=0, limit=9)
    sentence = f"Kept: 2 files and 1 message were added by {CLERK}, last on {at} UTC."
    assert (edited["key"], edited["verdict"], edited["reason"]) == ("Q0001", "keep", sentence)
    done = undo(harbour, three)
    assert (done.removed, done.kept) == (2, 1)
    assert reasons(done) == {'["Q0001"]': sentence}
    assert harbour.names() == ["Q0001"]
    assert (count(harbour, "ir.attachment"), count(harbour, "mail.message")) == (2, 1)


def test_an_activity_keeps_its_record(harbour: Harbour, three: Load, clerk: OdooClient) -> None:
    clerk.create_record("mail.activity", activity(harbour, "Q0002"))
    done = undo(harbour, three)
    assert (done.removed, done.kept) == (2, 1)
    assert f"1 activity was added by {CLERK}" in reasons(done)['["Q0002"]']


def test_they_go_where_that_was_chosen_and_the_plan_says_what_goes(
    harbour: Harbour, three: Load, clerk: OdooClient
) -> None:
    clerk.create_record("ir.attachment", {"name": "a.pdf", **on(harbour, "Q0001")})
    planned = plan(harbour, three, remove_edited=True)
    found = numbers_of(planned)
    assert (found["removable"], found["edited"]) == (3, 1)
    (edited,) = records_of(planned, "edited", offset=0, limit=9)
    assert edited["reason"].startswith(f"Goes all the same: 1 file was added by {CLERK}")
    harbour.run(loads.open_undo(three, archive=False, remove_edited=True))
    assert (harbour.names(), count(harbour, "ir.attachment")) == ([], 0)


def test_an_edit_and_a_file_are_told_in_one_sentence(
    harbour: Harbour, three: Load, clerk: OdooClient
) -> None:
    clerk.write("res.partner", [on(harbour, "Q0001")["res_id"]], {"city": "Lima"})
    clerk.create_record("ir.attachment", {"name": "a.pdf", **on(harbour, "Q0001")})
    (told,) = reasons(undo(harbour, three)).values()
    assert told.startswith("Kept: edited since the load, last by Low on ")
    assert "; 1 file was added by Low, last on " in told


def test_what_the_own_login_and_odoo_itself_wrote_is_no_reason(
    harbour: Harbour, three: Load, clerk: OdooClient
) -> None:
    create(harbour, "ir.attachment", {"name": "a.pdf", **on(harbour, "Q0000")})
    create(harbour, "mail.message", message(harbour, "Q0000"))
    create(harbour, "mail.activity", activity(harbour, "Q0000"))
    clerk.create_record("mail.message", message(harbour, "Q0001", message_type="notification"))
    image = {"name": "image_1920", "res_field": "image_1920", **on(harbour, "Q0001")}
    clerk.create_record("ir.attachment", image)
    other_model = {"name": "a.pdf", **on(harbour, "Q0002"), "res_model": "crm.lead"}
    clerk.create_record("ir.attachment", other_model)
    assert undo(harbour, three).removed == 3


def test_a_message_counts_by_its_author_too(harbour: Harbour, three: Load) -> None:
    sender = create(harbour, "res.partner", {"name": "Zoe"})
    create(harbour, "mail.message", message(harbour, "Q0001", author_id=sender))
    done = undo(harbour, three)
    assert (done.removed, done.kept) == (2, 1)
    assert "1 message was added by Zoe" in reasons(done)['["Q0001"]']


def test_a_file_that_comes_after_the_plan_is_seen_by_the_batch_that_removes(
    harbour: Harbour, three: Load, clerk: OdooClient
) -> None:
    place = on(harbour, "Q0001")
    opened = loads.open_undo(three, archive=False)
    while opened.state != "sending":
        loads.work(opened.pk, reporter=harbour.notes, worker="hand-1", seconds=0.001)
        opened.refresh_from_db()
    clerk.create_record("ir.attachment", {"name": "a.pdf", **place})
    done = harbour.run(opened)
    assert (done.removed, done.kept, harbour.names()) == (2, 1, ["Q0001"])


def test_a_file_on_a_products_template_is_one_of_the_product(
    harbour: Harbour, clerk: OdooClient
) -> None:
    rows = [{"code": f"P{n}", "name": f"Qp{n}"} for n in range(2)]
    load = harbour.load(harbour.entity("product", "product.product"), rows)
    (found,) = harbour.read("product.product", [["name", "=", "Qp1"]], ["product_tmpl_id"])
    place = {"res_model": "product.template", "res_id": found["product_tmpl_id"]}
    clerk.create_record("ir.attachment", {"name": "a.pdf", **place})
    assert keys_of(plan(harbour, load), "edited") == ["P1"]
    done = undo(harbour, load)
    assert (done.removed, done.kept) == (1, 1)


def test_files_of_a_load_that_is_not_undone_keep_their_record(
    harbour: Harbour, three: Load
) -> None:
    files = harbour.load(harbour.entity("attachment", "ir.attachment"), attachments(1), FIELDS)
    alone = plan(harbour, three, remove_edited=True)
    assert (keys_of(alone, "used"), keys_of(alone, "removable")) == (["Q0000"], ["Q0001", "Q0002"])
    by = {"model": "ir.attachment", "field": "res_id", "records": 1, "uses": 1}
    assert numbers_of(alone)["used_by"] == [by]
    first = plan(harbour, files)
    assert keys_of(plan(harbour, three, after=(first,)), "removable") == ["Q0000", "Q0001", "Q0002"]
    undo(harbour, files)
    assert undo(harbour, three).removed == 3
    assert not KeyMap.objects.exists()


def test_a_loaded_file_that_somebody_replaced_stays_and_keeps_its_record(
    harbour: Harbour, three: Load, clerk: OdooClient
) -> None:
    files = harbour.load(harbour.entity("attachment", "ir.attachment"), attachments(2), FIELDS)
    (one,) = harbour.read("ir.attachment", [["name", "=", "Q1.txt"]], ["id"])
    clerk.write("ir.attachment", [one["id"]], {"description": "signed"})
    first = plan(harbour, files)
    assert keys_of(plan(harbour, three, after=(first,)), "edited") == ["Q0001"]
    assert undo(harbour, files).kept == 1
    done = undo(harbour, three)
    assert (done.removed, done.kept, harbour.names()) == (2, 1, ["Q0001"])
    assert Issue.objects.get(load=done).code == "edited_since"


def test_the_look_costs_three_calls_a_list_and_not_a_record(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    search_read = Client.search_read

    def counted(self: Client, model: str, *args: object, **more: object) -> list[Record]:
        asked.append(model)
        return search_read(self, model, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "search_read", counted)
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(90))
    asked.clear()
    assert undo(harbour, load).removed == 90
    for model in ("ir.attachment", "mail.activity", "mail.message"):
        assert asked.count(model) == 2  # the plan, and the one batch


@pytest.mark.parametrize(
    ("answer", "named"),
    [(AccessRefused("Odoo does not allow it."), True), (Unsupported("No such model."), False)],
)
def test_what_is_closed_to_the_login_is_named_and_what_is_not_there_is_not(
    harbour: Harbour,
    three: Load,
    clerk: OdooClient,
    monkeypatch: pytest.MonkeyPatch,
    answer: Exception,
    named: bool,
) -> None:
    clerk.create_record("ir.attachment", {"name": "a.pdf", **on(harbour, "Q0001")})
    search_read = Client.search_read

    def guarded(self: Client, model: str, *args: object, **more: object) -> list[Record]:
        if model.startswith("mail."):
            raise answer
        return search_read(self, model, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "search_read", guarded)
    done = undo(harbour, three)
    assert (done.removed, done.kept) == (2, 1)
    unseen = done.verification["not_looked_at"]
    expected = [f"{one}: Odoo does not allow it." for one in ("mail.activity", "mail.message")]
    assert unseen == (expected if named else [])
