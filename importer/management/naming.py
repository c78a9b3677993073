"""Finds what a command's options name: users, projects, connections; what is not found is said in
a sentence."""

from uuid import UUID

from importer.errors import Refused
from importer.models import Connection, Project, User
from importer.rights import projects_of


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
    mine = Connection.objects.filter(project=project)
    try:
        found = mine.filter(pk=UUID(name)).first()
    except ValueError:
        found = mine.filter(name=name).first()
    if found is None:
        raise Refused(f"The project “{project}” has no connection “{name}”.")
    return found
