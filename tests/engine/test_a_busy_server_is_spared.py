"""Parallel batches grow while that makes a load faster, and give way to a server that is busy."""

import time

from django.utils import timezone

from importer import loads
from importer.choices import LoadState
from importer.engine.flow import Flow
from importer.models import Load
from tests.engine.loading import Harbour, partners
from tests.engine.test_lost_answers_are_settled import outcomes, run_out

MOST = 6


def windows(flow: Flow, *rates: float) -> list[int]:
    """Streams after windows with batches of 100 rows at these rows a second."""
    now, seen = 1000.0, []
    flow = flow.kept(100, MOST, now)
    for rate in rates:
        since = flow.since
        while flow.since == since:
            now += 100 / rate
            flow = flow.kept(100, MOST, now)
        seen.append(flow.streams)
    return seen


def test_streams_climb_while_rows_a_second_grow_and_no_further() -> None:
    assert windows(Flow(), 400, 600, 900, 910, 920) == [3, 4, 5, 5, 5]


def test_streams_never_pass_what_the_connection_allows() -> None:
    assert windows(Flow(streams=MOST), 100, 200, 400) == [MOST, MOST, MOST]
    assert Flow(streams=MOST).allowed(2, 0.0) == 2


def test_a_server_that_slows_down_gets_fewer_at_once() -> None:
    assert windows(Flow(streams=4, rest=9), 900, 900, 300, 300) == [4, 4, 3, 3]


def test_a_server_that_slows_down_little_by_little_gets_fewer_too() -> None:
    slower = [900 * 0.9**n for n in range(9)]
    assert windows(Flow(streams=4, rest=99), *slower) == [4, 4, 4, 4, 3, 3, 3, 3, 2]


def test_a_busy_server_halves_the_streams_and_is_left_alone() -> None:
    flow = Flow(streams=4).busy(30, MOST, 1000.0)
    assert (flow.allowed(MOST, 1029.0), flow.allowed(MOST, 1031.0)) == (0, 2)
    again = flow.busy(0, MOST, 1031.0)
    assert again.allowed(MOST, 1031.0) == 1
    assert Flow.of(again.as_json()) == again


def test_a_429_with_retry_after_is_honoured_by_all_batches(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(100))
    busy = {"model": "res.partner", "method": "load", "seconds": 3}
    harbour.fault("http_error", **busy, status=429)
    started = time.monotonic()
    harbour.run(load)
    assert load.state == LoadState.SENDING
    assert loads.hands_wanted(load, timezone.now()) == 0
    assert harbour.calls("load") <= 1
    run_out(harbour, load)
    assert time.monotonic() - started >= 3
    assert (load.created, load.failed) == (100, 0)
    assert outcomes(load)[0] == "transient"
    assert Load.objects.get(pk=load.pk).pace["flow"]["streams"] == 1


def test_a_503_is_in_doubt_and_waited_for(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(20))
    busy = {"model": "res.partner", "method": "load", "seconds": 2}
    harbour.fault("http_error", **busy, status=503, committed=True)
    started = time.monotonic()
    run_out(harbour, load)
    assert time.monotonic() - started >= 2
    assert (load.created, len(harbour.names())) == (20, 20)
    assert outcomes(load) == ["in_doubt", "kept"]
