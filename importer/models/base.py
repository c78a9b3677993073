"""What nearly every table shares: a project, and for public objects a UUID key."""

import uuid

from django.db import models


class ProjectOwned(models.Model):
    """A row that belongs to one project; every query of a user is narrowed by it."""

    project = models.ForeignKey("importer.Project", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class PublicObject(ProjectOwned):
    """A row that has an address in the API and the admin."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
