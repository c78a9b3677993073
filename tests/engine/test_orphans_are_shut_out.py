"""A process that was stopped before or in mid-call and wakes up after another one has taken over
loses, doubles and overwrites nothing. Real processes, with and without the right to a fence.
"""

from unittest.mock import patch

import pytest

from importer.choices import LoadState
from importer.connections import open_client
from importer.models import Load, TargetLease
from importer.odoo.sandbox.server import SandboxServer
from importer.secrets import seal
from tests.engine.loading import Harbour, column, partners
from tests.engine.orphans import SAID, cities, is_carried, orphan, take_over, wake_too_late
from tests.processes import wait_until
from tests.undo.undoing import undo

pytestmark = pytest.mark.timeout(180)
# 15 and 17 share the protocol, and each ``load`` is tried once before and once inside.
_CASES = [
    (version, login, stage)
    for version in (15, 17, 19)
    for login in ("admin", "low")
    for stage in ("before", "inside")
    if version != 15 or (login, stage) in (("admin", "before"), ("low", "inside"))
]


def log_in(harbour: Harbour, login: str) -> None:
    """As this login; over JSON-2 where the server has it."""
    secret = harbour.connection.secrets.get()
    secret.login, secret.secret = login, seal(login)
    secret.uid, secret.protocol = None, ""
    secret.save()
    open_client(harbour.connection).close()
    if harbour.server.database.version >= 19:
        harbour.connection.secrets.update(protocol="json2")


def fences(server: SandboxServer) -> list[str]:
    rows = server.database.caller.env(1).table("ir.model.data").rows.values()
    return [row["name"] for row in rows if row["name"].startswith("fence_")]


@pytest.mark.parametrize(("sandbox_server", "login", "stage"), _CASES, indirect=["sandbox_server"])
def test_an_orphan_that_wakes_up_late_changes_nothing(
    harbour: Harbour, login: str, stage: str
) -> None:
    log_in(harbour, login)

    def slow(load: Load) -> None:
        """The next call of ``load`` takes a while between its work and its commit."""
        if stage == "inside":
            kind = {"model": "res.partner", "method": "load", "stage": "inside"}
            harbour.fault("latency", seconds=1.0, **kind)

    loads = wake_too_late(
        harbour,
        seconds_into_the_call=0.3 if stage == "inside" else 0,
        is_update_open=login == "low" and stage == "before",
        before_each=slow,
    )
    said = [line for _, line in harbour.notes.lines if SAID in line]
    assert len(said) == (1 if login == "low" else 0)
    assert is_carried(*loads) is (login == "admin")
    assert fences(harbour.server) == []
    left = TargetLease.objects.exclude(fence_xid="").exclude(fence_xid__startswith="none_")
    assert not left.exists()


def test_an_orphan_that_wakes_up_after_the_undo_makes_no_ghost(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(20))
    with orphan(0, load) as sleeper:
        sleeper.wait_for_stop()
        take_over(harbour, load)
        harbour.connection.answer_limit_seconds = 1
        harbour.connection.save()
        undone = undo(harbour, load)
        assert undone.removed == 20
        sleeper.wake(load)
    assert cities(harbour, "Q") == {}


def test_a_fence_that_somebody_deleted_in_odoo_costs_no_row(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(40), [column("name")])
    harbour.fault("serialization", model="res.partner", method="load", after=1)
    harbour.run(load)
    assert len(fences(harbour.server)) == 1
    client = harbour.client()
    client.unlink("ir.model.data", client.search("ir.model.data", [["name", "like", "fence_"]]))
    client.close()
    wait_until(lambda: harbour.run(load).state in LoadState.ended())
    assert (load.created, load.failed) == (40, 0)
    assert "The fence in Odoo had changed" in "".join(line for _, line in harbour.notes.lines)
    assert fences(harbour.server) == []


def test_a_dry_run_leaves_even_a_fence_that_was_left_in_odoo(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(4), [column("name")])
    # A process that died after its load had ended and before it could delete its fence.
    with patch("importer.load_hands.drop_fence"):
        harbour.run(load)
    assert len(fences(harbour.server)) == 1
    harbour.forget_calls()
    dry = harbour.load(partner, partners(9), [column("name")], dry_run=True)
    assert (dry.state, harbour.calls()) == (LoadState.DONE, 0)
    assert len(fences(harbour.server)) == 1
    harbour.load(partner, partners(9), [column("name")])
    assert fences(harbour.server) == []
