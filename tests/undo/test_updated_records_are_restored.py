"""What a load changed is given back field by field, unless somebody edited it since."""

from importer import loads
from importer.models import Issue, KeyMap
from tests.engine.loading import Harbour, column, partners, refer
from tests.undo.undoing import create, ids_of, reasons, undo

FIELDS = [column("name"), column("city"), column("ref")]


def rows(n: int, **more: str) -> list[dict[str, str | None]]:
    return [{**row, "ref": "r", **more} for row in partners(n)]


def test_former_values_and_key_map_entries_come_back(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, rows(30, city="Lima"), FIELDS)
    before = list(KeyMap.objects.order_by("pk").values("sent_fields", "last_batch", "state"))
    load = harbour.load(partner, rows(30, city="Quito"), FIELDS)
    harbour.forget_calls()
    done = undo(harbour, load)
    assert (done.restored, done.removed, done.rows_done) == (30, 0, done.rows_total)
    assert harbour.calls("write") == 1  # equal values go in one call
    cities = harbour.read("res.partner", [["name", "=like", "Q%"]], ["city", "ref"])
    assert {(one["city"], one["ref"]) for one in cities} == {("Lima", "r")}
    assert list(KeyMap.objects.order_by("pk").values(*before[0])) == before
    assert harbour.load(partner, rows(30, city="Lima"), FIELDS).unchanged == 30


def test_a_field_edited_since_stays_and_says_who_and_when(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, rows(2, city="Lima"), FIELDS)
    changed = [{**row, "city": "Quito", "ref": "s"} for row in rows(2)]
    load = harbour.load(partner, changed, FIELDS)
    edited = ids_of(harbour, "res.partner")["Q0000"]
    harbour.client().write("res.partner", [edited], {"city": "Cusco"})
    done = undo(harbour, load)
    assert (done.restored, done.kept) == (1, 1)
    found = harbour.read("res.partner", [["id", "=", edited]], ["city", "ref", "write_date"])[0]
    assert (found["city"], found["ref"]) == ("Cusco", "r")
    said = reasons(done)['["Q0000"]']
    assert said.startswith("Kept: city changed since the load, last by ")
    assert " UTC; it stays. The other fields are given back." in said
    assert Issue.objects.get(load=done).code == "edited_since"
    assert KeyMap.objects.get(source_key='["Q0000"]').state == "kept"
    assert KeyMap.objects.get(source_key='["Q0001"]').state == "live"


def test_a_record_that_holds_its_former_values_again_needs_nothing(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, rows(2, city="Lima"), FIELDS)
    load = harbour.load(partner, rows(2, city="Quito"), FIELDS)
    records = list(ids_of(harbour, "res.partner").values())
    harbour.client().write("res.partner", records, {"city": "Lima"})
    harbour.forget_calls()
    done = undo(harbour, load)
    assert (done.unchanged, done.restored, harbour.calls()) == (2, 0, 0)
    assert harbour.load(partner, rows(2, city="Lima"), FIELDS).unchanged == 2


def test_lists_and_references_are_given_back(harbour: Harbour) -> None:
    book = harbour.dataset()
    tag = harbour.entity("tag", "res.partner.category")
    partner = harbour.entity("customer", "res.partner")
    tags = [{"code": one, "name": f"Tag {one}"} for one in "abc"]
    harbour.load(tag, tags, dataset=book, name="Tags")
    fields = [
        column("name"),
        refer("category_id", "tag", "tag"),
        refer("parent_id", "customer", "boss"),
    ]
    data = [
        {"code": "p", "name": "Qp", "tag": "a", "boss": ""},
        {"code": "q", "name": "Qq", "tag": "a", "boss": ""},
    ]
    harbour.load(partner, data, fields, dataset=book, name="First")
    before = harbour.read("res.partner", [["name", "=", "Qq"]], ["category_id", "parent_id"])
    data[1] = {**data[1], "tag": "b", "boss": "p"}
    load = harbour.load(partner, data, fields, dataset=book)
    assert load.updated == 1
    assert undo(harbour, load).restored == 1
    now = harbour.read("res.partner", [["name", "=", "Qq"]], ["category_id", "parent_id"])
    assert now == before


def test_an_existing_record_is_restored_before_the_new_one_it_points_at_is_removed(
    harbour: Harbour,
) -> None:
    partner = harbour.entity("customer", "res.partner")
    fields = [column("name"), refer("parent_id", "customer", "boss")]
    harbour.load(partner, [{"code": "q", "name": "Qq", "boss": ""}], fields)
    data = [{"code": "p", "name": "Qp", "boss": ""}, {"code": "q", "name": "Qq", "boss": "p"}]
    load = harbour.load(partner, data, fields)
    assert (load.created, load.updated) == (1, 1)
    done = undo(harbour, load)
    assert (done.removed, done.restored, done.kept) == (1, 1, 0)
    assert (
        harbour.read("res.partner", [["name", "=", "Qq"]], ["parent_id"])[0]["parent_id"] is False
    )


def test_an_address_that_flows_into_contacts_is_given_back_on_both(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    fields = [column("name"), column("street"), refer("parent_id", "customer", "boss")]
    data = [
        {"code": "p", "name": "Qp", "street": "Old", "boss": ""},
        {"code": "q", "name": "Qq", "street": "Old", "boss": "p"},
    ]
    harbour.load(partner, data, fields)
    new = [{**row, "street": "New"} for row in data]
    load = harbour.load(partner, new, fields)
    assert undo(harbour, load).kept == 0
    found = harbour.read("res.partner", [["name", "=like", "Q%"]], ["street"])
    assert [one["street"] for one in found] == ["Old", "Old"]


def test_an_address_that_flowed_into_a_contact_outside_the_load_is_given_back(
    harbour: Harbour,
) -> None:
    partner = harbour.entity("customer", "res.partner")
    fields = [column("name"), column("street")]
    harbour.load(partner, [{"code": "p", "name": "Qp", "street": "Old"}], fields)
    parent = ids_of(harbour, "res.partner")["Qp"]
    child = create(harbour, "res.partner", {"name": "Zoe", "type": "contact", "parent_id": parent})
    harbour.client().write("res.partner", [child], {"street": "Hers"})
    load = harbour.load(partner, [{"code": "p", "name": "Qp", "street": "New"}], fields)
    assert harbour.read("res.partner", [["id", "=", child]], ["street"])[0]["street"] == "New"
    done = undo(harbour, load)
    assert (done.restored, done.kept, done.rows_done) == (2, 0, done.rows_total)
    found = harbour.read("res.partner", [["id", "in", [parent, child]]], ["street"])
    assert [one["street"] for one in found] == ["Old", "Hers"]


def test_an_update_that_odoo_refused_needs_no_restoring(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, rows(3, city="Lima"), FIELDS)
    harbour.fault("refuse_row", model="res.partner", field="city", value="Bad", message="No.")
    data = [{**row, "city": "Bad" if row["code"] == "Q0001" else "Quito"} for row in rows(3)]
    load = harbour.load(partner, data, FIELDS)
    harbour.server.database.caller.faults.clear()
    assert (load.updated, load.failed) == (2, 1)
    done = undo(harbour, load)
    assert (done.restored, done.kept, done.failed) == (2, 0, 0)
    cities = harbour.read("res.partner", [["name", "=like", "Q%"]], ["city"])
    assert {one["city"] for one in cities} == {"Lima"}


def test_a_former_value_that_odoo_no_longer_takes_is_said(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, rows(2, city="Lima"), FIELDS)
    load = harbour.load(partner, rows(2, city="Quito"), FIELDS)
    harbour.fault("refuse_row", model="res.partner", field="city", value="Lima", message="No Lima.")
    done = undo(harbour, load)
    assert (done.restored, done.failed) == (0, 2)
    assert "No Lima." in reasons(done)['["Q0000"]']
    harbour.server.database.caller.faults.clear()
    loads.open_retry(done)
    done = harbour.run(done)
    assert (done.restored, done.failed, done.rows_done) == (2, 0, done.rows_total)


def test_a_changed_record_that_is_gone_is_forgotten(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, rows(2, city="Lima"), FIELDS)
    load = harbour.load(partner, rows(2, city="Quito"), FIELDS)
    harbour.client().unlink("res.partner", [ids_of(harbour, "res.partner")["Q0000"]])
    done = undo(harbour, load)
    assert (done.restored, done.unchanged) == (1, 1)
    assert KeyMap.objects.get().source_key == '["Q0001"]'
