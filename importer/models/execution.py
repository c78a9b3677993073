"""Work that is tracked: SQL or model steps of a run, and background jobs that are no run."""

from django.conf import settings
from django.db import models

from importer.choices import ExecutionState, JobKind, JobState
from importer.models.base import PublicObject


class Execution(PublicObject):
    """One tracked SQL or model step: the full SQL, its outputs, state and error. Always kept."""

    title = models.CharField(max_length=200)
    sql = models.TextField()
    state = models.CharField(
        max_length=16, choices=ExecutionState.choices, default=ExecutionState.RUNNING
    )
    inputs = models.JSONField(default=list)  # [{name, sha256}, ...]
    output = models.CharField(max_length=500, blank=True, default="")  # name in the storage
    output_sha256 = models.CharField(max_length=64, blank=True, default="")
    n_rows = models.BigIntegerField(null=True)
    inputs_sha256 = models.CharField(max_length=64, blank=True, default="")
    outcome = models.JSONField(default=dict, blank=True)  # what came of it besides the output
    error = models.TextField(blank=True, default="")
    seconds = models.FloatField(null=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (
            models.Index(
                fields=("project", "inputs_sha256"),
                condition=~models.Q(inputs_sha256=""),
                name="execution_by_inputs",
            ),
        )

    def __str__(self) -> str:
        return self.title


class Job(PublicObject):
    """Background work that is no run. Dispatch serves it like a run: what is pending or lost its
    lease is enqueued again."""

    kind = models.CharField(max_length=32, choices=JobKind.choices)
    object_id = models.UUIDField()
    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.PENDING)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)  # last put on the queue
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    message = models.TextField(blank=True, default="")
    traceback = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (
            models.Index(
                fields=("created_at",),
                condition=models.Q(state__in=("pending", "running")),
                name="job_unfinished",
            ),
            models.Index(fields=("object_id",), name="job_by_object"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"
