"""A proxy that sends every request twice and hands on the second answer: nothing is doubled, what
it says wrongly fails no row.
"""

from collections.abc import Iterator
from random import Random

import pytest

from benchmarks.spoiling import relay
from importer import loads
from importer.choices import LoadState
from tests.engine.loading import Harbour, issues, partners
from tests.engine.orphans import is_carried
from tests.undo.undoing import count


@pytest.fixture
def repeated(harbour: Harbour) -> Iterator[Harbour]:
    with relay(harbour.server.url, Random(1)) as proxy:
        proxy.times = 2
        harbour.connection.url = f"http://127.0.0.1:{proxy.server_port}"
        harbour.connection.save()
        yield harbour


@pytest.mark.parametrize("sandbox_server", [15, 17, 19], indirect=True)
def test_creates_updates_and_an_undo_end_as_if_each_was_sent_once(repeated: Harbour) -> None:
    partner = repeated.entity("customer", "res.partner")
    before = count(repeated, "res.partner")
    first = repeated.load(partner, partners(60, city="Lima"))
    assert (first.state, first.created, first.failed) == (LoadState.DONE, 60, 0), issues(first)
    assert len(repeated.names()) == 60

    rows = partners(60, city="Quito")
    for n, row in enumerate(rows[:20]):
        row["city"] = f"Quito {n}"  # by load, the others by one write
    second = repeated.load(partner, rows)
    assert (second.state, second.updated, second.failed) == (LoadState.DONE, 60, 0), issues(second)
    found = repeated.read("res.partner", [["name", "=like", "Q%"]], ["name", "city"])
    assert {one["name"]: one["city"] for one in found} == {r["name"]: r["city"] for r in rows}

    undone = repeated.run(loads.open_undo(second, archive=False))
    assert (undone.restored, undone.kept, undone.failed) == (60, 0, 0), issues(undone)
    undone = repeated.run(loads.open_undo(first, archive=False))
    assert (undone.removed, undone.kept, undone.failed) == (60, 0, 0), issues(undone)
    assert count(repeated, "res.partner") == before


def test_calls_carry_their_fence_and_none_is_left_behind(repeated: Harbour) -> None:
    partner = repeated.entity("customer", "res.partner")
    assert is_carried(repeated.load(partner, partners(5)))
    named = [["module", "=", repeated.project.namespace], ["name", "like", "fence_"]]
    assert count(repeated, "ir.model.data", named) == 0
