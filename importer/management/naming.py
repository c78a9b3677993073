"""Finds what a command's options name: users and projects by name, any other row by name or id;
what is not found is said in a sentence."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from importer.errors import Refused
from importer.models import Connection, Dataset, Project, User
from importer.rights import projects_of

Row = TypeVar("Row", bound=Model)


def asking_user(name: str | None) -> User:
    """The named user, or the only active superuser there is."""
    if name:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise Refused(f"There is no user “{name}”.")
        return user
    superusers = list(User.objects.filter(is_superuser=True, is_active=True)[:2])
    if len(superusers) != 1:
        raise Refused("Say who asks with --user NAME; there is not exactly one superuser.")
    return superusers[0]


def project_named(user: User, name: str | None) -> Project:
    """The user's project of that name or id; without one, the only one they have."""
    projects = projects_of(user)
    if name:
        projects = [project for project in projects if name in (project.name, str(project.pk))]
        if not projects:
            raise Refused(f"“{user}” has no project “{name}”.")
    if len(projects) != 1:
        raise Refused("Say which project with --project NAME; there is not exactly one.")
    return projects[0]


def connection_named(project: Project, name: str) -> Connection:
    """The project's connection of that name or id."""
    return one_named(Connection.objects.filter(project=project), name, f" in project “{project}”")


def dataset_named(project: Project, name: str) -> Dataset:
    """The project's dataset of that name or id."""
    return one_named(Dataset.objects.filter(project=project), name, f" in project “{project}”")


def one_named(rows: QuerySet[Row], name: str, where: str = "") -> Row:
    """The one row of that id or name; ``where`` ends the sentence that says there is none."""
    try:
        found = list(rows.filter(pk=UUID(name))[:2])
    except ValueError:
        found = list(rows.filter(name=name)[:2])
    noun = str(rows.model._meta.verbose_name)
    if not found:
        raise Refused(f"There is no {noun} “{name}”{where}.")
    if len(found) > 1:
        raise Refused(f"There are several of {noun} “{name}”; give --project or its id.")
    return found[0]
