"""Records that were there before a load are never removed: their fields come back, and what we knew
of them since is forgotten.
"""

from importer.models import Change, KeyMap
from tests.engine.loading import Harbour, partners
from tests.undo.undoing import create, undo

RULES = [{"fields": ["ref"]}]
ROWS = [{"code": f"{n}", "name": f"Q{n}", "ref": f"r{n}"} for n in range(4)]


def test_fields_come_back_and_entries_go(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    changed = create(harbour, "res.partner", {"name": "Old", "ref": "r0"})
    equal = create(harbour, "res.partner", {"name": "Q1", "ref": "r1"})
    edited = create(harbour, "res.partner", {"name": "Old", "ref": "r2"})
    load = harbour.load(partner, ROWS, match_rules=RULES)
    assert (load.created, load.adopted) == (1, 3)
    harbour.client().write("res.partner", [edited], {"name": "Edited"})
    done = undo(harbour, load)
    assert (done.removed, done.restored, done.unchanged, done.kept) == (1, 1, 1, 1)
    assert done.rows_done == done.rows_total
    read = harbour.read("res.partner", [["id", "in", [changed, equal, edited]]], ["name"])
    assert [one["name"] for one in read] == ["Old", "Q1", "Edited"]
    (left,) = KeyMap.objects.all()
    assert (left.odoo_id, left.state, left.origin) == (edited, "kept", "adopted")


def test_skipped_records_are_forgotten_as_well(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    create(harbour, "res.partner", {"name": "Old", "ref": "r0"})
    load = harbour.load(partner, ROWS[:1], match_rules=RULES, on_existing="create_only")
    assert (load.skipped, KeyMap.objects.count()) == (1, 1)
    done = undo(harbour, load)
    assert (done.unchanged, KeyMap.objects.count()) == (1, 0)


def test_an_entry_that_a_later_load_has_used_stays(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    create(harbour, "res.partner", {"name": "Old", "ref": "r0"})
    load = harbour.load(partner, ROWS[:1], match_rules=RULES)
    later = harbour.load(partner, [{**ROWS[0], "city": "Lima"}], match_rules=RULES)
    assert later.updated == 1
    assert undo(harbour, load).restored == 1
    assert KeyMap.objects.get().origin == "adopted"
    assert undo(harbour, later).restored == 1
    assert harbour.read("res.partner", [["ref", "=", "r0"]], ["name", "city"]) == [
        {"id": KeyMap.objects.get().odoo_id, "name": "Old", "city": False}
    ]


def test_records_found_under_our_external_ids_are_never_removed(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    first = harbour.load(partner, partners(2))
    KeyMap.objects.all().delete()
    Change.objects.all().delete()
    load = harbour.load(partner, [{**row, "city": "Lima"} for row in partners(2)])
    assert (first.created, load.updated) == (2, 2)
    done = undo(harbour, load)
    assert (done.restored, done.removed) == (2, 0)
    assert harbour.names() == ["Q0000", "Q0001"]
    assert KeyMap.objects.count() == 0
