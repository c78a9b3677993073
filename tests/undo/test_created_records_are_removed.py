"""What a load created is removed again, and nothing else is."""

from importer.models import KeyMap
from tests.engine.loading import Harbour, partners
from tests.undo.undoing import count, undo


def test_created_records_are_removed_and_their_keys_forgotten(harbour: Harbour) -> None:
    before = count(harbour, "res.partner")
    load = harbour.load(harbour.entity("customer", "res.partner"), partners(30))
    assert count(harbour, "res.partner") == before + 30
    done = undo(harbour, load)
    assert (done.state, done.removed, done.rows_done) == ("done", 30, done.rows_total)
    assert count(harbour, "res.partner") == before
    assert not KeyMap.objects.exists()
    assert done.verification["records"] == {"expected": 0, "in_odoo": 0}
