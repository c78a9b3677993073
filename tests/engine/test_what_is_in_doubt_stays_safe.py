"""Between a journal and its answer anything may happen: a nap, a new epoch, an edit by somebody, a
refusal. What was journaled stays known, and what is sent again is sent whole."""

from datetime import timedelta

import pytest
from django.utils import timezone

from importer.abandoning import abandon_load
from importer.choices import BatchState, LoadState
from importer.engine import fencing
from importer.engine.claiming import claim_batch
from importer.engine.journaling import Sending, journal
from importer.engine.leases import bump_epoch
from importer.load_hands import hand_on
from importer.models import Batch, Load, TargetLease
from importer.odoo.client import connect
from tests.engine.loading import Harbour, column, issues, partners, states
from tests.engine.test_claims_keep_their_order import planned
from tests.engine.test_lost_answers_are_settled import outcomes, run_out, work_until
from tests.engine.test_orphans_are_shut_out import fences

FIELDS = [column("name"), column("city")]
QUITO = {"city": "Quito 3"}


def lapse(load: Load) -> None:
    """As if the process that works on the load had slept for longer than its leases."""
    past = timezone.now() - timedelta(seconds=1)
    Batch.objects.filter(load=load).update(lease_until=past)
    TargetLease.objects.update(lease_until=past)


def moving(harbour: Harbour, cities: list[str]) -> Load:
    """A load that moves partners from Lima to these cities, ready to send."""
    entity = harbour.entity("customer", "res.partner")
    rows = [{**row, "city": "Lima"} for row in partners(len(cities))]
    harbour.load(entity, rows, FIELDS)
    changed = [{**row, "city": city} for row, city in zip(rows, cities, strict=True)]
    return harbour.open(entity, changed, FIELDS)


def test_who_slept_after_the_journal_sends_nothing(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = planned(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(5)))

    def slow(*args: object) -> Sending | None:
        sending = journal(*args)  # type: ignore[arg-type]
        assert sending is not None
        sending.started -= 60
        return sending

    with monkeypatch.context() as patched:
        patched.setattr("importer.engine.sending.journal", slow)
        harbour.run(load)
    assert (states(load), harbour.calls("load")) == ([BatchState.SENDING], 0)
    lapse(load)
    assert run_out(harbour, load).created == 5
    assert outcomes(load) == ["in_doubt", "kept"]


def test_a_new_epoch_deletes_the_fence_of_the_one_before_it_sends(harbour: Harbour) -> None:
    load = planned(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(5)))
    held = []
    for worker in ("sleeper", "heir"):
        batch = claim_batch(load, worker, only_in_doubt=False)
        assert batch is not None
        with hand_on(load, harbour.notes, worker) as desk:
            held.append(fencing.hold_fence(desk, batch))
            assert fences(harbour.server) == [held[-1].partition(".")[2]]
        lapse(load)
    assert held[0] != held[1]


def test_a_fence_made_for_an_epoch_that_is_over_meanwhile_is_not_used(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = planned(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(5)))
    batch = claim_batch(load, "hand", only_in_doubt=False)
    assert batch is not None
    make, epochs = fencing._make, list[int]()

    def overtaken(*args: object) -> str:
        if not epochs:
            epochs.append(bump_epoch(load))
        return make(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(fencing, "_make", overtaken)
    with hand_on(load, harbour.notes, "hand") as desk:
        held = fencing.hold_fence(desk, batch)
        assert fences(harbour.server) == [held.partition(".")[2]]
    assert [int(held.rpartition("_")[2]), batch.epoch] == [*epochs, *epochs]


def test_a_call_in_doubt_goes_again_whole_though_somebody_has_done_a_part_of_it(
    harbour: Harbour,
) -> None:
    load = moving(harbour, [f"Quito {n}" for n in range(10)])
    harbour.fault("drop_before_commit", model="res.partner", method="load")
    work_until(load, harbour.notes, lambda: states(load) == ["in_doubt"])
    other = connect(harbour.server.url, "sandbox", "low", "low")
    other.write("res.partner", other.search("res.partner", [["name", "=", "Q0003"]]), QUITO)
    other.close()
    run_out(harbour, load)
    assert (load.state, load.updated, load.rows_done) == (LoadState.DONE, 10, 10)
    assert outcomes(load) == ["in_doubt", "kept"]


def test_a_refusal_forgets_no_image_of_a_call_that_was_never_answered(harbour: Harbour) -> None:
    load = moving(harbour, ["Quito", "Bad", "Quito"])
    harbour.fault("refuse_row", model="res.partner", field="city", value="Bad", message="No.")
    harbour.fault("drop_before_commit", model="res.partner", method="load")
    run_out(harbour, load)
    assert (load.updated, load.failed) == (2, 1)
    assert [one.source_key for one in issues(load)] == ['["Q0001"]']
    assert list(load.changes.values_list("before__city", flat=True)) == ["Lima"] * 3


def test_what_a_hand_is_sending_is_not_given_up_on(harbour: Harbour) -> None:
    """Its answer may come any moment, and counts."""
    load = moving(harbour, ["Quito", "Cusco"])
    harbour.fault("drop_before_commit", model="res.partner", method="load")
    work_until(load, harbour.notes, lambda: "in_doubt" in outcomes(load))
    own = Batch.objects.filter(load=load)
    own.update(lease_until=timezone.now() + timedelta(minutes=1))
    assert (abandon_load(load), states(load)) == (0, [BatchState.IN_DOUBT])
    own.update(lease_until=None)
    assert (abandon_load(load), states(load)) == (2, [BatchState.ABANDONED])
