"""Calls beyond plain cells: fields of a target, documents with lines, merged updates."""

import json

from importer.engine.payloads import Recipe, build, ref_name
from importer.engine.plan_rules import PlanField, PlanRow
from importer.models import Batch, KeyMap
from tests.engine.loading import Harbour, column, look_up, partners, refer


def planned(n: int, fields: tuple[str, ...] = (), **cells: str | None) -> PlanRow:
    return PlanRow(n, n, n + 2, f'["{n}"]', 0, fields, n + 100, "", b"", b"", cells)


def recipe(header: list[str], *fields: PlanField, refs: dict[str, str] | None = None) -> Recipe:
    lines = {"line_ids": (PlanField("name"), PlanField("account_id", kind="lookup"))}
    return Recipe("ns", "e", header, {one.target: one for one in fields}, refs or {}, lines)


def test_the_same_rows_give_the_same_bytes() -> None:
    made = [
        build("m", recipe(["id", "name"], PlanField("name")), [planned(1, name="é")], {"tz": "UTC"})
        for _ in range(2)
    ]
    assert made[0].body == made[1].body
    other = build("m", recipe(["id", "name"], PlanField("name")), [planned(1, name="e")], {})
    assert other.sha256 != made[0].sha256


def test_lines_follow_their_document_in_rows_of_their_own() -> None:
    lines = json.dumps(
        [
            {"key": '["1","a"]', "cells": {"name": "first", "account_id": "base.a"}},
            {"key": '["1","b"]', "cells": {"name": "second", "account_id": None}},
        ]
    )
    moves = [planned(1, ref="x", line_ids=lines), planned(2, ref="y", line_ids=None)]
    one2many = PlanField("line_ids", kind="lines", entity="line")
    call = build("m", recipe(["id", "ref", "line_ids"], PlanField("ref"), one2many), moves, {})
    assert call.columns == ("id", "ref", "line_ids/id", "line_ids/name", "line_ids/account_id/id")
    assert [row[1] for row in call.rows] == ["x", "", "y"]
    assert [row[3] for row in call.rows] == ["first", "second", ""]
    assert call.rows[1][:2] == ("", "")
    assert call.record_of_row == (0, 0, 1)


def test_references_by_database_id_come_from_what_was_resolved() -> None:
    parent = PlanField("parent_id", kind="reference", entity="e")
    state = PlanField("state_id", kind="lookup")
    refs = {ref_name("e", "", "d", '["k"]'): "7", ref_name("", "", "d", "base.s"): "8"}
    row = planned(1, parent_id='["k"]', state_id="base.s,.id:9")
    call = build(
        "m", recipe(["id", "parent_id/.id", "state_id/.id"], parent, state, refs=refs), [row], {}
    )
    assert call.rows[0][1:] == ("7", "8,9")


def test_updates_fill_columns_they_do_not_send_from_what_was_read() -> None:
    row = planned(1, ("city",), city="Lima", name="new name in the file")
    both = recipe([".id", "city", "name"], PlanField("city"), PlanField("name"))
    call = build("m", both, [row], {}, fill=lambda row, target: f"read {target}")
    assert call.rows == (("101", "Lima", "read name"),)


def test_a_reference_may_go_through_a_field_of_its_target(harbour: Harbour) -> None:
    product = harbour.entity("product", "product.product")
    supplier = harbour.entity("supplier", "res.partner")
    info = harbour.entity("info", "product.supplierinfo")
    harbour.load(product, [{"code": "p", "name": "Rope"}])
    harbour.load(supplier, partners(1))
    fields = [
        refer("partner_id", "supplier", "from"),
        refer("product_tmpl_id", "product", "product", via="product_tmpl_id"),
        column("price"),
    ]
    rows = [{"code": "i", "from": "Q0000", "product": "p", "price": "3.5"}]
    load = harbour.load(info, rows, fields)
    assert (load.created, load.failed) == (1, 0)
    record = harbour.read("product.supplierinfo", [], ["product_tmpl_id", "price"])[0]
    made = KeyMap.objects.get(entity=product)
    template = harbour.read("product.product", [["id", "=", made.odoo_id]], ["product_tmpl_id"])[0]
    assert record["product_tmpl_id"] == template["product_tmpl_id"]
    assert record["price"] == 3.5


def test_many_patterns_of_changes_touch_only_what_changed(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    names = ("city", "street", "ref", "zip", "phone")
    rows = [{**row, **dict.fromkeys(names, "old")} for row in partners(31)]
    harbour.load(partner, rows)
    ids = dict(KeyMap.objects.values_list("source_key", "odoo_id"))
    harbour.client().write(
        "res.partner", list(ids.values()), {"comment": "kept", "phone": "by hand"}
    )
    changed = [
        {name: "new" if n >> bit & 1 else "old" for bit, name in enumerate(names)}
        for n in range(1, 32)
    ]
    load = harbour.load(partner, [{**row, **new} for row, new in zip(rows, changed, strict=True)])
    assert (load.updated, load.failed) == (31, 0)
    found = {
        record["name"]: record
        for record in harbour.read(
            "res.partner", [["id", "in", list(ids.values())]], ["name", *names]
        )
    }
    for row, new in zip(rows, changed, strict=True):
        record = found[str(row["name"])]
        assert {name: record[name] for name in names if new[name] == "new"} == {
            name: "new" for name in names if new[name] == "new"
        }
        assert record["phone"] == ("new" if new["phone"] == "new" else "by hand")


def test_many_patterns_with_references_need_sixteen_calls_and_touch_nothing_else(
    harbour: Harbour,
) -> None:
    boss = harbour.entity("boss", "res.partner")
    harbour.load(boss, [{"code": code, "name": code} for code in ("B1", "B2")])
    lead = harbour.entity("lead", "crm.lead")
    land = {"model": "res.country", "by": ["external_id"], "inputs": [{"column": "land"}]}
    fields = [
        *map(column, ("name", "city", "date_deadline", "priority")),
        look_up("country_id", land),
        refer("partner_id", "boss", "of"),
    ]
    old = {"city": "A", "date_deadline": "2026-01-01", "land": "base.be", "of": "B1"}
    new = {"city": "B", "date_deadline": "2026-02-02", "land": "base.nl", "of": "B2"}
    old, new = {**old, "priority": "0"}, {**new, "priority": "1"}
    rows = [{"code": f"L{n}", "name": f"L{n}", **old} for n in range(32)]
    harbour.load(lead, rows, fields)
    ids = dict(KeyMap.objects.filter(entity=lead).values_list("source_key", "odoo_id"))
    lands = {one["code"]: one["id"] for one in harbour.read("res.country", [], ["code"])}
    harbour.client().write("crm.lead", list(ids.values()), {"country_id": lands["FR"]})
    changed = [
        {name: (new if n >> bit & 1 else old)[name] for bit, name in enumerate(old)}
        for n in range(32)
    ]
    after = [{**row, **one} for row, one in zip(rows, changed, strict=True)]
    load = harbour.load(lead, after, fields)
    assert (load.updated, load.unchanged, load.failed) == (31, 1, 0)
    batches = Batch.objects.filter(load=load, kind="update").exclude(attempt=0)
    assert len({tuple(batch.fields) for batch in batches}) == 16
    asked = [*("city", "date_deadline", "priority"), "country_id", "partner_id"]
    found = {
        one["name"]: one
        for one in harbour.read("crm.lead", [["id", "in", [*ids.values()]]], asked + ["name"])
    }
    bosses = dict(KeyMap.objects.filter(entity=boss).values_list("source_key", "odoo_id"))
    for row in after:
        record = found[row["name"]]
        assert {name: record[name] for name in asked[:3]} == {name: row[name] for name in asked[:3]}
        assert record["partner_id"] == bosses[f'["{row["of"]}"]']
        # Odoo computes the country anew when the partner changes, so it is sent along.
        is_sent = row["land"] == new["land"] or row["of"] == new["of"]
        sent = {"base.be": lands["BE"], "base.nl": lands["NL"]}[str(row["land"])]
        assert record["country_id"] == (sent if is_sent else lands["FR"])
