"""Two calls at the same moment: who wins, who waits, who is told of a conflict."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.sandbox.serving import Sandbox

PARTNER = "res.partner"
CONFLICT = "could not serialize"


def both(
    sandbox: Sandbox, first: Callable[[], Any], second: Callable[[], Any], *, waits: bool = False
) -> list[Any]:
    """``second`` while ``first`` is held back by its fault, until ``second`` has its answer or
    has been seen waiting."""
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first)
        sandbox.wait_for_fault()
        two = pool.submit(second)
        if waits:
            time.sleep(0.15)
            assert not two.done()
        else:
            two.result()
        assert not one.done()
        sandbox.let_go()
        return [one.result(), two.result()]


def test_of_two_loads_of_the_same_new_ids_one_wins(sandbox: Sandbox) -> None:
    rows = [[f"m.r{i}", f"R{i}"] for i in range(20)]
    sandbox.fault("latency", method="load", seconds=60, stage="inside")
    first, second = both(
        sandbox,
        lambda: sandbox.load(PARTNER, ["id", "name"], *rows),
        lambda: sandbox.load(PARTNER, ["id", "name"], *rows),
    )
    assert len(first["ids"]) == 20
    assert second["ids"] is False
    assert all(CONFLICT in m["message"] for m in second["messages"][:10])
    assert sandbox.call("ir.model.data", "search_count", [["module", "=", "m"]]) == 20


def test_loads_of_different_ids_do_not_collide(sandbox: Sandbox) -> None:
    sandbox.fault("latency", method="load", seconds=60, stage="inside")
    first, second = both(
        sandbox,
        lambda: sandbox.load(PARTNER, ["id", "name", "country_id/id"], ["m.a", "A", "base.be"]),
        lambda: sandbox.load(PARTNER, ["id", "name", "country_id/id"], ["m.b", "B", "base.be"]),
    )
    assert first["ids"] and second["ids"]


def test_an_update_in_flight_is_not_seen_and_refuses_another_load(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"])[0]
    other = sandbox.loaded(PARTNER, ["name"], ["B"])[0]
    sandbox.fault("latency", method="load", seconds=60, stage="inside")
    first, second = both(
        sandbox,
        lambda: sandbox.load(PARTNER, ["id", "city"], ["m.a", "Ghent"]),
        lambda: (
            sandbox.one(PARTNER, record, "city")["city"],
            sandbox.load(PARTNER, [".id", "city"], [str(record), "Lier"]),
            sandbox.load(PARTNER, [".id", "city"], [str(other), "Lier"]),
        ),
    )
    seen, same, elsewhere = second
    assert first["ids"] == [record]
    assert seen is False
    assert same["ids"] is False and CONFLICT in same["messages"][0]["message"]
    assert elsewhere["ids"] == [other]
    assert sandbox.one(PARTNER, record, "city")["city"] == "Ghent"


def test_a_write_waits_for_the_load_in_flight(sandbox: Sandbox) -> None:
    record = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"])[0]
    sandbox.fault("latency", method="load", seconds=60, stage="inside")
    both(
        sandbox,
        lambda: sandbox.load(PARTNER, ["id", "city"], ["m.a", "Ghent"]),
        lambda: sandbox.call(PARTNER, "write", [record], {"city": "Lier"}),
        waits=True,
    )
    assert sandbox.one(PARTNER, record, "city")["city"] == "Lier"


def test_an_orphans_update_keeps_its_fence_but_the_owner_wins(sandbox: Sandbox) -> None:
    """The orphan resolved its fence before it was taken down, so it commits; the owner's load of
    the same rows is refused once and then stands."""
    record = sandbox.loaded(PARTNER, ["id", "name"], ["m.a", "A"])[0]
    fence = {"module": "m", "name": "fence_1", "model": "res.users", "res_id": 2}
    row = sandbox.call("ir.model.data", "create", fence)
    sandbox.fault("latency", method="load", seconds=60, stage="inside")
    fields = ["id", "city", "write_uid/id"]

    def owner() -> Any:
        sandbox.call("ir.model.data", "unlink", [row])
        return sandbox.load(PARTNER, ["id", "city"], ["m.a", "Owner"])

    orphan, refused = both(
        sandbox, lambda: sandbox.load(PARTNER, fields, ["m.a", "Orphan", "m.fence_1"]), owner
    )
    sandbox.wait_for_calls()
    stands = sandbox.load(PARTNER, ["id", "city"], ["m.a", "Owner"])
    assert orphan["ids"] == [record]
    assert CONFLICT in refused["messages"][0]["message"]
    assert stands["ids"] == [record]
    assert sandbox.one(PARTNER, record, "city")["city"] == "Owner"


def test_calls_of_different_clients_are_served_at_once(sandbox: Sandbox) -> None:
    sandbox.fault("latency", method="search_count", seconds=60)
    both(sandbox, lambda: sandbox.count(PARTNER), lambda: sandbox.call(PARTNER, "search", []))
