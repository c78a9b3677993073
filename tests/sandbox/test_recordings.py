"""Recorded calls of real servers, sent again: shapes, rows and kinds of the answers are alike.

What is not compared stands in ``out_of_scope.TABLE`` with its reason.
"""

from collections.abc import Iterator

import pytest

from tests.sandbox.out_of_scope import TABLE, reason_for
from tests.sandbox.recorded_calls import VARIABLE, calls_of, topics
from tests.sandbox.replaying import Replay
from tests.sandbox.serving import Sandbox

if not topics():
    pytest.skip(f"{VARIABLE} names no folder with <version>/calls/*.json", allow_module_level=True)

BEFORE = {
    "15/load_partner_errors": ["15/load_partner_ok"],
    "15/load_o2m_sales": ["15/load_partner_ok"],
    "15/create_write": ["15/load_partner_ok", "15/load_partner_errors", "15/load_o2m_sales"],
    "15/context_side_effects": ["15/load_sale_order_ok"],
}


@pytest.fixture
def replay(running: dict[int, Sandbox], topic: str) -> Iterator[Replay]:
    """A fresh sandbox of the topic's version, with the topics it goes on from already played."""
    version = int(topic[:2])
    running[version].reset()
    replay = Replay(running[version].url, version)
    for earlier in BEFORE.get(topic, ()):
        for call in calls_of(earlier):
            replay.difference(call)
    yield replay
    replay.close()


@pytest.mark.parametrize("topic", [t for t in topics() if any(calls_of(t))])
def test_a_recorded_topic_is_answered_alike(replay: Replay, topic: str) -> None:
    differences = {
        f"{call.name} ({call.model}.{call.method})": difference
        for call in calls_of(topic)
        if not reason_for(call) and (difference := replay.difference(call))
    }
    assert differences == {}


def test_every_row_of_the_table_still_leaves_something_out() -> None:
    calls = [call for topic in topics() for call in calls_of(topic)]
    idle = [row for row in TABLE if not any(row.covers(call) for call in calls)]
    assert idle == []


def test_most_recorded_calls_are_compared() -> None:
    calls = [call for topic in topics() for call in calls_of(topic)]
    compared = [call for call in calls if not reason_for(call)]
    assert len(compared) > 900
    assert {call.version for call in compared} == {15, 17, 19}
