"""Puts work on django-rq's queues. Redis is only hands: when it is away the work stays in
PostgreSQL, and dispatch enqueues it later.
"""

import logging
import uuid
from typing import Literal

import django_rq
from django.db import transaction
from redis.exceptions import RedisError

Queue = Literal["runs", "jobs"]

_DAY = 24 * 60 * 60
_log = logging.getLogger(__name__)


def enqueue(
    queue: Queue,
    function: str,
    *args: str | int,
    on_commit: bool = True,
    once: bool = False,
) -> None:
    """Enqueue a function by its dotted path, with ids as arguments.

    ``on_commit``: not before the current transaction commits. ``once``: not when the same call is
    waiting on the queue already. A Redis that is away is logged, never raised.
    """
    if on_commit:
        transaction.on_commit(lambda: _put(queue, function, args, once=once))
    else:
        _put(queue, function, args, once=once)


def _put(queue: Queue, function: str, args: tuple[str | int, ...], *, once: bool) -> None:
    name = "-".join((function.rpartition(".")[2], *map(str, args)))
    try:
        rq_queue = django_rq.get_queue(queue, commit_mode="auto")
        if once and any(job_id.startswith(f"{name}-at-") for job_id in rq_queue.get_job_ids()):
            return
        rq_queue.enqueue_call(
            function,
            args=args,
            job_id=f"{name}-at-{uuid.uuid4().hex[:12]}",
            timeout=-1,
            result_ttl=0,
            failure_ttl=_DAY,
        )
    except (RedisError, OSError) as error:
        _log.warning(
            "%s could not be enqueued (%s); dispatch will do it.",
            name,
            type(error).__name__,
        )
