"""What happens when Odoo's answer is lost, late, transient or refused for good."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from importer import heartbeats, loads
from importer.choices import BatchState, LoadState
from importer.engine.retrying import RetryRules
from importer.models import Attempt, Batch, Load, TargetLease
from importer.odoo.client import Client, connect
from importer.odoo.errors import AccessRefused
from tests.engine.loading import Harbour, Notes, column, issues, partners, states
from tests.processes import wait_until

FIELDS = [column("name"), column("city")]


def outcomes(load: Load) -> list[str]:
    found = Attempt.objects.filter(batch__load=load).order_by("pk")
    return list(found.values_list("outcome", flat=True))


def in_quito(rows: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """No two alike: equal changes go by ``write`` and are tested by themselves."""
    return [{**row, "city": f"Quito {n}"} for n, row in enumerate(rows)]


def work_until(load: Load, notes: Notes, is_so: Callable[[], bool]) -> None:
    """One step after another until the condition holds."""
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        loads.work(load.pk, reporter=notes, worker="a", seconds=0.001)


def run_out(harbour: Harbour, load: Load, seconds: float = 30) -> Load:
    """Work until the load has ended, over its waits."""
    until = time.monotonic() + seconds
    while harbour.run(load).state not in LoadState.ended():
        assert time.monotonic() < until, (load.state, states(load), harbour.notes.lines[-5:])
        time.sleep(0.1)
    return load


@pytest.mark.parametrize("kind", ["drop_before_commit", "drop_after_commit", "truncated_body"])
def test_a_lost_answer_of_a_create_gives_no_duplicate(harbour: Harbour, kind: str) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(20))
    harbour.fault(kind, model="res.partner", method="load")
    run_out(harbour, load)
    assert (load.created, load.failed, load.rows_done) == (20, 0, 20)
    assert len(harbour.names()) == 20
    assert outcomes(load) == ["in_doubt", "kept"]
    first, second = Attempt.objects.filter(batch__load=load).order_by("n")
    assert first.payload_sha256 == second.payload_sha256


def test_a_call_that_commits_after_we_left_gives_no_duplicate(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(20))
    harbour.fault("commit_after_leave", model="res.partner", method="load", seconds=1.5)
    run_out(harbour, load)
    assert load.created == 20
    assert len(harbour.names()) == 20


@pytest.mark.parametrize("kind", ["drop_before_commit", "drop_after_commit"])
def test_a_lost_answer_of_an_update_is_compared_before_it_is_sent_again(
    harbour: Harbour, kind: str
) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [{**row, "city": "Lima"} for row in partners(20)]
    harbour.load(partner, rows)
    load = harbour.open(partner, in_quito(rows))
    epoch = TargetLease.objects.get().epoch
    harbour.forget_calls()
    harbour.fault(kind, model="res.partner", method="load")
    run_out(harbour, load)
    assert (load.updated, load.unchanged, load.rows_done) == (20, 0, 20)
    cities = harbour.read("res.partner", [["name", "=like", "Q%"]], ["city"])
    quito = {row["city"] for row in in_quito(rows)}
    assert {record["city"] for record in cities} == quito
    again = [] if kind == "drop_after_commit" else ["kept"]
    assert outcomes(load) == ["in_doubt", *again]
    assert TargetLease.objects.get().epoch > epoch + 1
    changes = load.changes.values_list("before__city", "after__city")
    assert set(changes) == {("Lima", city) for city in quito}


def test_what_somebody_edited_or_removed_while_an_update_was_in_doubt_is_not_overwritten(
    harbour: Harbour,
) -> None:
    partner = harbour.entity("customer", "res.partner")
    rows = [{**row, "city": "Lima"} for row in partners(20)]
    harbour.load(partner, rows)
    load = harbour.open(partner, in_quito(rows))
    harbour.fault("drop_before_commit", model="res.partner", method="load")
    work_until(load, harbour.notes, lambda: states(load) == ["in_doubt"])
    other = connect(harbour.server.url, "sandbox", "low", "low")
    edited, removed = other.search("res.partner", [["name", "in", ["Q0003", "Q0007"]]])
    other.write("res.partner", [edited], {"city": "Edited"})
    other.unlink("res.partner", [removed])
    other.close()
    run_out(harbour, load)
    assert (load.state, load.updated, load.blocked) == (LoadState.DONE, 18, 1)
    assert [one.code for one in issues(load)] == ["edited_meanwhile"]
    assert harbour.read("res.partner", [["id", "=", edited]], ["city"])[0]["city"] == "Edited"
    assert load.created == 1  # the removed one, made anew by the next pass
    loads.open_retry(load)
    assert run_out(harbour, load).updated == 19


def test_a_serialization_conflict_is_repeated_and_ejects_nobody(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(20))
    harbour.fault("serialization", model="res.partner", method="load", times=2)
    run_out(harbour, load)
    assert (load.created, load.failed) == (20, 0)
    assert outcomes(load) == ["transient", "transient", "kept"]


@pytest.mark.parametrize("method", ["load", ""])
def test_an_odoo_that_starts_again_and_says_404_meanwhile_costs_no_row(
    harbour: Harbour, method: str
) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(60))
    harbour.fault("http_error", method=method, status=404, times=3, after=2 if method else 8)
    run_out(harbour, load)
    assert (load.state, load.error) == (LoadState.DONE, "")
    assert (load.created, load.failed, load.rows_done) == (60, 0, 60)
    assert len(harbour.names()) == 60


def test_a_refused_key_pauses_and_fails_nothing(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(20))
    harbour.fault("key_refused", after=5)  # after look, rights, fence and the highest id
    harbour.run(load)
    assert len(harbour.notes.paused) == 1
    assert load.state == LoadState.SENDING
    assert (load.failed, states(load), outcomes(load)) == (0, ["ready"], ["stopped"])
    harbour.notes.stopping = False
    assert run_out(harbour, load).created == 20


def test_a_batch_that_cannot_be_settled_stalls_and_is_resumed(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = RetryRules(first=0.0, limit=3)
    monkeypatch.setattr(RetryRules, "outlasting", classmethod(lambda cls, seconds: quick))
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(5))
    harbour.fault("drop_after_commit", model="res.partner", method="load", times=0)
    harbour.run(load)
    assert states(load) == ["stalled"]
    assert "cannot be settled" in harbour.notes.paused[0]
    assert loads.cancel_load(load) is False
    harbour.server.database.caller.faults.clear()
    harbour.notes.stopping = False
    loads.resume_load(load)
    assert run_out(harbour, load).created == 5
    assert len(harbour.names()) == 5


def test_a_late_answer_is_dropped(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(10))
    harbour.fault("latency", model="res.partner", method="load", seconds=2, stage="after")
    late = threading.Thread(target=_hand, args=(harbour, load, "late-hand"))
    late.start()
    _wait_for_state(load, BatchState.SENDING)
    Batch.objects.filter(load=load).update(lease_until=timezone.now() - timedelta(seconds=1))
    quick = Notes()
    loads.work(load.pk, reporter=quick, worker="quick-hand", seconds=1)
    late.join()
    run_out(harbour, load)
    assert (load.created, load.rows_done) == (10, 10)
    assert sorted(outcomes(load)) == ["kept", "late"]
    assert harbour.notes.said("dropped")
    assert len(harbour.names()) == 10


def _wait_for_state(load: Load, state: str) -> None:
    until = time.monotonic() + 10
    while not Batch.objects.filter(load=load, state=state).exists():
        assert time.monotonic() < until
        time.sleep(0.02)


def _hand(harbour: Harbour, load: Load, worker: str) -> None:
    from django.db import connection

    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            ended = loads.work(load.pk, reporter=harbour.notes, worker=worker, seconds=10)
            if ended is loads.Work.ENDED:
                break
            time.sleep(0.02)
    finally:
        connection.close()


def test_two_hands_share_one_load_without_doing_anything_twice(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(1200))
    harbour.fault("latency", model="res.partner", method="load", seconds=60, times=2)
    faults = harbour.server.database.caller.faults
    hands = [threading.Thread(target=_hand, args=(harbour, load, f"hand-{n}")) for n in range(2)]
    for hand in hands:
        hand.start()
    try:
        wait_until(lambda: faults.held == 2)  # each has sent a batch of its own
    finally:
        faults.clear()
        for hand in hands:
            hand.join()
    run_out(harbour, load)
    assert (load.created, load.rows_done) == (1200, 1200)
    assert len(harbour.names()) == 1200
    workers = set(Attempt.objects.filter(batch__load=load).values_list("worker", flat=True))
    assert workers == {"hand-0", "hand-1"}
    assert set(outcomes(load)) == {"kept"}


def test_another_load_of_the_same_model_waits_and_is_told_for_whom(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    first, second = harbour.open(partner, partners(5)), harbour.open(partner, partners(5, "R"))
    harbour.fault("drop_after_commit", model="res.partner", method="load")
    work_until(first, Notes(), lambda: states(first) == ["in_doubt"])
    harbour.run(second, worker="b")
    assert second.state == LoadState.SENDING
    assert harbour.notes.said(f"load {first.pk}")
    assert loads.hands_wanted(second, timezone.now()) == 0
    run_out(harbour, first)
    assert loads.hands_wanted(second, timezone.now()) == 1
    assert run_out(harbour, second).created == 5


def test_a_cancelled_load_sends_nothing_new_and_settles_first(harbour: Harbour) -> None:
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(100))
    harbour.fault("drop_after_commit", model="res.partner", method="load")
    work_until(load, harbour.notes, lambda: "in_doubt" in states(load))
    assert loads.cancel_load(load) is False
    harbour.notes.stopping = True
    until = time.monotonic() + 20
    while not loads.cancel_load(load):
        assert time.monotonic() < until
        harbour.run(load)
        time.sleep(0.1)
    assert load.state == LoadState.CANCELLED
    assert load.created == len(harbour.names()) == 25
    assert sorted(states(load)) == ["cancelled", "cancelled", "cancelled", "done"]
    harbour.server.database.caller.faults.clear()
    harbour.notes.stopping = False
    loads.open_retry(load)
    run_out(harbour, load)
    assert (load.created, load.rows_done) == (100, 100)
    assert len(harbour.names()) == 100
    loads.open_retry(load)
    assert run_out(harbour, load).rows_done == 100


def test_the_heartbeat_keeps_the_leases_of_a_slow_call(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "BEAT_SECONDS", 0.1)
    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(5))
    harbour.fault("latency", model="res.partner", method="load", seconds=1, stage="before")
    thread = threading.Thread(target=_hand, args=(harbour, load, "slow"))
    thread.start()
    _wait_for_state(load, BatchState.SENDING)
    first = Batch.objects.get(load=load).lease_until
    time.sleep(0.5)
    later = Batch.objects.get(load=load).lease_until
    thread.join()
    assert first and later and later > first


def test_a_login_without_rights_ends_the_load_with_a_sentence_and_a_retry_goes_on(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def refuse(*args: object, **more: object) -> None:
        asked.append(args)
        raise AccessRefused("Odoo does not allow this login to do that: no contacts.")

    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(100))
    with monkeypatch.context() as patched:
        patched.setattr(Client, "insert_if_absent", refuse)
        harbour.run(load)
    assert len(asked) == 1  # what is refused for good is not tried again
    assert load.state == LoadState.FAILED
    assert "no contacts" in load.error
    assert (load.failed, load.rows_done, set(states(load))) == (100, 100, {"cancelled"})
    assert TargetLease.objects.get().load is None
    loads.open_retry(load)
    run_out(harbour, load)
    assert (load.created, load.failed, load.rows_done) == (100, 0, 100)


def test_an_error_of_ours_ends_the_load_as_errored_and_a_retry_settles_first(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*args: object, **more: object) -> None:
        raise ZeroDivisionError("a bug")

    partner = harbour.entity("customer", "res.partner")
    load = harbour.open(partner, partners(20))
    with monkeypatch.context() as patched:
        patched.setattr("importer.engine.creating.save_entries", stumble)
        with pytest.raises(ZeroDivisionError):
            harbour.run(load)
    load.refresh_from_db()
    assert (load.state, states(load)) == (LoadState.ERRORED, ["sending"])
    assert len(harbour.names()) == 20
    loads.open_retry(load)
    Batch.objects.filter(load=load).update(lease_until=timezone.now() - timedelta(seconds=1))
    run_out(harbour, load)
    assert (load.created, load.rows_done) == (20, 20)
    assert len(harbour.names()) == 20
