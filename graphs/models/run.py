"""One execution of a released graph, and of each of its nodes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from graphs.choices import NodeStatus, RunKind, RunStatus
from importer.choices import Depth, SideEffect
from importer.models.base import ProjectOwned, PublicObject


class GraphRun(PublicObject):
    """One execution of a version on a dataset and a connection. Cancelling is
    ``cancel_requested_at``, not a status: what is in doubt is settled first."""

    kind = models.CharField(max_length=16, choices=RunKind.choices, default=RunKind.LOAD)
    version = models.ForeignKey(
        "graphs.GraphVersion", on_delete=models.PROTECT, related_name="runs"
    )
    dataset = models.ForeignKey("importer.Dataset", null=True, on_delete=models.PROTECT)
    connection = models.ForeignKey("importer.Connection", on_delete=models.PROTECT)
    reverts = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rollbacks",
    )
    follows = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="followers",
    )
    applies = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="applications",
    )  # the dry run whose agreed plan this run comes to
    status = models.CharField(max_length=24, choices=RunStatus.choices, default=RunStatus.PENDING)
    attempt = models.PositiveIntegerField(default=1)
    dry_run = models.BooleanField(default=False)
    options = models.JSONField(default=dict, blank=True)
    sheets = models.JSONField(default=dict)  # entity -> sheet id
    keys = models.JSONField(null=True, blank=True)  # entity -> keys
    last_event = models.BigIntegerField(default=0)
    percentage = models.FloatField(default=0)  # never falls within an attempt
    error_message = models.TextField(blank=True, default="")
    asked_at = models.DateTimeField(null=True, blank=True)  # last put on the queue
    checked_at = models.DateTimeField(null=True, blank=True)  # target known, schema read afresh
    lease_until = models.DateTimeField(null=True, blank=True)  # who checks the target, till when
    waiting_since = models.DateTimeField(null=True, blank=True)  # for its connection to be free
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=("project", "-created_at"), name="run_newest"),
            models.Index(
                fields=("created_at",),
                condition=models.Q(status__in=("pending", "running", "paused")),
                name="run_unfinished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk.hex[:8]} of {self.version}"

    @property
    def side_effects(self) -> list[str]:
        """What Odoo may do besides storing, in words."""
        return [str(SideEffect(one).label) for one in self.options.get("side_effects") or ()]

    @property
    def depth(self) -> str:
        """How deep a dry run looks: a value of ``Depth``."""
        return str(self.options.get("depth") or Depth.LOCAL)

    @property
    def depth_label(self) -> str:
        return str(Depth(self.depth).label)

    @property
    def is_finished(self) -> bool:
        return self.status not in RunStatus.unfinished()


class NodeRun(ProjectOwned):
    """One node of a run; its Load holds the counters, its Execution the SQL that prepared it."""

    run = models.ForeignKey(GraphRun, on_delete=models.CASCADE, related_name="node_runs")
    node_id = models.CharField(max_length=100)
    position = models.PositiveIntegerField()  # in topological order
    level = models.PositiveIntegerField(default=0)  # for display only
    status = models.CharField(max_length=24, choices=NodeStatus.choices, default=NodeStatus.PENDING)
    odoo_model = models.CharField(max_length=128)
    sheet_rows = models.BigIntegerField(default=0)  # rows of the sheet, until prepared
    load = models.OneToOneField(
        "importer.Load", null=True, on_delete=models.PROTECT, related_name="node_run"
    )
    execution = models.OneToOneField(
        "importer.Execution",
        null=True,
        on_delete=models.PROTECT,
        related_name="node_run",
    )
    asked_at = models.DateTimeField(null=True, blank=True)  # hands last put on the queue
    error_message = models.TextField(blank=True, default="")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("run", "node_id"), name="one_node_run_per_node"),
        )

    def __str__(self) -> str:
        return self.node_id
