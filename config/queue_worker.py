"""The RQ worker as Stowage runs it: a Valkey that was away for long is noticed within a second."""

from rq import Worker


class QueueWorker(Worker):
    """RQ's own doubles its pause with each failed look, up to a minute."""

    exponential_backoff_factor = 1.0
