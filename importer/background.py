"""Verbs of background work that is no run: a Job is asked for, done under a lease, and ends in a
state, whatever happens to the process that does it.
"""

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from importer.choices import JobState
from importer.errors import StowageError
from importer.heartbeats import LEASE_SECONDS, beating
from importer.limits import job_attempts
from importer.models import Job, Project, User
from importer.odoo.errors import OdooError
from importer.queueing import enqueue
from importer.secrets import redact

_SAVED_EVERY_SECONDS = 1.0
_ASKED_AGAIN_AFTER = timedelta(seconds=5)
_LEASE = timedelta(seconds=LEASE_SECONDS)
_EXECUTE = "importer.jobs.execute_job"
_OUR_BUG = "Something went wrong on our side ({kind}); the traceback is kept with the job."
_DIED = (
    "The work was begun {n} times and its process died each time, perhaps for lack of memory. "
    "Divide the work into smaller parts, or give the worker more memory."
)
_log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another process has taken the job over; this one must not write any more."""


class Progress:
    """How far a job is. Saved at most once a second, so that it may be told often."""

    def __init__(self, job: Job, lost: Event | None = None) -> None:
        self._job, self._lost = job, lost or Event()
        self._saved_at = 0.0

    def report(self, done: int, total: int | None = None, message: str = "") -> None:
        """``done`` of ``total`` in a unit of the job's own. Raises LeaseLost when the lease is."""
        if self._lost.is_set():
            raise LeaseLost
        now = time.monotonic()
        if now - self._saved_at < _SAVED_EVERY_SECONDS:
            return
        self._saved_at = now
        changes: dict[str, int | str] = {"done": done, "message": message}
        if total is not None:
            changes["total"] = total
        if not _held(self._job).update(**changes):
            self._lost.set()
            raise LeaseLost


JobFunction = Callable[[Job, Progress], None]
AfterFailure = Callable[[Job, str], None]


@dataclass(frozen=True, slots=True)
class _Kind:
    function: JobFunction
    after_failure: AfterFailure | None


_kinds: dict[str, _Kind] = {}


def register_job(
    kind: str, function: JobFunction, *, after_failure: AfterFailure | None = None
) -> None:
    """Say what does jobs of a kind. It must be safe to run twice; it raises StowageError or
    OdooError for what the user can mend. ``after_failure`` gets job and sentence, in the
    transaction that ends the job without success."""
    _kinds[kind] = _Kind(function, after_failure)


def ask_for_job(*, by: User | None, project: Project, kind: str, object_id: UUID) -> Job:
    """The job, put on the queue when the transaction commits; one of the same kind for the same
    object that has not begun yet is that job already."""
    waiting = Job.objects.filter(
        project=project, kind=kind, object_id=object_id, state=JobState.PENDING
    ).first()
    if waiting:
        return waiting
    job = Job.objects.create(
        project=project, kind=kind, object_id=object_id, created_by=by, asked_at=timezone.now()
    )
    enqueue("jobs", _EXECUTE, str(job.pk))
    return job


def run_job(job_id: str | UUID) -> None:
    """Do the job unless it is done or another process is at it. Safe to call at any time."""
    job = _claim(job_id)
    if job is None:
        return
    with beating(partial(_renew, job), f"job-{job.pk}") as lost:
        try:
            _kinds[job.kind].function(job, Progress(job, lost))
        except LeaseLost:
            _log.warning("Job %s was taken over by another process.", job.pk)
        except (OperationalError, InterfaceError):
            raise  # PostgreSQL is away: the lease runs out and the job is taken up again
        except (StowageError, OdooError) as error:
            _finish(job, JobState.FAILED, redact(str(error)))
        except Exception as error:  # noqa: BLE001 - every failure ends in a state
            message = _OUR_BUG.format(kind=type(error).__name__)
            _finish(job, JobState.ERRORED, message, redact(traceback.format_exc()))
        else:
            _finish(job, JobState.SUCCEEDED, "")


def ask_again(now: datetime) -> int:
    """Put on the queue again what has no live hands: pending jobs asked for over 5 s ago and
    running ones whose lease is over. How many there were."""
    lost = Q(state=JobState.RUNNING, lease_until__lt=now)
    idle = Q(asked_at__isnull=True) | Q(asked_at__lt=now - _ASKED_AGAIN_AFTER)
    asked = 0
    for job in Job.objects.filter(Q(state=JobState.PENDING) | lost).filter(idle):
        mine = Job.objects.filter(pk=job.pk, state=job.state, asked_at=job.asked_at)
        if mine.update(asked_at=now):
            enqueue("jobs", _EXECUTE, str(job.pk), once=True)
            asked += 1
    return asked


def _claim(job_id: str | UUID) -> Job | None:
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        return None
    lapsed = Q(state=JobState.RUNNING, lease_until__lt=Now())
    claimed = (
        Job.objects.filter(pk=job.pk, attempt=job.attempt)
        .filter(Q(state=JobState.PENDING) | lapsed)
        .update(
            state=JobState.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=Now() + _LEASE,
            started_at=Now(),
            done=0,
            message="",
        )
    )
    if not claimed:
        return None
    job.attempt += 1
    job.state = JobState.RUNNING
    if job.attempt > job_attempts():
        _finish(job, JobState.FAILED, _DIED.format(n=job.attempt - 1))
        return None
    return job


def _held(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING)


def _renew(job: Job) -> bool:
    return bool(_held(job).update(lease_until=Now() + _LEASE))


@transaction.atomic
def _finish(job: Job, state: JobState, message: str, trace: str = "") -> None:
    changes = {"state": state, "message": message, "traceback": trace, "lease_until": None}
    if not _held(job).update(**changes, ended_at=Now()):
        return
    if state is JobState.SUCCEEDED:
        Job.objects.filter(pk=job.pk, total__isnull=False).update(done=F("total"))
        return
    _log.warning("Job %s (%s) %s: %s", job.pk, job.kind, state.value, message)
    kind = _kinds.get(job.kind)
    if kind and kind.after_failure:
        kind.after_failure(job, message)
