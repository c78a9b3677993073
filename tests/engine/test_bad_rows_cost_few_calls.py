"""Calls that bad rows cost, and how batches shrink where the database refuses and grow again."""

import random

import pytest

from importer.models import Attempt, Batch, Load
from tests.engine.loading import Harbour, issues, partners

EACH_VERSION = pytest.mark.parametrize("sandbox_server", [15, 17, 19], indirect=True)


def rows_with(n: int, bad: set[int]) -> list[dict[str, str | None]]:
    return [{**row, "ref": "bad" if k in bad else "ok"} for k, row in enumerate(partners(n))]


def loaded(harbour: Harbour, n: int, bad: set[int], streams: int) -> Load:
    harbour.connection.streams = streams
    harbour.connection.save()
    partner = harbour.entity("customer", "res.partner")
    harbour.fault("refuse_row", model="res.partner", field="ref", value="bad", by_database=True)
    harbour.forget_calls()
    load = harbour.load(partner, rows_with(n, bad))
    assert (load.created, load.failed) == (n - len(bad), len(bad))
    assert {one.row - 2 for one in issues(load)} == bad
    return load


def sizes(load: Load) -> list[int]:
    """Rows of each batch that was sent, in the order of sending."""
    first = Attempt.objects.filter(batch__load=load, n=1).order_by("sent_at")
    return [one.batch.n_rows for one in first.select_related("batch")]


@EACH_VERSION
@pytest.mark.parametrize(("n_bad", "calls"), [(1, 3), (10, 3), (100, 6)])
def test_a_thousand_rows_in_one_stream_take_few_calls(
    harbour: Harbour, n_bad: int, calls: int
) -> None:
    bad = set(random.Random(n_bad).sample(range(1000), n_bad))
    loaded(harbour, 1000, bad, streams=1)
    assert harbour.calls("load") <= calls


@pytest.mark.parametrize(("n_bad", "calls"), [(1, 3), (10, 3), (100, 6)])
def test_a_thousand_rows_in_two_streams_take_few_calls_more_than_clean_ones(
    harbour: Harbour, n_bad: int, calls: int
) -> None:
    bad = set(random.Random(n_bad).sample(range(1000), n_bad))
    load = loaded(harbour, 1000, bad, streams=2)
    clean = Batch.objects.filter(load=load).count()
    assert clean == 2
    assert harbour.calls("load") - clean <= calls


def test_the_batches_after_a_bad_one_are_small_and_grow_again(harbour: Harbour) -> None:
    load = loaded(harbour, 2000, set(range(50, 1000, 100)), streams=1)
    assert sizes(load)[0] == 1000
    assert sizes(load)[1:7] == [16, 16, 32, 32, 64, 64]
    assert sum(sizes(load)) == 2000
    assert Batch.objects.filter(load=load, state="done").count() == len(sizes(load))


@EACH_VERSION
def test_a_value_that_is_refused_before_the_database_shrinks_nothing(harbour: Harbour) -> None:
    harbour.connection.streams = 1
    harbour.connection.save()
    partner = harbour.entity("customer", "res.partner")
    spec = {"model": "res.country", "by": ["external_id"], "inputs": [{"column": "land"}]}
    field = {"target": "country_id", "source": "lookup", "spec": spec, "default": ""}
    name = {"target": "name", "source": "column", "spec": {"column": "name"}, "default": ""}
    plain = {"value_map": None, "on_missing": "error"}
    rows = [{**row, "land": "base.be"} for row in partners(1200)]
    rows[5]["land"] = "base.nowhere"
    load = harbour.load(partner, rows, [name | plain, field | plain])
    assert (load.created, load.failed) == (1199, 1)
    assert sizes(load) == [1000, 200]
