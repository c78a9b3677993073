"""After a load its records are counted in Odoo, and a difference is said."""

from importer import loads
from importer.choices import LoadState
from tests.engine.loading import Harbour, issues, partners


def test_a_record_that_went_before_it_was_counted_is_said(harbour: Harbour) -> None:
    load = harbour.open(harbour.entity("customer", "res.partner"), partners(5))
    while load.state != LoadState.VERIFYING:
        loads.work(load.pk, reporter=harbour.notes, worker="a", seconds=0.001)
        load.refresh_from_db()
    client = harbour.client()
    client.unlink("res.partner", client.search("res.partner", [["name", "=", "Q0002"]]))
    client.close()
    harbour.run(load)
    assert load.verification["records"] == {"expected": 5, "in_odoo": 4}
    sentence = "1 of 5 records are not in Odoo any more."
    assert [(one.stage, one.level, one.message) for one in issues(load)] == [
        ("verify", "warning", sentence)
    ]
    assert harbour.notes.said(sentence)
