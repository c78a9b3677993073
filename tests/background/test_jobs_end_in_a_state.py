"""A job is done by one process at a time and always ends in a state that says how."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.utils import timezone

from importer import background
from importer.background import LeaseLost, Progress, ask_again, ask_for_job, register_job, run_job
from importer.choices import JobKind, JobState
from importer.errors import Refused
from importer.models import Job, Project
from importer.odoo.errors import Unreachable

pytestmark = pytest.mark.django_db

Body = Callable[[Job, Progress], None]
KIND = JobKind.READ_DATASET


@pytest.fixture
def body(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Says what jobs do in this test."""
    monkeypatch.setattr(background, "_kinds", {})
    yield lambda function, **more: register_job(KIND, function, **more)


@pytest.fixture
def job(project: Project) -> Job:
    return ask_for_job(by=None, project=project, kind=KIND, object_id=uuid.uuid4())


def done(job: Job) -> Job:
    run_job(job.pk)
    job.refresh_from_db()
    return job


def fail_with(error: Exception) -> Body:
    def function(job: Job, progress: Progress) -> None:
        raise error

    return function


def test_what_goes_well_succeeds(body: Callable[..., None], job: Job) -> None:
    body(lambda job, progress: progress.report(3, 7, "Counting"))
    done(job)
    assert (job.state, job.attempt, job.message) == (JobState.SUCCEEDED, 1, "")
    assert (job.done, job.total) == (7, 7)
    assert job.started_at is not None
    assert job.ended_at is not None


def test_a_sentence_is_kept_without_the_secret_in_it(body: Callable[..., None], job: Job) -> None:
    body(fail_with(Refused("It said password=hunter2-of-the-harbour to us.")))
    assert done(job).message == "It said password=••• to us."


@pytest.mark.parametrize("error", [Refused("Row 3 is odd."), Unreachable("Row 3 is odd.")])
def test_what_the_user_can_mend_fails_with_the_sentence(
    body: Callable[..., None], job: Job, error: Exception
) -> None:
    body(fail_with(error))
    done(job)
    assert (job.state, job.message, job.traceback) == (JobState.FAILED, "Row 3 is odd.", "")


def test_our_bug_is_another_end_and_keeps_its_traceback_without_secrets(
    body: Callable[..., None], job: Job
) -> None:
    body(fail_with(ZeroDivisionError("password=hunter22")))
    done(job)
    assert job.state == JobState.ERRORED
    assert "ZeroDivisionError" in job.message
    assert "Traceback" in job.traceback
    assert "hunter22" not in job.traceback + job.message


def test_a_kind_that_nobody_does_ends_as_our_bug(body: Callable[..., None], job: Job) -> None:
    assert done(job).state == JobState.ERRORED


def test_the_object_hears_of_a_failure(body: Callable[..., None], job: Job) -> None:
    heard: list[str] = []
    body(fail_with(Refused("No.")), after_failure=lambda job, sentence: heard.append(sentence))
    done(job)
    assert heard == ["No."]


def test_a_job_that_is_done_is_not_done_again(body: Callable[..., None], job: Job) -> None:
    calls: list[int] = []
    body(lambda job, progress: calls.append(1))
    done(job)
    done(job)
    assert calls == [1]


def test_a_job_under_a_lease_is_left_alone(body: Callable[..., None], job: Job) -> None:
    body(fail_with(AssertionError("done twice at once")))
    later = timezone.now() + timedelta(seconds=10)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempt=1, lease_until=later)
    assert done(job).state == JobState.RUNNING


def test_a_job_whose_lease_is_over_is_taken_up(body: Callable[..., None], job: Job) -> None:
    body(lambda job, progress: None)
    over = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempt=1, lease_until=over)
    assert (done(job).state, job.attempt) == (JobState.SUCCEEDED, 2)


def test_a_process_that_lost_its_lease_writes_nothing_more(
    body: Callable[..., None], job: Job
) -> None:
    def function(job: Job, progress: Progress) -> None:
        Job.objects.filter(pk=job.pk).update(attempt=99)
        with pytest.raises(LeaseLost):
            progress.report(1)
        raise LeaseLost

    body(function)
    done(job)
    assert (job.state, job.attempt, job.done) == (JobState.RUNNING, 99, 0)


def test_a_late_result_does_not_overwrite_the_new_owner(
    body: Callable[..., None], job: Job
) -> None:
    body(lambda job, progress: Job.objects.filter(pk=job.pk).update(attempt=99) and None)
    assert done(job).state == JobState.RUNNING


def test_a_job_whose_process_keeps_dying_is_given_up(body: Callable[..., None], job: Job) -> None:
    heard: list[str] = []
    body(
        fail_with(AssertionError("begun once too often")),
        after_failure=lambda job, sentence: heard.append(sentence),
    )
    over = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempt=5, lease_until=over)
    done(job)
    assert job.state == JobState.FAILED
    assert "begun 5 times and its process died each time" in job.message
    assert heard == [job.message]


def test_progress_is_saved_at_most_once_a_second(body: Callable[..., None], job: Job) -> None:
    seen: list[int] = []

    def function(job: Job, progress: Progress) -> None:
        with patch("importer.background.time.monotonic") as clock:
            for second, done_now in ((10.0, 1), (10.5, 2), (11.1, 3)):
                clock.return_value = second
                progress.report(done_now, 9)
                seen.append(Job.objects.get(pk=job.pk).done)

    body(function)
    done(job)
    assert seen == [1, 1, 3]


def test_the_same_work_waiting_is_asked_for_once(job: Job, project: Project) -> None:
    again = ask_for_job(by=None, project=project, kind=KIND, object_id=job.object_id)
    assert again == job
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    assert ask_for_job(by=None, project=project, kind=KIND, object_id=job.object_id) != job


@pytest.mark.parametrize(
    ("changes", "is_asked"),
    [
        ({"asked_at": None}, 1),
        ({"asked_at": -6}, 1),
        ({"asked_at": -3}, 0),
        ({"state": JobState.RUNNING, "asked_at": -60, "lease_until": -1}, 1),
        ({"state": JobState.RUNNING, "asked_at": -60, "lease_until": 9}, 0),
        ({"state": JobState.SUCCEEDED, "asked_at": -60}, 0),
        ({"state": JobState.FAILED, "asked_at": -60}, 0),
    ],
)
def test_only_work_without_hands_is_asked_for_again(
    job: Job, changes: dict[str, object], is_asked: int
) -> None:
    now = timezone.now()
    moments = {
        name: now + timedelta(seconds=value) if isinstance(value, int) else value
        for name, value in changes.items()
    }
    Job.objects.filter(pk=job.pk).update(**moments)
    assert ask_again(now) == is_asked
    assert ask_again(now) == 0
    assert connection.in_atomic_block
