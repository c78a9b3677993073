"""kill -9 of worker and work-horse, with the queue flushed: work goes on, nothing twice. Real
processes over a real server.
"""

import time
from collections.abc import Iterator

import pytest
from redis import Redis

from graphs.choices import RunStatus
from graphs.models import GraphRun
from graphs.progress import progress_of
from graphs.runs import cancel_run, pause_run, resume_run, start_run
from importer.choices import BatchState
from importer.models import Attempt, Batch, KeyMap, Load, Project
from tests.graphs.harbour import MODELS, Harbour, harbour
from tests.odoo.sandboxes import order_fault
from tests.processes import StartProcess, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def port(project: Project, valkey: Redis) -> Iterator[Harbour]:
    with harbour(project) as made:
        yield made


def is_over(run: GraphRun) -> bool:
    run.refresh_from_db()
    return run.is_finished


def rows_done() -> int:
    return sum(load.rows_done for load in Load.objects.all())


def test_work_resumes_after_kill_9_of_worker_and_horse_with_redis_flushed(
    port: Harbour, start_process: StartProcess, valkey: Redis
) -> None:
    before = port.counts()
    order_fault(port.url, "latency", method="load", seconds=1.5, times=0, stage="inside")
    first = start_process("rqworker", "runs", "jobs")
    first.wait_for("Listening on", 60)
    start_process("dispatch")
    run = start_run(port.graph, by=port.admin)
    wait_until(lambda: Attempt.objects.filter(ended_at=None).exists(), 60)
    first.kill_all()  # in the middle of a call
    valkey.flushdb()
    done = rows_done()
    killed_at = time.monotonic()
    second = start_process("rqworker", "runs", "jobs")
    wait_until(lambda: rows_done() > done, 30)
    assert time.monotonic() - killed_at < 20
    wait_until(lambda: is_over(run), 120)
    shown = progress_of(run)
    assert run.status in (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS), second.output
    created = sum(node["created"] for node in shown["progress"]["nodes"])
    assert KeyMap.objects.count() == created
    for node in shown["progress"]["nodes"]:
        ends = ("created", "updated", "unchanged", "skipped", "failed", "blocked")
        assert sum(node[end] for end in ends) == node["rows_total"], node
    assert all(port.is_one_of_each(model) for model in MODELS)
    orders = port.counts()["sale.order"] - before["sale.order"]
    assert orders == next(n["created"] for n in shown["progress"]["nodes"] if n["id"] == "orders")


def test_a_run_is_paused_resumed_and_cancelled_while_a_worker_is_in_the_middle_of_it(
    port: Harbour, start_process: StartProcess, valkey: Redis
) -> None:
    order_fault(port.url, "latency", method="load", seconds=1.0, times=0, stage="inside")
    start_process("rqworker", "runs", "jobs").wait_for("Listening on", 60)
    start_process("dispatch")
    run = start_run(port.graph, by=port.admin)
    wait_until(lambda: Attempt.objects.exists(), 60)
    pause_run(run, by=port.admin)
    under_way = Batch.objects.filter(state__in=(BatchState.CLAIMED, BatchState.SENDING))
    wait_until(lambda: not under_way.exists(), 60)
    time.sleep(1)  # for a hand that had looked just before
    wait_until(lambda: not under_way.exists(), 60)
    sent = Attempt.objects.count()
    time.sleep(3)
    run.refresh_from_db()
    assert (run.status, Attempt.objects.count()) == (RunStatus.PAUSED, sent)
    resume_run(run, by=port.admin)
    wait_until(lambda: Attempt.objects.count() > sent, 60)
    cancel_run(run, by=port.admin)
    wait_until(lambda: is_over(run), 60)
    assert run.status == RunStatus.CANCELLED
    assert not Attempt.objects.filter(ended_at=None).exists()
    assert KeyMap.objects.count() == sum(load.created for load in Load.objects.all())
