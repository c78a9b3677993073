"""What the profile of a dataset said, kept as facts; made anew when their shape changes."""

from django.db import models

from importer.models.base import ProjectOwned
from importer.models.dataset import Dataset, Sheet


class DatasetProfile(ProjectOwned):
    """The facts of a dataset, but for those of its sheets (``importer.data.profiling.facts``)."""

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="profile")
    version = models.PositiveIntegerField()  # of the facts' shape
    score = models.PositiveSmallIntegerField()
    facts = models.JSONField(default=dict)
    seconds = models.FloatField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.dataset}: {self.score}"


class SheetProfile(ProjectOwned):
    """The facts of one sheet."""

    profile = models.ForeignKey(DatasetProfile, on_delete=models.CASCADE, related_name="sheets")
    sheet = models.OneToOneField(Sheet, on_delete=models.CASCADE, related_name="profile")
    score = models.PositiveSmallIntegerField()
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ("sheet__position",)

    def __str__(self) -> str:
        return f"{self.sheet}: {self.score}"
