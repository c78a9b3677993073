"""Who works here: users, projects that keep clients apart, memberships with a role."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from importer.choices import Role


class User(AbstractUser):
    """Our own user from the first migration on, with what a page needs to speak to them."""

    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=16, default="en")
    current_project = models.ForeignKey(
        "importer.Project",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )


class Project(models.Model):
    """One client's migration. Everything else belongs to exactly one project."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    file_hosts = models.JSONField(
        _("hosts files may be fetched from"), default=list, blank=True
    )  # ["images.example.com", "10.0.0.5:8080"]; none: nothing is fetched

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def namespace(self) -> str:
        """The module part of this project's external ids in Odoo, fixed at creation."""
        return f"stowage_{self.id.hex[:8]}"


class Membership(models.Model):
    """One user's role in one project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("project", "user"), name="one_membership_per_user"),
        )

    def __str__(self) -> str:
        return f"{self.user} in {self.project}: {self.get_role_display()}"
