"""Verbs about projects: which one a user is in, making one, who belongs to it."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from importer.choices import Role
from importer.data.binaries.fetching import host_problem
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
    try:
        with transaction.atomic():
            project = Project.objects.create(name=name)
    except IntegrityError as error:
        raise Refused(f"There is a project named “{name}” already. Choose another name.") from error
    Membership.objects.create(project=project, user=by, role=Role.ADMIN)
    return project


def set_file_hosts(*, by: User, project: Project, hosts: Sequence[str]) -> Project:
    """From which hosts files that rows name by address are fetched; from none while the list is
    empty. Refused names an entry that is no host."""
    require(by, "edit_project", project)
    given = list(dict.fromkeys(host.strip().lower() for host in hosts if host.strip()))
    wrong = [said for said in map(host_problem, given) if said]
    if wrong:
        raise Refused(wrong[0])
    Project.objects.filter(pk=project.pk).update(file_hosts=given)
    project.file_hosts = given
    return project


def user_named(name: str, *, by: User, project: Project) -> User:
    """Whom ``by`` may make a member. Who may not is told nothing about which users there are."""
    require(by, "edit_members", project)
    user = User.objects.filter(username=name).first()
    if user is None:
        raise Refused(f"There is no user “{name}”.")
    return user


@transaction.atomic
def set_member(*, by: User, project: Project, user: User, role: str) -> Membership:
    """Give the user that role in the project, whatever it was before; its last admin stays one."""
    require(by, "edit_members", project)
    if role not in Role.values:
        raise Refused(f"“{role}” is no role. Choose one of {', '.join(Role.values)}.")
    if role != Role.ADMIN:
        _keep_an_admin(project, besides=user)
    membership, _made = Membership.objects.update_or_create(
        project=project, user=user, defaults={"role": role}
    )
    return membership


@transaction.atomic
def remove_member(*, by: User, project: Project, user: User) -> None:
    """Take the user out of the project; its last admin stays."""
    require(by, "edit_members", project)
    _keep_an_admin(project, besides=user)
    project.memberships.filter(user=user).delete()


def _keep_an_admin(project: Project, *, besides: User) -> None:
    """Two admins who remove each other at once take turns, and the second one stays."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    admins = project.memberships.filter(role=Role.ADMIN)
    if list(admins.values_list("user_id", flat=True)) == [besides.pk]:
        raise Refused("This is the project's last admin. Make somebody else admin first.")
