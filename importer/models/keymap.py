"""What we know of Odoo's records: the key map, and each record before and after we touched it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from importer.choices import IssueLevel, IssueStage, KeyMapOrigin, KeyMapState
from importer.models.base import ProjectOwned


class KeyMap(ProjectOwned):
    """(connection, entity, source key) to an Odoo record. ``ref`` is an external id only where it
    is not the computed one."""

    # The database holds the load that writes an entry to the same three, so it need not look each
    # of them up for each row.
    project = models.ForeignKey(
        "importer.Project", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    # No indexes of their own: the constraint below has both, and each one more is written a row.
    connection = models.ForeignKey(
        "importer.Connection", on_delete=models.CASCADE, db_index=False, db_constraint=False
    )
    entity = models.ForeignKey(
        "importer.Entity", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    key_hash = models.BinaryField(max_length=16)  # blake2b-128 of source_key
    source_key = models.TextField()  # JSON array of the key columns' trimmed NFC texts
    odoo_model = models.CharField(max_length=128)
    odoo_id = models.BigIntegerField()
    ref = models.CharField(max_length=200, blank=True, default="")
    origin = models.CharField(max_length=8, choices=KeyMapOrigin.choices)
    state = models.CharField(max_length=16, choices=KeyMapState.choices, default=KeyMapState.LIVE)
    note = models.TextField(blank=True, default="")  # why archived or kept
    sent_hash = models.BinaryField(max_length=16, null=True)
    sent_fields = models.BinaryField(null=True)  # 8 bytes a field, in sent_load's order
    sent_load = models.ForeignKey(
        "importer.Load",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    write_date = models.CharField(max_length=32, blank=True, default="")  # Odoo's own text
    created_batch = models.BigIntegerField(null=True)  # made this entry, and the record if created
    last_batch = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("key map entry")
        verbose_name_plural = _("key map")
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "entity", "key_hash"), name="one_keymap_per_key"
            ),
        )
        indexes = (
            models.Index(fields=("connection", "odoo_model", "odoo_id"), name="keymap_by_record"),
            models.Index(fields=("created_batch",), name="keymap_created_batch"),
            models.Index(fields=("last_batch",), name="keymap_last_batch"),
        )

    def __str__(self) -> str:
        return f"{self.source_key} -> {self.odoo_model},{self.odoo_id}"


class DeferredLink(ProjectOwned):
    """A reference that was cut out of a cycle: it waits until ``written_at`` says when its load
    wrote it. ``target`` is the entity it points at, ``target_key`` the key there (a JSON array of
    keys where the field holds several)."""

    keymap = models.ForeignKey(
        KeyMap, on_delete=models.CASCADE, related_name="links", db_constraint=False
    )
    field = models.CharField(max_length=160)
    target = models.CharField(max_length=40)
    target_key = models.TextField()
    load = models.ForeignKey("importer.Load", on_delete=models.CASCADE, related_name="links")
    created_at = models.DateTimeField(auto_now_add=True)
    written_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("deferred link")
        verbose_name_plural = _("deferred links")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("keymap", "field"), name="one_link_per_field"),
        )

    def __str__(self) -> str:
        return f"{self.field} of {self.keymap_id} -> {self.target} {self.target_key}"


class Change(ProjectOwned):
    """One record before and after one batch touched it, read from Odoo both times."""

    load = models.ForeignKey("importer.Load", on_delete=models.CASCADE, related_name="changes")
    batch = models.ForeignKey("importer.Batch", on_delete=models.CASCADE, related_name="changes")
    keymap = models.ForeignKey(
        KeyMap,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_constraint=False,
    )
    odoo_model = models.CharField(max_length=128)
    odoo_id = models.BigIntegerField()
    lang = models.CharField(max_length=16, blank=True, default="")
    company = models.BigIntegerField(default=0)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    closing = models.JSONField(null=True)
    keymap_before = models.JSONField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("batch", "odoo_model", "odoo_id", "lang", "company"),
                name="one_change_per_record",
            ),
        )
        indexes = (
            models.Index(fields=("load",), name="change_by_load"),
            models.Index(fields=("project", "odoo_model", "odoo_id"), name="change_by_record"),
        )

    def __str__(self) -> str:
        return f"{self.odoo_model},{self.odoo_id} in batch {self.batch_id}"


class Issue(ProjectOwned):
    """One row's problem from prepare, plan, Odoo or verify: the only store of row errors.
    Rows of an older attempt are replaced, so the list is always the current truth."""

    load = models.ForeignKey("importer.Load", on_delete=models.CASCADE, related_name="issues")
    stage = models.CharField(max_length=8, choices=IssueStage.choices)
    level = models.CharField(max_length=8, choices=IssueLevel.choices, default=IssueLevel.ERROR)
    position = models.BigIntegerField()  # prepared position
    sheet = models.CharField(max_length=300)
    row = models.BigIntegerField()  # as the user sees it
    column = models.CharField(max_length=300, blank=True, default="")
    value = models.TextField(blank=True, default="")
    field = models.CharField(max_length=160, blank=True, default="")
    code = models.CharField(max_length=48)
    message = models.TextField()
    group_key = models.CharField(max_length=200)  # one cause, many rows
    source_key = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        ordering = ("row", "id")
        indexes = (
            models.Index(fields=("load", "code"), name="issue_by_code"),
            models.Index(fields=("load", "position"), name="issue_by_position"),
        )

    def __str__(self) -> str:
        return f"{self.sheet}, row {self.row}: {self.message}"
