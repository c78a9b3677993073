"""States of runs and nodes, levels of the log, kinds of events.

GraphRun: pending -> running -> completed | completed_with_errors | failed | errored | cancelled,
with paused in between; a rolled back run goes rolling_back -> rolled_back | rollback_incomplete.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from importer.choices import ColouredChoices


class RunKind(models.TextChoices):
    LOAD = "load", _("Load")
    ROLLBACK = "rollback", _("Rollback")


class RunStatus(ColouredChoices):
    PENDING = "pending", "grey", _("Pending")  # a row, nothing begun
    RUNNING = "running", "blue", _("Running")
    PAUSED = (
        "paused",
        "amber",
        _("Paused"),
    )  # a person must act: key refused, batch stalled
    COMPLETED = (
        "completed",
        "green",
        _("Completed"),
    )  # also when there was nothing to do
    COMPLETED_WITH_ERRORS = "completed_with_errors", "amber", _("Completed with errors")
    FAILED = (
        "failed",
        "red",
        _("Failed"),
    )  # your data: nothing was loaded, or a node said halt
    ERRORED = "errored", "red", _("Errored")  # our bug, traceback in the log
    CANCELLED = "cancelled", "grey", _("Cancelled")
    ROLLING_BACK = "rolling_back", "blue", _("Rolling back")
    ROLLED_BACK = "rolled_back", "grey", _("Rolled back")
    ROLLBACK_INCOMPLETE = "rollback_incomplete", "amber", _("Rollback incomplete")

    @classmethod
    def unfinished(cls) -> tuple[str, ...]:
        return (cls.PENDING, cls.RUNNING, cls.PAUSED)

    @classmethod
    def retryable(cls) -> tuple[str, ...]:
        return (cls.COMPLETED_WITH_ERRORS, cls.FAILED, cls.ERRORED, cls.CANCELLED)

    @classmethod
    def can_be_rolled_back(cls) -> tuple[str, ...]:
        return (
            cls.COMPLETED,
            cls.COMPLETED_WITH_ERRORS,
            cls.FAILED,
            cls.ERRORED,
            cls.CANCELLED,
            cls.ROLLBACK_INCOMPLETE,
        )


class OnBusy(models.TextChoices):
    """What a start does while another run writes to the connection."""

    REFUSE = "refuse", _("Refuse to start")
    WAIT = "wait", _("Wait until it is free")


class RehearsalState(ColouredChoices):
    LOOKING = "looking", "blue", _("Taking a snapshot")
    RUNNING = "running", "blue", _("Running")
    UNDOING = "undoing", "blue", _("Rolling back and comparing")
    PASSED = "passed", "green", _("Passed")  # the row is a certificate
    FAILED = "failed", "red", _("Failed")

    @classmethod
    def ended(cls) -> tuple[str, ...]:
        return (cls.PASSED, cls.FAILED)


class ReconciliationOrigin(models.TextChoices):
    RUN = "run", _("At the end of the run")
    ASKED = "asked", _("Asked for")


class ReconciliationState(ColouredChoices):
    PENDING = "pending", "grey", _("Pending")
    RUNNING = "running", "blue", _("Running")
    READY = "ready", "green", _("Ready")  # its content never changes any more
    FAILED = "failed", "red", _("Failed")

    @classmethod
    def ended(cls) -> tuple[str, ...]:
        return (cls.READY, cls.FAILED)


class NodeStatus(ColouredChoices):
    PENDING = "pending", "grey", _("Pending")  # waits for its own parents only
    PREPARING = "preparing", "blue", _("Preparing")
    RUNNING = "running", "blue", _("Running")
    COMPLETED = "completed", "green", _("Completed")
    COMPLETED_WITH_ERRORS = "completed_with_errors", "amber", _("Completed with errors")
    FAILED = "failed", "red", _("Failed")
    ERRORED = "errored", "red", _("Errored")
    BLOCKED = "blocked", "amber", _("Blocked")  # a parent node ended in a halt
    SKIPPED = "skipped", "grey", _("Skipped")
    CANCELLED = "cancelled", "grey", _("Cancelled")

    @classmethod
    def unfinished(cls) -> tuple[str, ...]:
        return (cls.PENDING, cls.PREPARING, cls.RUNNING)

    @classmethod
    def passed(cls) -> tuple[str, ...]:
        """Ends after which children may start."""
        return (cls.COMPLETED, cls.COMPLETED_WITH_ERRORS, cls.FAILED, cls.SKIPPED)


class LogLevel(ColouredChoices):
    DEBUG = "debug", "grey", _("Debug")
    INFO = "info", "blue", _("Info")
    WARNING = "warning", "amber", _("Warning")
    ERROR = "error", "red", _("Error")


class EventKind(models.TextChoices):
    RUN = "run", _("Run changed")
    NODE = "node", _("Node changed")
    BATCH = "batch", _("Batch committed")
    LOG = "log", _("Logged")
