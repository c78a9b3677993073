"""Verbs about connections: an Odoo database, the login on it, its identity and its schema. Those
about the last three, and trying it, are modules of their own; here they all have their name.
"""

from django.db import transaction
from django.db.models import ProtectedError

from importer.choices import Environment
from importer.database_identity import Decision, check_fingerprint, confirm_fingerprint
from importer.errors import Refused
from importer.models import Connection, KeyMap, Load, Project, User
from importer.odoo.errors import WrongAddress
from importer.odoo.schema import ModelFacts
from importer.odoo.versions import base_url
from importer.odoo_logins import change_secret, forget_login, open_client, require_texts, set_secret
from importer.rights import require
from importer.schema_cache import schema_of
from importer.schema_reading import ask_for_schema, do_refresh_job, refresh_schema
from importer.trying import test_connection

__all__ = (
    "PACE_RANGES",
    "Decision",
    "ModelFacts",
    "add_connection",
    "ask_for_schema",
    "change_connection",
    "change_secret",
    "check_fingerprint",
    "confirm_fingerprint",
    "delete_connection",
    "do_refresh_job",
    "open_client",
    "refresh_schema",
    "schema_of",
    "test_connection",
)

PACE_RANGES = {
    "streams": (1, 32),
    "answer_limit_seconds": (5, 3600),
    "answer_target_seconds": (1, 1800),
}
"""What may be set of how fast Odoo is asked: (least, most)."""
_CHANGEABLE = {*("name", "url", "database", "environment"), *PACE_RANGES}


def add_connection(
    *,
    by: User,
    project: Project,
    name: str,
    url: str,
    database: str,
    login: str,
    secret: str,
    environment: str,
) -> Connection:
    """A new connection, not tested yet. ``url`` may be what a browser's address line shows.
    Refused when a part is missing or the project has that database or name already."""
    require(by, "edit_connection", project)
    name, database = " ".join(name.split()), database.strip()
    require_texts(name=name, database=database)
    if environment not in Environment.values:
        allowed = ", ".join(Environment.values)
        raise Refused(f"“{environment}” is no environment; choose one of {allowed}.")
    address = _address(url)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        connection = Connection(
            project=project, name=name, url=address, database=database, environment=environment
        )
        _refuse_twins(connection)
        connection.save()
        set_secret(connection, login, secret)
    return connection


def _require_in_range(details: dict[str, str | int]) -> None:
    for name, (least, most) in PACE_RANGES.items():
        if name in details and not least <= int(details[name]) <= most:
            label = str(Connection._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            raise Refused(f"The {label} must be between {least} and {most:,}, not {details[name]}.")


def _require_far_target(connection: Connection) -> None:
    limit, target = connection.answer_limit_seconds, connection.answer_target_seconds
    if not 1 <= target <= limit / 2:
        raise Refused(
            f"The answer target of {target} s must be between 1 s and half the answer limit of "
            f"{limit} s: Odoo ends a call that takes longer than its limit, and keeps nothing."
        )


def _address(url: str) -> str:
    try:
        return base_url(url).lower()
    except WrongAddress as error:
        raise Refused(str(error)) from error


def _refuse_twins(connection: Connection) -> None:
    others = Connection.objects.filter(project=connection.project_id).exclude(pk=connection.pk)
    twin = others.filter(url=connection.url, database=connection.database).first()
    if twin:
        raise Refused(
            f"The database {twin.database} at {twin.url} is the connection “{twin}” of this "
            "project already. For another login, change the secret of that one: a second "
            "connection would not know what the first has loaded."
        )
    if others.filter(name=connection.name).exists():
        raise Refused(
            f"There is a connection named “{connection.name}” already. Choose another name."
        )


def change_connection(connection: Connection, *, by: User, **details: str | int) -> Connection:
    """Change name, url, database, environment, streams, answer_limit_seconds or
    answer_target_seconds (at most half the limit). With another address it is untested again, and
    the fingerprint says whether it is the same database."""
    require(by, "edit_connection", connection.project)
    unknown = details.keys() - _CHANGEABLE
    if unknown:
        raise Refused(f"A connection has no {', '.join(sorted(unknown))} to change.")
    if "url" in details:
        details["url"] = _address(str(details["url"]))
    _require_in_range(details)
    for field, value in details.items():
        setattr(connection, field, value)
    require_texts(name=connection.name, database=connection.database)
    if details.keys() & {"answer_limit_seconds", "answer_target_seconds"}:
        _require_far_target(connection)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=connection.project_id)
        _refuse_twins(connection)
        moved = not Connection.objects.filter(
            pk=connection.pk, url=connection.url, database=connection.database
        ).exists()
        if moved:
            forget_login(connection)
        connection.save(update_fields=[*details, "state", "state_message", "version"])
    return connection


def delete_connection(connection: Connection, *, by: User) -> None:
    """With its login and what was read of its schema. Refused once a run has used it."""
    require(by, "edit_connection", connection.project)
    refuse_if_used(connection)
    try:
        connection.delete()
    except ProtectedError as error:
        raise Refused(_kept_sentence(connection)) from error


def refuse_if_used(connection: Connection) -> None:
    """Refused, with the reason, where a connection is kept because of what hangs on it."""
    for model in (KeyMap, Load):
        if model._default_manager.filter(connection=connection).exists():
            raise Refused(_kept_sentence(connection))


def _kept_sentence(connection: Connection) -> str:
    return (
        f"“{connection}” cannot be deleted: runs have used it, and without it nobody could tell "
        "which records they made or roll them back. Rename it if it is no longer to be used."
    )
