"""A graph of models to load, and its frozen releases."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from importer.models.base import ProjectOwned, PublicObject


class Graph(PublicObject):
    """The draft. ``spec``: {nodes: [{id, type, data}], edges: [{source, target}]}."""

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True, default="")
    spec = models.JSONField(default=dict)
    connection = models.ForeignKey(
        "importer.Connection",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    dataset = models.ForeignKey(
        "importer.Dataset",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    updated_at = models.DateTimeField(auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("project", "name"), name="graph_name_in_project"),
        )

    def __str__(self) -> str:
        return self.name


class GraphVersion(ProjectOwned):
    """A release: spec, full mappings and value maps frozen together. A run reads nothing else."""

    graph = models.ForeignKey(Graph, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    frozen = models.JSONField()
    sha256 = models.CharField(max_length=64)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    released_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("graph", "number"), name="one_version_per_number"),
        )

    def __str__(self) -> str:
        return f"{self.graph} v{self.number}"
