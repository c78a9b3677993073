"""What was prepared of exactly the same sheet, mapping and lists is taken again; anything else is
prepared anew.
"""

from typing import Any

from importer.data.storage import local_path, sha256_of
from importer.models import Execution, Load
from tests.engine.loading import Harbour, Row, column, look_up, partners


def _was_prepared_anew(load: Load) -> bool:
    execution = Execution.objects.get(title=f"Prepare load {load.pk}")
    assert load.prepared_as == execution.output
    assert (
        load.prepared_sha256 == execution.output_sha256 == sha256_of(local_path(load.prepared_as))
    )
    return "as_before" not in execution.outcome


def test_only_what_differs_in_nothing_is_taken_again(harbour: Harbour, settings: Any) -> None:
    partner = harbour.entity("customer", "res.partner")
    fields = [column("name"), column("city")]
    bad: Row = {"ref": "Q0009", "name": ""}
    rows: list[Row] = [{**row, "city": "Lima"} for row in [*partners(4), bad]]
    first = harbour.load(partner, rows, fields)
    assert _was_prepared_anew(first)
    dry = harbour.load(partner, rows, fields, dry_run=True)
    again = harbour.load(partner, rows, fields)
    assert not _was_prepared_anew(dry)
    assert not _was_prepared_anew(again)
    assert again.prepared_as == first.prepared_as
    assert (first.created, first.failed) == (4, 1)
    assert (again.unchanged, again.created, again.failed) == (4, 0, 1)
    assert again.issues.count() == first.issues.count() > 0
    other = harbour.load(partner, [{**row, "city": "Quito"} for row in rows], fields)
    assert _was_prepared_anew(other)
    assert other.updated == 4
    assert _was_prepared_anew(harbour.load(partner, rows, fields[:1]))
    settings.STOWAGE_EMPTY_WORDS = ("Lima",)
    emptied = harbour.load(partner, rows, fields)
    assert _was_prepared_anew(emptied)


def test_a_list_that_changed_in_odoo_is_looked_up_anew(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    country = look_up(
        "country_id",
        {"model": "res.country", "by": ["name"], "inputs": [{"column": "country"}]},
    )
    rows = [{**row, "country": "Atlantis"} for row in partners(2)]
    assert harbour.load(partner, rows, [column("name"), country]).failed == 2
    made = harbour.client().insert_if_absent(
        "res.country", ["id", "name", "code"], [["test.atlantis", "Atlantis", "XQ"]]
    )
    assert made.ids, made
    again = harbour.load(partner, rows, [column("name"), country])
    assert _was_prepared_anew(again)
    assert (again.created, again.failed) == (2, 0)
