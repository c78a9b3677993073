"""Verbs about projects: which one a user is in, making one, who belongs to it."""

from django.db import transaction

from importer.choices import Role
from importer.errors import NotAllowed, Refused
from importer.models import Membership, Project, User
from importer.rights import may, projects_of, require


def current_project(user: User) -> Project | None:
    """The project the user works in: the one chosen last if still theirs, else the first."""
    visible = projects_of(user)
    for project in visible:
        if project.pk == user.current_project_id:
            return project
    return visible[0] if visible else None


def switch_project(user: User, project: Project) -> None:
    """Make it the user's current project. Raises NotAllowed for somebody else's."""
    if not may(user, "view", project):
        raise NotAllowed("That project is not one of yours. Choose another one.")
    User.objects.filter(pk=user.pk).update(current_project=project)
    user.current_project = project


@transaction.atomic
def create_project(*, by: User, name: str) -> Project:
    """A new project with ``by`` as its admin. Any staff user may make one."""
    if not by.is_staff:
        raise NotAllowed("Only staff may create projects. Ask somebody who works in the admin.")
    name = name.strip()
    if not name:
        raise Refused("A project needs a name.")
    if Project.objects.filter(name=name).exists():
        raise Refused(f"There is a project named “{name}” already. Choose another name.")
    project = Project.objects.create(name=name)
    Membership.objects.create(project=project, user=by, role=Role.ADMIN)
    return project


def set_member(*, by: User, project: Project, user: User, role: str) -> Membership:
    """Give the user that role in the project, whatever it was before."""
    require(by, "edit_members", project)
    if role not in Role.values:
        raise Refused(f"“{role}” is no role. Choose one of {', '.join(Role.values)}.")
    membership, _made = Membership.objects.update_or_create(
        project=project, user=user, defaults={"role": role}
    )
    return membership


def remove_member(*, by: User, project: Project, user: User) -> None:
    """Take the user out of the project; its last admin stays."""
    require(by, "edit_members", project)
    admins = project.memberships.filter(role=Role.ADMIN)
    if list(admins.values_list("user_id", flat=True)) == [user.pk]:
        raise Refused("This is the project's last admin. Make somebody else admin first.")
    project.memberships.filter(user=user).delete()
