"""Records that a real Odoo has already: adopted by a tax number, archived or not, written by their
ids, referred to, and given back. The environment is that of ``test_orphans``; all records go.
"""

import os
import uuid
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest

from importer import loads
from importer.models import KeyMap
from tests.engine.loading import Harbour, Row, column, issues, partners, refer
from tests.live.harbours import connect, harbour_of_environment

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]
ALL = {"active_test": False}
BY_REF = [{"fields": ["ref"]}]
BY_VAT = [{"fields": ["vat"]}]


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    harbour = harbour_of_environment()
    connect(harbour, "ODOO_TEST")
    yield harbour
    connect(harbour, "ODOO_TEST")
    client = harbour.client()
    left = [["ref", "=like", f"{mark(harbour)}%"]]
    for _ in range(2):  # those below others first
        found = client.search("res.partner", left, order="parent_id, id desc", context=ALL)
        client.unlink("res.partner", found, context=ALL)
    client.close()


def mark(harbour: Harbour) -> str:
    return harbour.project.namespace[-8:]


def in_odoo(harbour: Harbour, code: str, **values: Any) -> int:
    client = harbour.client()
    ref = f"{mark(harbour)}-{code}"
    made = client.create_record("res.partner", {"name": "Old", "ref": ref, **values})
    client.close()
    return made


def row(harbour: Harbour, code: str, **more: str | None) -> Row:
    return {"code": code, "name": f"Q {code}", "ref": f"{mark(harbour)}-{code}", **more}


def one(harbour: Harbour, record: int, *fields: str) -> dict[str, Any]:
    (found,) = harbour.read("res.partner", [["id", "=", record]], fields)
    return found


def undo(harbour: Harbour, load: Any) -> Any:
    return harbour.run(loads.open_undo(load, archive=False))


def test_records_are_adopted_by_their_tax_number_and_given_back(live: Harbour) -> None:
    vat = f"QX{uuid.uuid4().hex[:10]}"
    there = in_odoo(live, "a", vat=vat, city="Ghent", is_company=True)
    before = one(live, there, "name", "city", "vat", "ref")
    firm = live.entity("firm", "res.partner")
    rows = [row(live, "a", vat=vat, city="Bruges"), row(live, "b", vat=None, city=None)]
    load = live.load(firm, rows, match_rules=BY_VAT)
    assert (load.adopted, load.created, load.failed) == (1, 1, 0)
    assert one(live, there, "name", "city")["city"] == "Bruges"
    assert live.load(firm, rows, match_rules=BY_VAT).unchanged == 2
    done = undo(live, load)
    assert (done.restored, done.removed) == (1, 1)
    assert one(live, there, "name", "city", "vat", "ref") == before
    assert KeyMap.objects.count() == 0


def test_archived_records_are_adopted_and_children_refer_to_them(live: Harbour) -> None:
    named, archived = in_odoo(live, "a"), in_odoo(live, "b", active=False)
    client = live.client()
    data = {"module": "__earlier__", "name": mark(live), "model": "res.partner", "res_id": named}
    client.create_record("ir.model.data", data)
    client.close()
    firm, person = live.entity("firm", "res.partner"), live.entity("person", "res.partner")
    load = live.load(firm, [row(live, "a"), row(live, "b")], match_rules=BY_REF)
    assert (load.adopted, load.failed) == (2, 0)
    assert KeyMap.objects.get(odoo_id=named).ref == f"__earlier__.{mark(live)}"
    assert one(live, archived, "name", "active") == {
        "id": archived,
        "name": "Q b",
        "active": False,
    }
    fields = [column("name"), column("ref"), refer("parent_id", "firm", "of")]
    people = [row(live, "1", of="a"), row(live, "2", of="b")]
    children = live.load(person, people, fields)
    assert (children.created, children.failed, children.blocked) == (2, 0, 0)
    domain = [["ref", "in", [child["ref"] for child in people]]]
    made = live.read("res.partner", domain, ["ref", "parent_id"])
    parents = {child["ref"]: child["parent_id"] for child in made}
    assert [parents[str(child["ref"])] for child in people] == [named, archived]
    assert undo(live, children).removed == 2
    assert undo(live, load).restored == 2
    assert one(live, archived, "name", "active")["name"] == "Old"


def test_any_case_several_hits_and_external_ids(live: Harbour) -> None:
    there = in_odoo(live, "MiXed_%")
    twice = [in_odoo(live, "twice") for _ in range(2)]
    firm = live.entity("firm", "res.partner")
    rules = [{"fields": ["ref"], "ignore_case": True}, {"external_id_column": "Old id"}]
    mixed = row(live, "mixed_%")
    rows = [
        {**mixed, "Old id": None},
        {**row(live, "twice"), "Old id": None},
        {**row(live, "new"), "Old id": "base.main_company"},
    ]
    fields = [column("name"), column("ref")]
    load = live.load(firm, rows, fields, match_rules=rules)
    assert (load.adopted, load.failed, load.created) == (1, 2, 0)
    assert KeyMap.objects.get().odoo_id == there
    several, stray = issues(load)
    assert all(f"{record} “Old" in several.message for record in twice)
    assert "is the external id of a res.company" in stray.message


def test_what_vanished_what_others_edited_and_what_the_key_map_lost(live: Harbour) -> None:
    firm = live.entity("firm", "res.partner")
    rows = [row(live, code) for code in "abcd"]
    live.load(firm, rows)
    gone, edited, ours, lost = KeyMap.objects.order_by("source_key")
    client = live.client()
    client.unlink("res.partner", [gone.odoo_id])
    client.write("res.partner", [ours.odoo_id], {"city": "ours"})
    client.close()
    lost.delete()
    by_another(live, edited.odoo_id)
    load = live.load(firm, rows)
    assert (load.created, load.unchanged, load.updated, load.failed) == (1, 3, 0, 0)
    assert KeyMap.objects.get(odoo_id=lost.odoo_id).origin == "found"
    assert [issue.source_key for issue in issues(load)] == [edited.source_key]


def by_another(harbour: Harbour, record: int) -> None:
    if "ODOO_TEST_LOW_LOGIN" not in os.environ:
        pytest.skip("ODOO_TEST_LOW_LOGIN names no second login")
    connect(harbour, "ODOO_TEST_LOW")
    client = harbour.client()
    client.write("res.partner", [record], {"city": "by hand"})
    client.close()
    connect(harbour, "ODOO_TEST")


def test_an_unchanged_run_of_5000_rows_is_quick(live: Harbour) -> None:
    firm = live.entity("firm", "res.partner")
    rows = [{**one, "ref": f"{mark(live)}-{one['code']}"} for one in partners(5000)]
    assert live.load(firm, rows).created == 5000
    load = live.open(firm, rows)
    started = perf_counter()
    live.run(load)
    seconds = perf_counter() - started
    assert (load.unchanged, load.failed) == (5000, 0)
    assert seconds < 10
