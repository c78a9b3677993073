"""Who has agreed to a plan: rows that are only ever added."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from importer.models.base import PublicObject


class PlanAgreement(PublicObject):
    """A person agrees to the plan of a dry run, or, while a run that applies it is paused because
    one node would come to another plan by now, to that node's new plan (``run``, ``node_id``).
    ``sha256`` is over what was agreed to; release and dataset are those of that moment."""

    plan = models.ForeignKey("graphs.GraphRun", on_delete=models.PROTECT, related_name="agreements")
    run = models.ForeignKey(
        "graphs.GraphRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    node_id = models.CharField(max_length=100, blank=True, default="")
    sha256 = models.CharField(max_length=64)
    newest_release = models.CharField(max_length=64)
    newest_dataset = models.UUIDField()
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"Agreement to plan {self.plan_id.hex[:8]}"
