"""What happened: the log people read, the ordered events that pages resume.

Nothing has a foreign key to these two, so that they can be partitioned.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from graphs.choices import EventKind, LogLevel
from importer.models.base import ProjectOwned


class RunLog(ProjectOwned):
    """One line of a run's log; for row errors the count and the first rows, the rows are Issues."""

    run = models.ForeignKey("graphs.GraphRun", on_delete=models.CASCADE, related_name="logs")
    node_id = models.CharField(max_length=100, blank=True, default="")
    batch = models.BigIntegerField(null=True)
    level = models.CharField(max_length=8, choices=LogLevel.choices, default=LogLevel.INFO)
    message = models.TextField()
    error_type = models.CharField(max_length=200, blank=True, default="")
    traceback = models.TextField(blank=True, default="")  # of our own bugs only
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("log line")
        verbose_name_plural = _("logs")
        ordering = ("id",)
        indexes = (models.Index(fields=("run", "id"), name="runlog_by_run"),)

    def __str__(self) -> str:
        return self.message[:80]


class Event(ProjectOwned):
    """One entry of a run's ordered feed; ``seq`` is taken under the run's row lock."""

    run = models.ForeignKey("graphs.GraphRun", on_delete=models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=EventKind.choices)
    node_id = models.CharField(max_length=100, blank=True, default="")
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ("seq",)
        constraints = (models.UniqueConstraint(fields=("run", "seq"), name="one_event_per_seq"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"
