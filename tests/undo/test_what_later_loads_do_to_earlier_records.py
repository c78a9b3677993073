"""Records that a later load rewrites along, and what people do before a run ends."""

import time

from importer import loads
from importer.models import Change, Load
from importer.odoo.client import connect
from tests.engine.loading import Harbour, column, issues, partners, refer
from tests.undo.undoing import undo

FIELDS = [column("name"), column("city")]


def look(harbour: Harbour, load: Load) -> Load:
    loads.look_at_the_end(load, reporter=harbour.notes, worker="a")
    load.refresh_from_db()
    return load


def streets(harbour: Harbour) -> list[object]:
    found = harbour.read("res.partner", [["name", "=like", "Company%"]], ["street"])
    return [one["street"] for one in found]


def with_contacts(harbour: Harbour) -> tuple[Load, Load]:
    """Companies without an address, and their first contacts, which have one."""
    company = harbour.entity("company", "res.partner")
    above = [{"code": f"C{n}", "name": f"Company {n}", "firm": "1"} for n in range(3)]
    first = harbour.load(company, above, [column("name"), column("is_company", "firm")])
    person = harbour.entity("person", "res.partner")
    rows = [
        {"code": f"P{n}", "name": f"Q{n}", "street": f"Pier {n}", "of": f"C{n}"} for n in (0, 1)
    ]
    fields = [column("name"), column("street"), refer("parent_id", "company", "of")]
    return first, harbour.load(person, rows, fields)


def test_a_company_gives_back_the_address_it_took_from_its_first_contact(harbour: Harbour) -> None:
    _, second = with_contacts(harbour)
    assert streets(harbour) == ["Pier 0", "Pier 1", False]
    undone = undo(harbour, second)
    assert (undone.removed, undone.restored, undone.kept) == (2, 2, 0)
    assert streets(harbour) == [False, False, False]


def test_an_address_that_somebody_gave_the_company_since_stays(harbour: Harbour) -> None:
    _, second = with_contacts(harbour)
    other = connect(harbour.server.url, "sandbox", "low", "low")
    ids = other.search("res.partner", [["name", "=", "Company 0"]])
    other.write("res.partner", ids, {"street": "Their own"})
    other.close()
    undo(harbour, second)
    assert streets(harbour) == ["Their own", False, False]


def test_a_later_load_over_the_same_records_is_undone_first_and_both_exactly(
    harbour: Harbour,
) -> None:
    entity = harbour.entity("customer", "res.partner")
    harbour.load(entity, partners(4, city="Lima"), FIELDS)
    first = harbour.load(entity, partners(4, city="Quito"), FIELDS)
    time.sleep(1.1)  # Odoo's write dates have no fractions
    second = harbour.load(entity, partners(4, city="Cusco"), FIELDS)
    look(harbour, first)
    assert Change.objects.filter(load=first, closing__city="Quito").count() == 4
    assert undo(harbour, second).restored == 4
    assert undo(harbour, first).restored == 4
    found = harbour.read("res.partner", [["name", "=like", "Q0%"]], ["city"])
    assert {one["city"] for one in found} == {"Lima"}


def test_what_flowed_from_a_later_write_is_followed(harbour: Harbour) -> None:
    """Our own login wrote the field after the load had ended, without an image of its own."""
    entity = harbour.entity("customer", "res.partner")
    harbour.load(entity, partners(4, city="Lima"), FIELDS)
    first = harbour.load(entity, partners(4, city="Quito"), FIELDS)
    time.sleep(1.1)
    client = harbour.client()
    ids = client.search("res.partner", [["name", "=", "Q0002"]])
    client.write("res.partner", ids, {"city": "Flowed"})
    client.close()
    look(harbour, first)
    assert issues(first) == []
    undone = undo(harbour, first)
    assert (undone.restored, undone.kept) == (4, 0)


def test_who_edits_between_a_loads_end_and_its_runs_end_is_named_once(harbour: Harbour) -> None:
    entity = harbour.entity("customer", "res.partner")
    load = harbour.load(entity, partners(4, city="Lima"), FIELDS)
    assert load.verification["edited_during_run"] == 0
    time.sleep(1.1)
    other = connect(harbour.server.url, "sandbox", "low", "low")
    ids = other.search("res.partner", [["name", "=", "Q0002"]])
    other.write("res.partner", ids, {"city": "Theirs"})
    other.close()
    for _ in range(2):
        look(harbour, load)
    assert load.verification["edited_during_run"] == 1
    assert [one.source_key for one in issues(load)] == ['["Q0002"]']
    assert loads.has_looked_again(load)
