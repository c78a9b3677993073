"""A call that Odoo refused is sent again: what is journaled then is what that call finds, also
where somebody has edited a record in between.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from importer.choices import BatchState
from importer.engine import planning, sending
from importer.engine.ejecting import eject
from importer.engine.grouping import merge_updates
from importer.engine.splitting import split
from importer.models import Batch, Change, Load
from tests.engine.loading import Harbour, Row, column, partners
from tests.engine.test_lost_answers_are_settled import (
    FIELDS,
    in_quito,
    outcomes,
    run_out,
    work_until,
)
from tests.undo.undoing import undo


@dataclass
class NamedRow:
    """What a cut asks of a planned row."""

    plan_row: int
    odoo_id: int


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


def test_merged_columns_edited_after_a_lost_call_are_sent_and_undone_as_found(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost; sent again and refused for one row; edited; sent without it and lost again."""
    monkeypatch.setattr(
        planning, "merge_updates", lambda counts, some: merge_updates(counts, some, 1)
    )

    def eject_and_edit(*args: Any) -> dict[str, int]:
        edit(harbour, "Q0000", city="Edited")
        return eject(*args)

    monkeypatch.setattr(sending, "eject", eject_and_edit)
    partner = harbour.entity("customer", "res.partner")
    old = in_streets(partners(3, city="Lima"))
    harbour.load(partner, old, STREETS)
    rows = [{**old[0], "street": "New"}, {**old[1], "city": "Quito"}, {**old[2], "street": "Bad"}]
    load = harbour.open(partner, rows, STREETS)
    harbour.fault("refuse_row", model="res.partner", field="street", value="Bad")
    harbour.fault("drop_before_commit", model="res.partner", method="load")
    harbour.fault("drop_before_commit", model="res.partner", method="load", after=1)
    run_out(harbour, load)
    assert outcomes(load) == ["in_doubt", "refused", "in_doubt", "kept"]
    assert (load.state, load.updated, load.failed) == ("done", 2, 1), load.error
    assert addresses(harbour)[:2] == [("Edited", "New"), ("Quito", "Street 1")]
    undone = undo(harbour, load)
    assert (undone.restored, undone.kept) == (2, 0)
    assert addresses(harbour)[:2] == [("Edited", "Street 0"), ("Lima", "Street 1")]


def test_a_batch_in_doubt_that_is_cut_takes_its_images_along(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    harbour.load(partner, partners(8, city="Lima"), FIELDS)
    new = [{**row, "city": f"Quito {n}"} for n, row in enumerate(partners(8))]
    load = harbour.open(partner, new, FIELDS)
    harbour.fault("drop_before_commit", model="res.partner", method="load")
    work_until(load, harbour.notes, lambda: "in_doubt" in outcomes(load))
    batch = Batch.objects.get(load=load, state=BatchState.IN_DOUBT)
    images = Change.objects.filter(batch=batch).order_by("pk").values_list("odoo_id", flat=True)
    rows = [NamedRow(batch.first_pos + n, one) for n, one in enumerate(images)]
    with transaction.atomic():  # as after a refusal that names no row
        split(batch, [rows[:4], rows[4:]], by_depth=False)  # type: ignore[list-item]
        Batch.objects.filter(pk=batch.pk).update(state=BatchState.READY)
    for n in range(8):  # the call that was lost comes through after all
        edit(harbour, f"Q{n:04}", city=f"Quito {n}")
    run_out(harbour, load)
    assert (load.updated, load.unchanged, load.failed) == (8, 0, 0)
    undone = undo(harbour, load)
    assert (undone.restored, undone.kept) == (8, 0)
    assert {city for city, _ in addresses(harbour)} == {"Lima"}
