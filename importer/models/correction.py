"""What people correct in a dataset's cells: waiting until a corrected dataset is made of it, and
kept for ever after.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import MD5
from django.utils.translation import gettext_lazy as _

from importer.models.base import ProjectOwned, PublicObject


class ReturnedWorkbook(PublicObject):
    """A workbook of rows to correct that came back, kept as it came. ``made``: the dataset that
    was made of it, none before somebody agreed to what it changes."""

    dataset = models.ForeignKey(
        "importer.Dataset", on_delete=models.CASCADE, related_name="workbooks"
    )
    name = models.CharField(max_length=300)
    size = models.BigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=500)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made = models.ForeignKey(
        "importer.Dataset", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("returned workbook")
        verbose_name_plural = _("returned workbooks")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name


class Correction(ProjectOwned):
    """One cell of ``dataset`` (an empty ``column``: the whole row is left out), or the same in
    ``made``, the dataset that was derived with it; until then it waits. NULL is an empty cell."""

    dataset = models.ForeignKey(
        "importer.Dataset", on_delete=models.CASCADE, related_name="corrections"
    )
    made = models.ForeignKey(
        "importer.Dataset", null=True, on_delete=models.CASCADE, related_name="made_of"
    )
    sheet = models.CharField(max_length=300)
    row = models.BigIntegerField()  # as the user sees it
    column = models.TextField(blank=True, default="")
    old = models.TextField(null=True)  # noqa: DJ001 - as in sheets, NULL is an empty cell
    new = models.TextField(null=True)  # noqa: DJ001
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now=True)
    workbook = models.ForeignKey(
        ReturnedWorkbook, null=True, on_delete=models.SET_NULL, related_name="corrections"
    )

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("sheet", "row", "id")
        constraints = (
            models.UniqueConstraint(
                "dataset", "sheet", "row", MD5("column"), name="one_correction_per_cell"
            ),
        )

    def __str__(self) -> str:
        return f"{self.sheet}, row {self.row}, {self.column or 'whole row'}"
