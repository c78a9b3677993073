"""A run tried out and undone, and the certificate that comes of it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from graphs.choices import RehearsalState
from importer.models.base import PublicObject


class Rehearsal(PublicObject):
    """Run, rollback, comparison on a sandbox or staging database. Once it has passed, the row is
    the certificate for its release (``version_sha256``) and dataset (``dataset_sha256``).

    A canary is one of few rows of a ``plan``, ``rows_a_node`` of each node: run and rolled back
    without comparing snapshots, and no certificate."""

    version = models.ForeignKey(
        "graphs.GraphVersion", on_delete=models.PROTECT, related_name="rehearsals"
    )
    dataset = models.ForeignKey("importer.Dataset", on_delete=models.PROTECT)
    connection = models.ForeignKey("importer.Connection", on_delete=models.PROTECT)
    run = models.OneToOneField(
        "graphs.GraphRun", on_delete=models.PROTECT, related_name="rehearsal"
    )
    rollback = models.OneToOneField(
        "graphs.GraphRun", null=True, on_delete=models.PROTECT, related_name="rehearsed"
    )
    state = models.CharField(
        max_length=16, choices=RehearsalState.choices, default=RehearsalState.LOOKING
    )
    plan = models.ForeignKey(
        "graphs.GraphRun", null=True, blank=True, on_delete=models.PROTECT, related_name="canaries"
    )
    rows_a_node = models.PositiveIntegerField(null=True, blank=True)  # of a canary
    version_sha256 = models.CharField(max_length=64)
    dataset_sha256 = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=200, blank=True, default="")
    before_as = models.CharField(max_length=500, blank=True, default="")
    after_as = models.CharField(max_length=500, blank=True, default="")
    counts = models.JSONField(default=dict)  # of the run, by counter; records: before and after
    differences = models.JSONField(default=list)  # the first of them
    n_differences = models.BigIntegerField(null=True)
    not_looked_at = models.JSONField(default=list)
    error_message = models.TextField(blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)  # who takes or compares a snapshot
    asked_at = models.DateTimeField(null=True, blank=True)  # last put on the queue
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=("version_sha256", "dataset_sha256"), name="rehearsal_of_what"),
        )

    def __str__(self) -> str:
        what = "Canary" if self.is_canary else "Rehearsal"
        return f"{what} {self.pk.hex[:8]} of {self.version}"

    @property
    def is_canary(self) -> bool:
        return self.rows_a_node is not None

    @property
    def is_finished(self) -> bool:
        return self.state in RehearsalState.ended()
