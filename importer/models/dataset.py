"""Uploaded files and the immutable sheets read from them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from importer.choices import DatasetState
from importer.models.base import ProjectOwned, PublicObject


class Dataset(PublicObject):
    """One upload of one or more files. Its sheets never change; a corrected dataset is a new one
    that is ``derived_from`` the first."""

    name = models.CharField(_("name"), max_length=300)
    state = models.CharField(
        max_length=16, choices=DatasetState.choices, default=DatasetState.UPLOADED
    )
    sha256 = models.CharField(max_length=64)  # over the files' hashes and the options
    options = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True, default="")
    derived_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="derived"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ready_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("project", "sha256"), name="dataset_by_hash"),)

    def __str__(self) -> str:
        return self.name


class DatasetFile(ProjectOwned):
    """One uploaded file, kept as it came."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=300)
    size = models.BigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=500)  # name in the default storage

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class DatasetAsset(ProjectOwned):
    """A file inside one of the dataset's archives, which rows may name: a picture, a document. Its
    bytes stay in the archive until a row is prepared that wants them."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="assets")
    file = models.ForeignKey(DatasetFile, on_delete=models.CASCADE, related_name="assets")
    name = models.CharField(max_length=1000)  # its path inside, as rows name it
    member = models.CharField(max_length=1000)  # as the archive has it
    size = models.BigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class Sheet(ProjectOwned):
    """One sheet as an immutable Parquet: ``_row`` (as the user sees it), then each cell as text,
    NULL where the file has nothing."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="sheets")
    file = models.ForeignKey(DatasetFile, on_delete=models.CASCADE, related_name="sheets")
    name = models.CharField(max_length=300)
    position = models.PositiveIntegerField()
    columns = models.JSONField(default=list)  # [{name, header}, ...]
    n_rows = models.BigIntegerField()
    header_row = models.PositiveIntegerField(default=1)
    stored_as = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    notices = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("dataset", "name"), name="sheet_name_in_dataset"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def column_names(self) -> list[str]:
        return [column["name"] for column in self.columns]
