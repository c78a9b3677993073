"""Who may do what: one table of verbs and roles, asked in each verb and nowhere else."""

from importer.choices import Role
from importer.errors import NotAllowed
from importer.models import Membership, Project, User

_VIEW = frozenset(Role)
_WORK = frozenset((Role.OPERATOR, Role.ADMIN))
_SIGN = frozenset((Role.APPROVER, Role.ADMIN))
_RULE = frozenset((Role.ADMIN,))

VERBS: dict[str, frozenset[Role]] = {
    "view": _VIEW,
    "upload_dataset": _WORK,
    "delete_dataset": _WORK,
    "profile_dataset": _WORK,
    "correct_dataset": _WORK,
    "compare_sheets": _VIEW,
    "explain_row": _VIEW,
    "edit_mapping": _WORK,
    "choose_values": _WORK,
    "edit_graph": _WORK,
    "publish_graph": _WORK,
    "start_run": _WORK,
    "cancel_run": _WORK,
    "retry_run": _WORK,
    "pause_run": _WORK,
    "resume_run": _WORK,
    "abandon_run": _RULE,
    "rehearse_run": _WORK,
    "rollback_run": _WORK,
    "plan_rollback": _WORK | _SIGN,
    "test_connection": _WORK,
    "refresh_schema": _WORK,
    "agree_to_plan": _SIGN,
    "reconcile_run": _WORK | _SIGN,
    "sign_reconciliation": _SIGN,
    "edit_connection": _RULE,
    "confirm_fingerprint": _RULE,
    "edit_members": _RULE,
    "edit_project": _RULE,
}
"""verb -> roles that may. A superuser may everything in every project."""


def role_in(user: User, project: Project) -> Role | None:
    """The user's role in the project, or None."""
    membership = Membership.objects.filter(user=user, project=project).first()
    return Role(membership.role) if membership else None


def may(user: User, verb: str, project: Project) -> bool:
    """Whether the user may do the verb in the project. An unknown verb is a KeyError."""
    roles = VERBS[verb]
    if not user.is_active:
        return False
    return user.is_superuser or role_in(user, project) in roles


def require(user: User, verb: str, project: Project) -> None:
    """Raise NotAllowed unless the user may."""
    if not may(user, verb, project):
        raise NotAllowed(
            f"You may not {verb.replace('_', ' ')} in project “{project}”. "
            "Ask one of its admins for a role that may."
        )


def projects_of(user: User) -> list[Project]:
    """The projects a user can see, by name; all of them for a superuser."""
    projects = Project.objects.all()
    if not user.is_superuser:
        projects = projects.filter(memberships__user=user)
    return list(projects)
