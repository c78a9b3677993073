"""Archived records are records: made so by a column, found, referred to, and left archived."""

import pytest

from importer.models import Entity
from tests.engine.loading import Harbour, column, issues, partners, refer

BY_VAT = [{"fields": ["vat"]}]
FIELDS = [column("name"), column("active", "in_use")]


@pytest.fixture
def firm(harbour: Harbour) -> Entity:
    return harbour.entity("firm", "res.partner")


def states(harbour: Harbour, prefix: str = "Q") -> dict[str, bool]:
    found = harbour.read("res.partner", [["name", "=like", f"{prefix}%"]], ["name", "active"])
    return {one["name"]: one["active"] for one in found}


def in_odoo(harbour: Harbour, **values: object) -> int:
    client = harbour.client()
    made = client.create_record("res.partner", values)
    client.close()
    return made


@pytest.mark.parametrize("sandbox_server", [15, 17, 19], indirect=True)
def test_a_column_says_which_records_are_archived(harbour: Harbour, firm: Entity) -> None:
    rows = [row | {"in_use": said} for row, said in zip(partners(2), ("yes", "no"), strict=True)]
    load = harbour.load(firm, rows, FIELDS)
    assert (load.created, issues(load)) == (2, [])
    assert states(harbour) == {"Q0000": True, "Q0001": False}
    again = harbour.load(firm, rows, FIELDS)
    assert (again.unchanged, again.batches.count()) == (2, 0)
    turned = [rows[0] | {"in_use": "no"}, rows[1] | {"in_use": "yes"}]
    assert harbour.load(firm, turned, FIELDS).updated == 2
    assert states(harbour) == {"Q0000": False, "Q0001": True}


@pytest.mark.parametrize("sandbox_server", [15, 17, 19], indirect=True)
def test_an_archived_record_is_updated_and_stays_archived(harbour: Harbour, firm: Entity) -> None:
    rows = [row | {"in_use": "no", "street": "A"} for row in partners(2)]
    fields = [*FIELDS, column("street")]
    harbour.load(firm, rows, fields)
    load = harbour.load(firm, [row | {"street": "B"} for row in rows], fields)
    assert (load.updated, issues(load)) == (2, [])
    assert states(harbour) == {"Q0000": False, "Q0001": False}


@pytest.mark.parametrize("sandbox_server", [15, 17, 19], indirect=True)
def test_an_archived_record_is_matched_adopted_and_stays_archived(
    harbour: Harbour, firm: Entity
) -> None:
    old = in_odoo(harbour, name="Q old", vat="BE1", active=False)
    rows = [{"code": "C1", "name": "Q new", "vat": "BE1"}]
    load = harbour.load(firm, rows, [column("name"), column("vat")], match_rules=BY_VAT)
    assert (load.adopted, load.created, issues(load)) == (1, 0, [])
    assert states(harbour) == {"Q new": False}
    child = harbour.entity("contact", "res.partner")
    person = [{"code": "P1", "name": "Q person", "firm": "C1"}]
    refers = [column("name"), refer("parent_id", "firm", "firm")]
    made = harbour.load(child, person, refers)
    assert (made.created, issues(made)) == (1, [])
    [found] = harbour.read("res.partner", [["name", "=", "Q person"]], ["parent_id"])
    assert found["parent_id"] == old
