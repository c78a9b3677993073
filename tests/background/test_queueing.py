"""The queue gets ids after the commit, once if so asked, and may be away."""

import logging
from typing import Any

import django_rq
import pytest
from redis import Redis

from importer.queueing import enqueue

pytestmark = pytest.mark.django_db
JOB = "importer.jobs.execute_job"


def waiting() -> list[tuple[str | None, tuple[Any, ...]]]:
    return [(job.func_name, tuple(job.args)) for job in django_rq.get_queue("jobs").jobs]


def test_nothing_is_enqueued_before_the_commit(
    valkey: Redis, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        enqueue("jobs", JOB, "an-id")
        assert waiting() == []
    assert waiting() == [(JOB, ("an-id",))]


def test_work_has_no_time_limit_and_leaves_no_result(valkey: Redis) -> None:
    enqueue("jobs", JOB, "an-id", on_commit=False)
    (job,) = django_rq.get_queue("jobs").jobs
    assert (job.timeout, job.result_ttl, job.failure_ttl) == (-1, 0, 86_400)


def test_once_means_that_what_waits_already_is_enough(valkey: Redis) -> None:
    enqueue("jobs", JOB, "an-id", on_commit=False, once=True)
    enqueue("jobs", JOB, "an-id", on_commit=False, once=True)
    enqueue("jobs", JOB, "other", on_commit=False, once=True)
    assert [args for _, args in waiting()] == [("an-id",), ("other",)]
    enqueue("jobs", JOB, "an-id", on_commit=False)
    assert len(waiting()) == 3


def test_a_queue_that_is_away_is_logged_and_stops_nobody(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away = Redis(host="127.0.0.1", port=1, socket_connect_timeout=1)
    monkeypatch.setattr("django_rq.queues.get_connection", lambda *args, **more: away)
    monkeypatch.setattr(
        "django_rq.queues.get_connection_by_index", lambda *args, **more: away, raising=False
    )
    with caplog.at_level(logging.WARNING, logger="importer.queueing"):
        enqueue("jobs", JOB, "an-id", on_commit=False)
    assert "execute_job-an-id could not be enqueued" in caplog.text
