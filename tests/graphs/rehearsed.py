"""Lets a rehearsal go on to its end: hands, and dispatch between them."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from graphs.dispatching import tick
from graphs.models import Rehearsal


def act(drain: Callable[[], int], rehearsal: Rehearsal) -> Rehearsal:
    drain()
    for minute in range(1, 9):
        tick(timezone.now() + timedelta(minutes=minute))
        drain()
        rehearsal.refresh_from_db()
        if rehearsal.is_finished:
            break
    return rehearsal
