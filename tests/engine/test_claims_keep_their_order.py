"""Which batch a hand may take: never two of one stream at once (rows without a parent are in none),
no level before the one above it, nothing that is being cancelled. A claim that is over journals
nothing, and no answer counts that belongs to an older attempt or epoch.
"""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from importer import loads
from importer.choices import BatchState, LoadState, Outcome
from importer.engine.claiming import claim_batch
from importer.engine.journaling import Sending, journal
from importer.engine.leases import release_target, renew, take_target
from importer.engine.recording import close
from importer.engine.works import Ready, work_of
from importer.errors import Busy
from importer.load_hands import hand_on
from importer.models import Attempt, Batch, Load, TargetLease
from tests.engine.loading import Harbour, Notes, column, partners, refer, states


def planned(harbour: Harbour, load: Load) -> Load:
    """The load with its batches cut and none of them taken."""
    while load.state != LoadState.SENDING:
        loads.work(load.pk, reporter=Notes(), worker="planner", seconds=0.001)
        load.refresh_from_db()
    Batch.objects.filter(load=load).update(state=BatchState.READY, worker="", lease_until=None)
    return load


def claim(load: Load, worker: str) -> int | None:
    """The number of the batch that this hand gets."""
    batch = claim_batch(load, worker, only_in_doubt=False)
    return None if batch is None else batch.seq


def test_one_stream_is_worked_by_one_hand_at_a_time(harbour: Harbour) -> None:
    harbour.connection.streams = 1
    harbour.connection.save()
    load = planned(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(100)))
    assert len(states(load)) == 4
    assert claim(load, "hand-1") == 0
    assert claim(load, "hand-2") is None
    for state in (BatchState.SENDING, BatchState.IN_DOUBT):
        Batch.objects.filter(load=load, seq=0).update(state=state)
        assert claim(load, "hand-2") is None, state
    Batch.objects.filter(load=load, seq=0).update(state=BatchState.DONE)
    assert claim(load, "hand-2") == 1


def test_rows_without_a_parent_are_sent_side_by_side_and_shared_out_evenly(
    harbour: Harbour,
) -> None:
    harbour.connection.streams = 2
    harbour.connection.save()
    load = planned(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(900)))
    assert [one.n_rows for one in Batch.objects.filter(load=load).order_by("seq")] == [500, 400]
    assert (claim(load, "hand-1"), claim(load, "hand-2")) == (0, 1)
    Batch.objects.filter(load=load).update(state=BatchState.READY, worker="", lease_until=None)
    Load.objects.filter(pk=load.pk).update(pace={"create": {"row_ms": 2.0}})
    load.refresh_from_db()
    claimed = [claim(load, hand) for hand in ("hand-1", "hand-2")]
    assert claimed == [0, 1]
    sizes = Batch.objects.filter(load=load, seq__in=(0, 1)).order_by("seq")
    assert [one.n_rows for one in sizes] == [500, 200]  # what is left is shared by two


def test_the_epoch_grows_when_a_target_changes_hands_or_was_let_lapse(harbour: Harbour) -> None:
    def lapse() -> None:
        TargetLease.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    entity = harbour.entity("customer", "res.partner")
    first, second = harbour.open(entity, partners(1)), harbour.open(entity, partners(1))
    epoch = take_target(first)
    assert take_target(first) == epoch
    with pytest.raises(Busy):
        take_target(second)
    lapse()
    assert take_target(first) == epoch + 1
    lapse()
    assert take_target(second) == epoch + 2
    release_target(second)
    assert take_target(first) == epoch + 3


def test_a_lease_that_is_over_is_not_revived(harbour: Harbour) -> None:
    load = planned(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(5)))
    claim(load, "hand-1")
    soon, past = (timezone.now() + timedelta(seconds=n) for n in (5, -5))
    for held in (soon, past):
        TargetLease.objects.update(lease_until=held)
        Batch.objects.filter(load=load).update(lease_until=held)
        renew(load.pk, "hand-1")
        leases = (TargetLease.objects.get().lease_until, Batch.objects.get(load=load).lease_until)
        assert all(one and one > held for one in leases) is (held == soon)
        assert all(one == held for one in leases) is (held == past)


def test_a_level_waits_for_the_end_of_those_above_it(harbour: Harbour) -> None:
    harbour.connection.streams = 2
    harbour.connection.save()
    bosses = [{**row, "boss": ""} for row in partners(300)]
    staff = [{**row, "boss": "Q0000"} for row in partners(300, "QS")]
    fields = [column("name"), refer("parent_id", "customer", "boss")]
    entity = harbour.entity("customer", "res.partner")
    load = planned(harbour, harbour.open(entity, [*bosses, *staff], fields))
    above = Batch.objects.filter(load=load, level=0)
    assert above.exists()
    assert above.count() < len(states(load))
    above.exclude(seq=0).update(state=BatchState.DONE)
    assert claim(load, "hand-1") == 0
    for state in (BatchState.SENDING, BatchState.WAITING, BatchState.IN_DOUBT, BatchState.STALLED):
        above.filter(seq=0).update(state=state, not_before="2999-01-01T00:00Z")
        assert claim(load, "hand-2") is None, state
    above.update(state=BatchState.DONE)
    assert claim(load, "hand-2") == above.count()


def test_a_batch_that_is_just_being_cancelled_is_not_taken(harbour: Harbour) -> None:
    load = planned(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(5)))
    taken: list[int | None] = []
    with transaction.atomic():
        Batch.objects.filter(load=load).update(state=BatchState.CANCELLED)
        thread = in_thread(lambda: taken.append(claim(load, "hand-1")))
        thread.join(1)
    thread.join()
    assert (taken, states(load)) == ([None], [BatchState.CANCELLED])


def in_thread(act: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("moved", ["lease_until", "epoch", "worker"])
def test_a_hand_whose_claim_has_lapsed_or_moved_on_journals_nothing(
    harbour: Harbour, moved: str
) -> None:
    load = planned(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(5)))
    batch = claim_batch(load, "hand-1", only_in_doubt=False)
    assert batch is not None
    past = timezone.now() - timedelta(seconds=1)
    now = {"lease_until": past, "epoch": 99, "worker": "hand-2"}[moved]
    Batch.objects.filter(pk=batch.pk).update(**{moved: now})
    with hand_on(load, harbour.notes, "hand-1") as desk:
        assert journal(desk, batch, work_of(batch), Ready(None, [])) is None
    assert states(load) == [BatchState.CLAIMED]


def created_five() -> dict[str, int]:
    return {"created": 5}


@pytest.mark.parametrize("moved", ["attempt", "epoch", "worker"])
def test_an_answer_counts_only_for_the_attempt_and_epoch_it_belongs_to(
    harbour: Harbour, moved: str
) -> None:
    load = planned(harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(5)))
    batch = claim_batch(load, "hand-1", only_in_doubt=False)
    assert batch is not None
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.SENDING)
    attempt = Attempt.objects.create(
        project=load.project, batch=batch, n=1, epoch=batch.epoch, sent_at=timezone.now()
    )
    Batch.objects.filter(pk=batch.pk).update(**{moved: "hand-2" if moved == "worker" else 99})
    with hand_on(load, harbour.notes, "hand-1") as desk:
        sending = Sending(attempt)
        counted = close(desk, batch, sending, BatchState.DONE, Outcome.KEPT, apply=created_five)
    load.refresh_from_db()
    attempt.refresh_from_db()
    assert (counted, load.created, states(load)) == (False, 0, [BatchState.SENDING])
    assert attempt.outcome == Outcome.LATE
    assert harbour.notes.said("It was dropped")
