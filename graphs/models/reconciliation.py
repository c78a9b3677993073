"""What a run's sheets said held against what Odoo says, and who signed for it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from graphs.choices import ReconciliationOrigin, ReconciliationState
from importer.models.base import PublicObject


class Reconciliation(PublicObject):
    """One report. Once it is ready its content (``report``, and the file of differences whose hash
    is in it) never changes; once it is signed the database refuses every change of the row."""

    run = models.ForeignKey(
        "graphs.GraphRun", on_delete=models.PROTECT, related_name="reconciliations"
    )
    origin = models.CharField(max_length=8, choices=ReconciliationOrigin.choices)
    attempt = models.PositiveIntegerField()  # of the run
    state = models.CharField(
        max_length=8, choices=ReconciliationState.choices, default=ReconciliationState.PENDING
    )
    report = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True, default="")  # of the canonical report
    differences_as = models.CharField(max_length=500, blank=True, default="")  # a Parquet
    n_differences = models.BigIntegerField(null=True)
    is_equal = models.BooleanField(null=True)
    error_message = models.TextField(blank=True, default="")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_name = models.CharField(max_length=300, blank=True, default="")  # as it was then
    signed_role = models.CharField(max_length=40, blank=True, default="")
    signed_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("run", "attempt"),
                condition=models.Q(origin="run"),
                name="one_reconciliation_per_attempt",
            ),
        )

    def __str__(self) -> str:
        return f"Reconciliation {self.pk.hex[:8]} of {self.run}"

    @property
    def is_finished(self) -> bool:
        return self.state in ReconciliationState.ended()

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None
