"""A call that Odoo refused is sent again: what is journaled then is what that call finds, also
where somebody has edited a record in between.
"""

import pytest

from importer.engine import planning
from importer.engine.grouping import merge_updates
from importer.models import Load
from tests.engine.loading import Harbour, Row, column, partners
from tests.engine.test_lost_answers_are_settled import (
    FIELDS,
    in_quito,
    outcomes,
    run_out,
    work_until,
)
from tests.undo.undoing import undo

STREETS = [*FIELDS, column("street")]


def refused_once(harbour: Harbour, load: Load) -> None:
    """Another transaction is in the way of the first call."""
    harbour.fault("serialization", model="res.partner", method="load")
    work_until(load, harbour.notes, lambda: "transient" in outcomes(load))


def edit(harbour: Harbour, name: str, **values: str) -> None:
    client = harbour.client()
    client.write("res.partner", client.search("res.partner", [["name", "=", name]]), values)
    client.close()


def addresses(harbour: Harbour) -> list[tuple[str, str]]:
    """(city, street) by name."""
    found = harbour.read("res.partner", [["name", "=like", "Q%"]], ["name", "city", "street"])
    found.sort(key=lambda one: str(one["name"]))
    return [(one["city"], one["street"]) for one in found]


def in_streets(rows: list[dict[str, str | None]]) -> list[Row]:
    return [{**row, "street": f"Street {n}"} for n, row in enumerate(rows)]


def test_an_undo_gives_back_what_was_edited_between_two_calls(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, partners(3, city="Lima"), FIELDS)
    load = harbour.open(partner, in_quito(partners(3)), FIELDS)
    refused_once(harbour, load)
    edit(harbour, "Q0000", city="Edited")
    run_out(harbour, load)
    assert [city for city, _ in addresses(harbour)] == ["Quito 0", "Quito 1", "Quito 2"]
    undo(harbour, load)
    assert [city for city, _ in addresses(harbour)] == ["Edited", "Lima", "Lima"]


def test_merged_columns_edited_between_two_calls_are_sent_again_as_they_were(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of the second call is lost; the third is to be the same byte for byte."""
    monkeypatch.setattr(
        planning, "merge_updates", lambda counts, some: merge_updates(counts, some, 1)
    )
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, in_streets(partners(2, city="Lima")), STREETS)
    rows = in_streets(partners(2, city="Lima"))
    changed = [{**rows[0], "street": "New"}, {**rows[1], "city": "Quito"}]
    load = harbour.open(partner, changed, STREETS)
    refused_once(harbour, load)
    edit(harbour, "Q0000", city="Edited")
    harbour.fault("drop_before_commit", model="res.partner", method="load")
    run_out(harbour, load)
    assert (load.state, load.updated) == ("done", 2), load.error
    assert addresses(harbour) == [("Edited", "New"), ("Quito", "Street 1")]
    undo(harbour, load)
    assert addresses(harbour) == [("Edited", "Street 0"), ("Lima", "Street 1")]
