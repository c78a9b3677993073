"""What Odoo stored otherwise than it was sent is told, and nothing else is."""

from typing import Any
from unittest.mock import patch

import pytest

from importer.engine.comparing import is_stored
from importer.odoo.client import Client
from importer.odoo.protocols import FieldFacts
from tests.engine.loading import Harbour, column, issues, look_up, partners, refer


def facts(kind: str, relation: str = "") -> FieldFacts:
    return FieldFacts("f", "F", kind, False, False, True, relation=relation)


@pytest.mark.parametrize(
    ("kind", "sent", "now"),
    [
        ("float", "1.0", 1),
        ("float", "0.10", 0.1),
        ("float", "0.123456789012345678901", 0.12345678901234568),
        ("float", "9.2", 9.200000000000001),
        ("monetary", "49.3", 49.300000000000004),
        ("monetary", None, 0.0),
        ("integer", "7", 7),
        ("boolean", "0", False),
        ("boolean", None, False),
        ("date", "2026-02-01", "2026-02-01"),
        ("datetime", "2026-02-01 10:00:00", "2026-02-01 10:00:00"),
        ("char", None, False),
        ("selection", "a", "a"),
    ],
)
def test_equal_values_in_another_form_are_no_difference(
    kind: str, sent: str | None, now: Any
) -> None:
    assert is_stored(facts(kind), sent, now, None)


def test_a_record_that_is_not_known_is_no_difference() -> None:
    assert is_stored(facts("many2one", "res.country"), "base.be", 20, None)
    assert is_stored(facts("many2one", "res.country"), "base.be", 20, [20])
    assert not is_stored(facts("many2one", "res.country"), "base.be", 20, [21])
    assert is_stored(facts("many2many", "x"), "a,b", [2, 1], [1, 2])


@pytest.mark.parametrize(
    ("kind", "sent", "now"), [("float", "1.005", 1.0), ("char", " a", "a"), ("boolean", "1", False)]
)
def test_rounded_and_trimmed_values_are_differences(kind: str, sent: str, now: Any) -> None:
    assert not is_stored(facts(kind), sent, now, None)


def trimming() -> Any:
    """A server that trims city names, as it reads them out."""
    real = Client.read

    def read(client: Client, *args: Any, **more: Any) -> list[dict[str, Any]]:
        found = real(client, *args, **more)
        for one in found:
            if one.get("city"):
                one["city"] = one["city"].strip()
        return found

    return patch.object(Client, "read", read)


def test_new_and_changed_values_are_told_once_each_and_counted(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [{**row, "city": f"City {n}"} for n, row in enumerate(partners(8))]
    rows[2]["city"] = " Lima "
    with trimming():
        first = harbour.load(partner, rows)
        told = issues(first)
        assert [(one.row, one.level, one.code, one.field, one.column) for one in told] == [
            (4, "warning", "stored_differently", "city", "city")
        ]
        assert told[0].value == " Lima "
        assert "“ Lima ” and Odoo stored “Lima”" in told[0].message
        assert (first.created, first.failed) == (8, 0)
        assert first.verification["stored_differently"] == 1
        assert harbour.notes.said("1 values were stored otherwise")
        again = harbour.load(partner, rows)
        assert (again.unchanged, issues(again)) == (8, [])
        changed = [{**row, "city": " Cusco "} for row in rows]
        second = harbour.load(partner, changed)
    assert (second.updated, second.verification["stored_differently"]) == (8, 8)
    assert len({(one.row, one.field) for one in issues(second)}) == 8


@pytest.mark.parametrize("sandbox_server", [15, 17, 19], indirect=True)
def test_nothing_is_told_where_odoo_stored_what_was_sent(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    boss = harbour.entity("boss", "res.partner")
    harbour.load(boss, [{"code": k, "name": f"Boss {k}"} for k in "ab"])
    land = {"model": "res.country", "by": ["name"], "inputs": [{"column": "land"}]}
    names = ("name", "city", "color", "partner_latitude", "is_company", "type", "comment")
    fields = [*map(column, names), look_up("country_id", land), refer("parent_id", "boss", "of")]

    def rows(n: int, **more: str) -> list[dict[str, str | None]]:
        return [{**row, **more} for row in partners(n)]

    one = {"city": "", "color": "1", "partner_latitude": "1.50", "is_company": "0"}
    two = {"city": "X", "color": "2", "partner_latitude": "2", "is_company": "1"}
    one |= {"type": "contact", "comment": "", "land": "Belgium", "of": "a"}
    two |= {"type": "other", "comment": "<p>a</p>", "land": "Peru", "of": "b"}
    for said in (one, two, one):
        load = harbour.load(partner, rows(7, **said), fields, empty_cells="clear")
        assert (load.failed, issues(load)) == (0, [])
        assert load.verification["stored_differently"] == 0
