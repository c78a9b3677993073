"""Where calls are answered at once, batches that follow each other go as one; nowhere else, and
never what was sent before."""

import pytest

from importer.choices import BatchState
from importer.engine.claiming import claim_batch
from importer.engine.pacing import Pace
from importer.models import Attempt, Batch, Load
from tests.engine.loading import Harbour, partners
from tests.engine.test_claims_keep_their_order import planned

QUICK = Pace(row_ms=0.1, row_bytes=200)


def many(harbour: Harbour, count: int, pace: Pace) -> Load:
    harbour.connection.streams = 2
    harbour.connection.save()
    load = planned(
        harbour, harbour.open(harbour.entity("customer", "res.partner"), partners(count))
    )
    Load.objects.filter(pk=load.pk).update(pace={"create": pace.as_json()})
    load.refresh_from_db()
    return load


def claimed_rows(load: Load) -> tuple[int, int]:
    batch = claim_batch(load, "hand-1", only_in_doubt=False)
    assert batch is not None
    return batch.first_pos, batch.n_rows


def test_each_row_goes_once_whoever_its_batch_was_joined_with(harbour: Harbour) -> None:
    load = many(harbour, 2600, QUICK)
    assert Batch.objects.filter(load=load).count() == 6
    harbour.run(load)
    assert (load.created, load.failed) == (2600, 0)
    assert harbour.names() == sorted(row["name"] or "" for row in partners(2600))
    ranges = (
        Batch.objects.filter(load=load).order_by("first_pos").values_list("first_pos", "n_rows")
    )
    assert [first + rows for first, rows in ranges] == [*(first for first, _ in ranges[1:]), 2600]
    assert Attempt.objects.filter(batch__load=load).count() == 5  # the last ones are shared out


@pytest.mark.parametrize(
    "pace",
    [
        Pace(),
        Pace(row_ms=2.0, row_bytes=200),
        Pace(row_ms=0.1, row_bytes=9000),
        Pace(row_ms=0.1, row_bytes=200, bad=0.1, tried=1000),
    ],
    ids=["unknown", "slow", "heavy", "refused"],
)
def test_batches_stay_as_planned(harbour: Harbour, pace: Pace) -> None:
    assert claimed_rows(many(harbour, 2200, pace)) == (0, 500)


@pytest.mark.parametrize(
    "was",
    [{"attempt": 1}, {"ejected": [600]}, {"refs": {"a": "b"}}, {"state": BatchState.CANCELLED}],
    ids=["sent", "ejected", "resolved", "cancelled"],
)
def test_what_has_a_past_is_joined_with_nothing(harbour: Harbour, was: dict[str, object]) -> None:
    load = many(harbour, 2200, QUICK)
    Batch.objects.filter(load=load, first_pos=500).update(**was)
    assert claimed_rows(load) == (0, 500)


def test_a_batch_that_was_sent_takes_no_others(harbour: Harbour) -> None:
    load = many(harbour, 2200, QUICK)
    Batch.objects.filter(load=load, first_pos=0).update(attempt=1)
    assert claimed_rows(load) == (0, 500)


def test_two_hands_do_not_join_the_same_batches(harbour: Harbour) -> None:
    load = many(harbour, 2200, QUICK)
    assert claimed_rows(load) == (0, 1000)
    batch = claim_batch(load, "hand-2", only_in_doubt=False)
    assert batch is not None
    assert (batch.first_pos, batch.n_rows) == (1000, 500)  # half of what is left
