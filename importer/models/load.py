"""One mapping loaded into one connection, cut into batches that are exact under any fault."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from importer.choices import BatchKind, BatchState, Depth, LoadKind, LoadState, Outcome
from importer.models.base import ProjectOwned


class Load(ProjectOwned):
    """Kind load: one mapping into one connection. Kind undo: reverts a load. ``mapping`` is the
    frozen JSON that the node handed over; nothing else is read while it runs."""

    kind = models.CharField(max_length=8, choices=LoadKind.choices, default=LoadKind.LOAD)
    reverts = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undos"
    )
    connection = models.ForeignKey("importer.Connection", on_delete=models.PROTECT)
    entity = models.ForeignKey("importer.Entity", on_delete=models.PROTECT)
    odoo_model = models.CharField(max_length=128)
    mapping = models.JSONField(default=dict)
    mapping_sha256 = models.CharField(max_length=64, blank=True, default="")
    sheet = models.ForeignKey("importer.Sheet", null=True, on_delete=models.PROTECT)
    prepared_as = models.CharField(max_length=500, blank=True, default="")
    prepared_sha256 = models.CharField(max_length=64, blank=True, default="")
    fields = ArrayField(models.CharField(max_length=160), default=list)  # order of sent_fields
    keys = ArrayField(models.TextField(), null=True, blank=True)  # chosen keys only; null = all
    high_water = models.BigIntegerField(null=True)
    state = models.CharField(max_length=16, choices=LoadState.choices, default=LoadState.PENDING)
    dry_run = models.BooleanField(default=False)
    depth = models.CharField(
        max_length=8, choices=Depth.choices, default=Depth.LOCAL
    )  # of a dry run
    agreed_plan = models.ForeignKey(
        "importer.Plan", null=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed = models.JSONField(default=dict, blank=True)  # the files that a person has agreed to
    lease_until = models.DateTimeField(null=True, blank=True)  # prepare, plan and verify
    worker = models.CharField(max_length=100, blank=True, default="")
    attempt = models.PositiveIntegerField(default=0)
    rows_total = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    adopted = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    blocked = models.BigIntegerField(default=0)
    removed = models.BigIntegerField(default=0)  # undo only
    restored = models.BigIntegerField(default=0)  # undo only
    archived = models.BigIntegerField(default=0)  # vanished rows; of an undo what had to stay
    kept = models.BigIntegerField(default=0)  # undo only
    vanished = models.JSONField(default=dict, blank=True)  # see engine/vanishing.py
    winner = models.CharField(max_length=8, blank=True, default="")  # of conflicts, by a retry
    verification = models.JSONField(default=dict, blank=True)
    pace = models.JSONField(default=dict, blank=True)  # kind of batch -> how much is sent at once
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    COUNTERS = (
        "created",
        "updated",
        "adopted",
        "unchanged",
        "skipped",
        "archived",
        "failed",
        "blocked",
    )
    UNDO_COUNTERS = ("removed", "restored", "archived", "kept", "unchanged", "failed")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}: {self.odoo_model}"

    @property
    def rows_done(self) -> int:
        """Rows that have an end: every counter together."""
        names = self.UNDO_COUNTERS if self.kind == LoadKind.UNDO else self.COUNTERS
        return sum(getattr(self, name) for name in names)


class Plan(ProjectOwned):
    """An immutable Parquet of verdicts, sorted by level, verdict, group, stream and key. Retries,
    chosen keys and found records are the next pass."""

    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="plans")
    pass_number = models.PositiveIntegerField(default=1)
    depth = models.CharField(max_length=16, default="local")  # how deep a dry run has looked
    counts = models.JSONField(default=dict)  # verdict -> rows
    n_rows = models.BigIntegerField(default=0)
    stored_as = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    inputs_sha256 = models.CharField(max_length=64)
    befores_as = models.CharField(max_length=500, blank=True, default="")  # what updates would find
    befores_sha256 = models.CharField(max_length=64, blank=True, default="")
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("load", "pass_number"), name="one_plan_per_pass"),
        )

    def __str__(self) -> str:
        return f"Plan {self.pass_number} of load {self.load_id}"


class Batch(ProjectOwned):
    """A range of a plan's rows, claimed with SKIP LOCKED and sent in one call."""

    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="batches")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="batches")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=BatchKind.choices)
    level = models.PositiveIntegerField(default=0)
    group = models.PositiveIntegerField(default=0)
    stream = models.PositiveSmallIntegerField(default=0)
    first_pos = models.BigIntegerField()  # row number in the plan file, from 0
    n_rows = models.PositiveIntegerField()
    ejected = ArrayField(models.BigIntegerField(), default=list)  # plan positions taken out
    fields = ArrayField(models.CharField(max_length=160), default=list)
    refs = models.JSONField(default=dict, blank=True)
    context = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=16, choices=BatchState.choices, default=BatchState.READY)
    attempt = models.PositiveIntegerField(default=0)
    transients = models.PositiveIntegerField(default=0)  # in a row
    epoch = models.BigIntegerField(default=0)
    worker = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    payload_sha256 = models.CharField(max_length=64, blank=True, default="")
    witness = models.CharField(max_length=160, blank=True, default="")  # one external id of it
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "batches"
        constraints = (models.UniqueConstraint(fields=("load", "seq"), name="one_batch_per_seq"),)
        indexes = (
            models.Index(
                fields=("load", "seq"),
                condition=models.Q(state__in=("ready", "waiting", "in_doubt")),
                name="batch_claimable",
            ),
            models.Index(
                fields=("lease_until",),
                condition=models.Q(state__in=("claimed", "sending")),
                name="batch_leased",
            ),
        )

    def __str__(self) -> str:
        return f"Batch {self.seq} of load {self.load_id}"

    def look_again(self) -> None:
        """Its own columns as they are now; its load and plan stay the objects that they are."""
        own = [one.name for one in self._meta.concrete_fields if not one.is_relation]
        self.refresh_from_db(fields=own)


class Attempt(ProjectOwned):
    """One try of a batch: journaled before the first byte, closed with the answer."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="attempts")
    n = models.PositiveIntegerField()
    epoch = models.BigIntegerField()
    worker = models.CharField(max_length=100, blank=True, default="")
    payload_sha256 = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")
    milliseconds = models.PositiveIntegerField(null=True)
    n_bytes = models.BigIntegerField(default=0)
    message = models.TextField(blank=True, default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("batch", "n"), name="one_attempt_per_n"),)

    def __str__(self) -> str:
        return f"Attempt {self.n} of batch {self.batch_id}"


class TargetLease(ProjectOwned):
    """Who may write to (connection, model) now. The epoch only grows; an answer that carries an
    older one is dropped."""

    connection = models.ForeignKey("importer.Connection", on_delete=models.CASCADE)
    odoo_model = models.CharField(max_length=128)
    load = models.ForeignKey(Load, null=True, on_delete=models.SET_NULL, related_name="+")
    epoch = models.BigIntegerField(default=0)
    fence_xid = models.CharField(max_length=160, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "odoo_model"), name="one_lease_per_model"
            ),
        )

    def __str__(self) -> str:
        return f"{self.odoo_model} on {self.connection_id}: epoch {self.epoch}"
