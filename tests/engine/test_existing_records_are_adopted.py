"""Records that Odoo has already: matched by rules, told apart where they are not sure, updated and
referred to, and looked at again in later runs.
"""

import time
from typing import Any

import pytest

from importer import loads
from importer.choices import KeyMapOrigin
from importer.models import Batch, Change, ConnectionSecret, Entity, KeyMap, Load
from importer.odoo.client import connect
from importer.secrets import seal
from tests.engine.loading import Harbour, Row, column, issues, look_up, partners, refer

BY_VAT = [{"fields": ["vat"]}]


@pytest.fixture
def firm(harbour: Harbour) -> Entity:
    return harbour.entity("firm", "res.partner")


def in_odoo(harbour: Harbour, **values: Any) -> int:
    client = harbour.client()
    made = client.create_record("res.partner", {"name": "Old", **values})
    client.close()
    return made


def fields_of(harbour: Harbour, one: int, *names: str) -> tuple[Any, ...]:
    (record,) = harbour.read("res.partner", [["id", "=", one]], names)
    return tuple(record[name] for name in names)


def name_in_odoo(harbour: Harbour, full: str, one: int, model: str = "res.partner") -> None:
    module, _, name = full.partition(".")
    values = {"module": module, "name": name, "model": model, "res_id": one}
    harbour.client().create_record("ir.model.data", values)


def firms(*rows: tuple[str, str, str | None]) -> list[Row]:
    return [{"code": code, "name": name, "vat": vat} for code, name, vat in rows]


def counts(load: Load) -> tuple[int, ...]:
    names = ("created", "adopted", "updated", "unchanged", "skipped", "failed")
    return tuple(getattr(load, name) for name in names)


def test_exactly_one_hit_is_adopted_and_only_the_others_are_created(
    harbour: Harbour, firm: Entity
) -> None:
    there = in_odoo(harbour, vat="BE1", city="Ghent")
    rows = firms(("a", "Q Alpha", "BE1"), ("b", "Q Beta", "BE2"), ("c", "Q Gamma", None))
    load = harbour.load(firm, rows, match_rules=BY_VAT)
    assert counts(load) == (2, 1, 0, 0, 0, 0)
    assert load.rows_done == load.rows_total
    assert fields_of(harbour, there, "name", "city") == ("Q Alpha", "Ghent")
    entry = KeyMap.objects.get(source_key='["a"]')
    assert (entry.odoo_id, entry.origin, entry.ref) == (there, KeyMapOrigin.ADOPTED, "")
    change = Change.objects.get(load=load, odoo_id=there)
    assert change.before is not None
    assert (change.before["name"], change.keymap_before) == ("Old", None)
    assert harbour.notes.said("Plan: 2 create, 1 adopt.")


def test_a_second_run_leaves_adopted_records_alone_and_a_changed_one_updates_them(
    harbour: Harbour, firm: Entity
) -> None:
    there = in_odoo(harbour, vat="BE1")
    rows = firms(("a", "Q Alpha", "BE1"), ("b", "Q Beta", "BE2"))
    harbour.load(firm, rows, match_rules=BY_VAT)
    harbour.forget_calls()
    assert counts(harbour.load(firm, rows, match_rules=BY_VAT)) == (0, 0, 0, 2, 0, 0)
    assert harbour.calls() == 0
    changed = firms(("a", "Q Omega", "BE1"), ("b", "Q Bravo", "BE2"))
    again = harbour.load(firm, changed, match_rules=BY_VAT)
    assert counts(again) == (0, 0, 2, 0, 0, 0)
    assert fields_of(harbour, there, "name") == ("Q Omega",)
    assert KeyMap.objects.get(source_key='["a"]').origin == KeyMapOrigin.ADOPTED
    # Odoo makes a new record of a row that has both kinds of key.
    sent = Batch.objects.filter(load=again).values_list("fields", "n_rows")
    assert sorted(sent) == [([".id", "name"], 1), (["id", "name"], 1)]


def test_a_record_that_has_the_values_already_is_adopted_without_a_write(
    harbour: Harbour, firm: Entity
) -> None:
    in_odoo(harbour, name="Q Alpha", vat="BE1")
    harbour.forget_calls()
    load = harbour.load(firm, firms(("a", "Q Alpha", "BE1")), match_rules=BY_VAT)
    assert counts(load) == (0, 1, 0, 0, 0, 0)
    assert harbour.calls("load", "write") == 0
    assert KeyMap.objects.get().origin == KeyMapOrigin.ADOPTED


def test_rules_are_tried_in_order_and_need_all_their_values(harbour: Harbour, firm: Entity) -> None:
    by_vat = in_odoo(harbour, vat="BE1")
    by_both = in_odoo(harbour, email="q@x.org", is_company=True)
    in_odoo(harbour, email="q@x.org", is_company=False)
    rows: list[Row] = [
        {"code": "a", "name": "Qa", "vat": "BE1", "email": "q@x.org", "is_company": "yes"},
        {"code": "b", "name": "Qb", "vat": "BE9", "email": "Q@X.org", "is_company": "yes"},
        {"code": "c", "name": "Qc", "vat": None, "email": "Q@X.org", "is_company": None},
    ]
    rules = [*BY_VAT, {"fields": ["email", "is_company"], "ignore_case": True}]
    load = harbour.load(firm, rows, match_rules=rules)
    assert counts(load) == (1, 2, 0, 0, 0, 0)
    found = dict(KeyMap.objects.filter(origin="adopted").values_list("source_key", "odoo_id"))
    assert found == {'["a"]': by_vat, '["b"]': by_both}


def test_several_hits_are_ambiguous_and_name_the_candidates(harbour: Harbour, firm: Entity) -> None:
    both = [in_odoo(harbour, name=f"Old {n}", vat="BE1") for n in (1, 2)]
    load = harbour.load(firm, firms(("a", "Q Alpha", "BE1")), match_rules=BY_VAT)
    assert counts(load) == (0, 0, 0, 0, 0, 1)
    (issue,) = issues(load)
    assert (issue.code, issue.level, issue.row, issue.sheet) == ("ambiguous", "error", 2, "Sheet1")
    assert (issue.column, issue.field, issue.value) == ("vat", "vat", "BE1")
    assert issue.message.startswith("Column “vat”: “BE1” fits more than one record in Odoo: ")
    assert all(f"{one} “Old {n}”" in issue.message for n, one in enumerate(both, start=1))
    assert harbour.notes.said("Plan: 1 ambiguous.")
    assert KeyMap.objects.count() == 0


def test_two_rows_that_fit_one_record_are_both_ambiguous_and_name_each_other(
    harbour: Harbour, firm: Entity
) -> None:
    in_odoo(harbour, vat="BE1")
    rows = firms(("a", "Qa", "BE1"), ("b", "Qb", None), ("c", "Qc", "BE1"))
    load = harbour.load(firm, rows, match_rules=BY_VAT)
    assert counts(load) == (1, 0, 0, 0, 0, 2)
    first, second = issues(load)
    assert "as row 4 does too" in first.message
    assert "as row 2 does too" in second.message


def test_a_record_that_is_known_under_another_key_is_ambiguous(
    harbour: Harbour, firm: Entity
) -> None:
    harbour.load(firm, firms(("a", "Qa", "BE1")))
    load = harbour.load(firm, firms(("b", "Qb", "BE1")), match_rules=BY_VAT)
    assert counts(load) == (0, 0, 0, 0, 0, 1)
    assert "which was loaded before as a." in issues(load)[0].message


def test_another_entitys_record_may_be_adopted(harbour: Harbour, firm: Entity) -> None:
    person = harbour.entity("supplier", "res.partner")
    harbour.load(firm, firms(("a", "Qa", "BE1")))
    load = harbour.load(person, firms(("s", "Qa", "BE1")), match_rules=BY_VAT)
    assert counts(load) == (0, 1, 0, 0, 0, 0)
    first, second = KeyMap.objects.order_by("id")
    assert (first.origin, second.origin) == ("created", "adopted")
    assert first.odoo_id == second.odoo_id
    assert second.ref.startswith(f"{harbour.project.namespace}.firm_")


def test_children_refer_to_adopted_parents_by_their_own_external_id_or_by_id(
    harbour: Harbour, firm: Entity
) -> None:
    named, nameless = in_odoo(harbour, vat="BE1"), in_odoo(harbour, vat="BE2", active=False)
    name_in_odoo(harbour, "earlier.tool_7", named)
    person = harbour.entity("person", "res.partner")
    rows = firms(("a", "Qa", "BE1"), ("b", "Qb", "BE2"))
    assert counts(harbour.load(firm, rows, match_rules=BY_VAT)) == (0, 2, 0, 0, 0, 0)
    assert KeyMap.objects.get(odoo_id=named).ref == "earlier.tool_7"
    people: list[Row] = [
        {"code": "1", "name": "Q1", "of": "a"},
        {"code": "2", "name": "Q2", "of": "b"},
        {"code": "3", "name": "Q3", "of": None},
    ]
    load = harbour.load(person, people, [column("name"), refer("parent_id", "firm", "of")])
    assert counts(load) == (3, 0, 0, 0, 0, 0)
    read = harbour.read("res.partner", [["name", "in", ["Q1", "Q2"]]], ["name", "parent_id"])
    assert {one["name"]: one["parent_id"] for one in read} == {"Q1": named, "Q2": nameless}
    headers = [set(batch.fields) for batch in load.batches.all()]
    assert [header & {"parent_id/id", "parent_id/.id"} for header in headers] in (
        [{"parent_id/id"}, {"parent_id/.id"}],
        [{"parent_id/.id"}, {"parent_id/id"}],
    )
    assert fields_of(harbour, nameless, "active", "name") == (False, "Qb")


def test_parents_and_children_of_one_sheet_may_be_there_already(
    harbour: Harbour, firm: Entity
) -> None:
    parent, child = in_odoo(harbour, vat="BE1"), in_odoo(harbour, vat="BE2")
    fields = [column("name"), column("vat"), refer("parent_id", "firm", "of")]
    rows: list[Row] = [
        {"code": "c", "name": "Qc", "vat": None, "of": "b"},
        {"code": "b", "name": "Qb", "vat": "BE2", "of": "a"},
        {"code": "a", "name": "Qa", "vat": "BE1", "of": None},
    ]
    load = harbour.load(firm, rows, fields, match_rules=BY_VAT)
    assert counts(load) == (1, 2, 0, 0, 0, 0)
    assert fields_of(harbour, child, "parent_id") == (parent,)
    (made,) = harbour.read("res.partner", [["name", "=", "Qc"]], ["parent_id"])
    assert made["parent_id"] == child


def test_a_child_of_an_ambiguous_row_is_blocked(harbour: Harbour, firm: Entity) -> None:
    for _ in range(2):
        in_odoo(harbour, vat="BE1")
    fields = [column("name"), column("vat"), refer("parent_id", "firm", "of")]
    rows: list[Row] = [
        {"code": "a", "name": "Qa", "vat": "BE1", "of": None},
        {"code": "b", "name": "Qb", "vat": None, "of": "a"},
    ]
    load = harbour.load(firm, rows, fields, match_rules=BY_VAT)
    assert (load.failed, load.blocked, load.created) == (1, 1, 0)


def test_references_and_lookups_are_matched_by_the_records_they_lead_to(
    harbour: Harbour, firm: Entity
) -> None:
    (belgium,) = harbour.read("res.country", [["code", "=", "BE"]], ["id"])
    boss = harbour.entity("boss", "res.partner")
    harbour.load(boss, [{"code": "x", "name": "Boss"}])
    boss_id = KeyMap.objects.get(entity=boss).odoo_id
    there = in_odoo(harbour, name="Qa", country_id=belgium["id"], parent_id=boss_id)
    in_odoo(harbour, name="Qa", country_id=belgium["id"])
    fields = [
        column("name"),
        refer("parent_id", "boss", "of"),
        look_up(
            "country_id",
            {"model": "res.country", "by": ["code"], "inputs": [{"column": "land"}]},
        ),
    ]
    rows: list[Row] = [{"code": "a", "name": "Qa", "of": "x", "land": "be"}]
    rules = [{"fields": ["name", "country_id", "parent_id"]}]
    load = harbour.load(firm, rows, fields, match_rules=rules)
    assert counts(load) == (0, 1, 0, 0, 0, 0)
    assert KeyMap.objects.get(entity=firm).odoo_id == there


def test_external_ids_of_an_earlier_tool_are_a_rule(harbour: Harbour, firm: Entity) -> None:
    first, second = in_odoo(harbour), in_odoo(harbour)
    name_in_odoo(harbour, "earlier.tool_7", first)
    name_in_odoo(harbour, "__import__.c8", second)
    rows: list[Row] = [
        {"code": "a", "name": "Qa", "Old id": "earlier.tool_7"},
        {"code": "b", "name": "Qb", "Old id": " c8 "},
        {"code": "c", "name": "Qc", "Old id": "earlier.tool_9"},
        {"code": "d", "name": "Qd", "Old id": "base.user_admin"},
    ]
    rules = [{"external_id_column": "Old id"}]
    load = harbour.load(firm, rows, [column("name")], match_rules=rules)
    assert counts(load) == (1, 2, 0, 0, 0, 1)
    found = dict(KeyMap.objects.filter(origin="adopted").values_list("source_key", "ref"))
    assert found == {'["a"]': "earlier.tool_7", '["b"]': "__import__.c8"}
    (issue,) = issues(load)
    assert (issue.column, issue.row) == ("Old id", 5)
    assert "is the external id of a res.users" in issue.message


def test_create_only_skips_what_is_there_but_others_may_refer_to_it(
    harbour: Harbour, firm: Entity
) -> None:
    there = in_odoo(harbour, vat="BE1")
    person = harbour.entity("person", "res.partner")
    rows = firms(("a", "Qa", "BE1"), ("b", "Qb", "BE2"))
    load = harbour.load(firm, rows, match_rules=BY_VAT, on_existing="create_only")
    assert counts(load) == (1, 0, 0, 0, 1, 0)
    assert fields_of(harbour, there, "name") == ("Old",)
    people: list[Row] = [{"code": "1", "name": "Q1", "of": "a"}]
    harbour.load(person, people, [column("name"), refer("parent_id", "firm", "of")])
    (made,) = harbour.read("res.partner", [["name", "=", "Q1"]], ["parent_id"])
    assert made["parent_id"] == there
    again = harbour.load(firm, rows, match_rules=BY_VAT, on_existing="update_only")
    assert counts(again) == (0, 0, 1, 1, 0, 0)
    assert fields_of(harbour, there, "name") == ("Qa",)


def test_a_dry_run_looks_and_writes_nothing(harbour: Harbour, firm: Entity) -> None:
    in_odoo(harbour, vat="BE1")
    person = harbour.entity("person", "res.partner")
    book = harbour.dataset()
    harbour.forget_calls()
    rows = firms(("a", "Qa", "BE1"), ("b", "Qb", "BE2"))
    load = harbour.load(firm, rows, match_rules=BY_VAT, dry_run=True, dataset=book)
    people: list[Row] = [{"code": "1", "name": "Q1", "of": "a"}]
    fields = [column("name"), refer("parent_id", "firm", "of")]
    child = harbour.load(person, people, fields, dry_run=True, dataset=book, name="People")
    assert counts(load) == (1, 1, 0, 0, 0, 0)
    assert counts(child) == (1, 0, 0, 0, 0, 0)
    assert harbour.notes.said("Local plan, nothing sent: 1 create, 1 adopt.")
    assert harbour.calls() == 0
    assert KeyMap.objects.count() == 0


def test_records_under_our_external_ids_are_found_before_anything_is_sent(
    harbour: Harbour,
) -> None:
    customer = harbour.entity("customer", "res.partner")
    rows = [{**row, "city": "Lima"} for row in partners(3)]
    harbour.load(customer, rows)
    KeyMap.objects.all().delete()
    rows[1]["city"] = "Quito"
    load = harbour.load(customer, rows[:2])
    assert counts(load) == (0, 0, 1, 1, 0, 0)
    assert set(KeyMap.objects.values_list("origin", flat=True)) == {"found"}
    assert load.plans.get().counts == {"update": 2}
    assert harbour.notes.said("At least 3 records in Odoo carry our external ids for “customer”")
    assert counts(harbour.load(customer, rows[:2])) == (0, 0, 0, 2, 0, 0)


def test_records_that_vanished_are_made_anew_and_told(harbour: Harbour) -> None:
    customer = harbour.entity("customer", "res.partner")
    harbour.load(customer, partners(5))
    gone = KeyMap.objects.get(source_key='["Q0002"]').odoo_id
    harbour.client().unlink("res.partner", [gone])
    dry = harbour.load(customer, partners(5), dry_run=True)
    assert counts(dry) == (1, 0, 0, 4, 0, 0)
    assert KeyMap.objects.get(source_key='["Q0002"]').state == "live"
    load = harbour.load(customer, partners(5))
    assert counts(load) == (1, 0, 0, 4, 0, 0)
    assert harbour.notes.said("1 record of earlier runs is not in Odoo any more (Q0002)")
    entry = KeyMap.objects.get(source_key='["Q0002"]')
    assert (entry.state, entry.created_batch is not None) == ("live", True)
    assert entry.odoo_id != gone


def test_edits_of_others_are_told_and_left_alone(harbour: Harbour) -> None:
    customer = harbour.entity("customer", "res.partner")
    harbour.load(customer, partners(3))
    first, second, _ = KeyMap.objects.order_by("source_key")
    other = connect(harbour.server.url, "sandbox", "low", "low")
    time.sleep(1.1)  # Odoo's times have whole seconds
    other.write("res.partner", [first.odoo_id], {"city": "Elsewhere"})
    other.close()
    harbour.client().write("res.partner", [second.odoo_id], {"city": "ours"})
    load = harbour.load(customer, partners(3))
    assert counts(load) == (0, 0, 0, 3, 0, 0)
    (issue,) = issues(load)
    assert (issue.code, issue.level, issue.source_key) == ("edited_in_odoo", "warning", '["Q0000"]')
    assert harbour.notes.said("1 record has been changed in Odoo by somebody else since")


def test_a_retry_looks_again(harbour: Harbour, firm: Entity) -> None:
    first, second = in_odoo(harbour, vat="BE1"), in_odoo(harbour, vat="BE1")
    load = harbour.load(firm, firms(("a", "Qa", "BE1"), ("b", "Qb", None)), match_rules=BY_VAT)
    assert counts(load) == (1, 0, 0, 0, 0, 1)
    harbour.client().unlink("res.partner", [second])
    retried = harbour.run(loads.open_retry(load))
    assert counts(retried) == (1, 1, 0, 0, 0, 0)
    assert issues(retried) == []
    assert fields_of(harbour, first, "name") == ("Qa",)


def test_a_login_without_rights_on_external_ids_matches_as_well(
    harbour: Harbour, firm: Entity
) -> None:
    there, other = in_odoo(harbour), in_odoo(harbour, ref="50%_of_it")
    name_in_odoo(harbour, "earlier.tool_7", there)
    harbour.connection.secrets.all().delete()
    ConnectionSecret.objects.create(
        project=harbour.project, connection=harbour.connection, login="low", secret=seal("low")
    )
    rows: list[Row] = [
        {"code": "a", "name": "Qa", "ref": None, "Old id": "earlier.tool_7"},
        {"code": "b", "name": "Qb", "ref": "50%_OF_it", "Old id": None},
        {"code": "c", "name": "Qc", "ref": "50x_of_it", "Old id": "earlier.tool_8"},
    ]
    rules = [{"external_id_column": "Old id"}, {"fields": ["ref"], "ignore_case": True}]
    load = harbour.load(firm, rows, [column("name"), column("ref")], match_rules=rules)
    assert counts(load) == (1, 2, 0, 0, 0, 0)
    found = dict(KeyMap.objects.filter(origin="adopted").values_list("source_key", "odoo_id"))
    assert found == {'["a"]': there, '["b"]': other}
