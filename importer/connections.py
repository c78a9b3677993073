"""Verbs about connections: an Odoo database, the login on it, its identity and its schema."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from importer.background import Progress, ask_for_job
from importer.choices import ConnectionState, Environment, JobKind, KeyMapState, LoadState
from importer.errors import Refused
from importer.models import (
    Connection,
    ConnectionSecret,
    Job,
    KeyMap,
    Load,
    OdooModel,
    Project,
    User,
)
from importer.odoo import probing
from importer.odoo.client import Timeouts, connect, connect_known
from importer.odoo.errors import AccessRefused, Unsupported, WrongAddress
from importer.odoo.fingerprints import read_fingerprint
from importer.odoo.probing import ConnectionReport
from importer.odoo.protocols import OdooClient
from importer.odoo.schema import ModelFacts, installed_modules, read_schema
from importer.odoo.versions import base_url, parse_version
from importer.rights import require
from importer.schema_cache import (
    SEED_MODELS,
    forget_model,
    keep_model,
    models_in_use,
    schema_of,
)
from importer.secrets import seal, unseal

__all__ = (
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

_CONNECT_SECONDS = 10.0
_ANSWER_MARGIN_SECONDS = 10.0
_CHANGEABLE = {
    *("name", "url", "database", "environment"),
    *("streams", "answer_limit_seconds", "answer_target_seconds"),
}

Decision = Literal["restored", "other_database"]


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
    _require_texts(name=name, database=database)
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
        _set_secret(connection, login, secret)
    return connection


def _require_texts(**texts: str) -> None:
    for label, text in texts.items():
        if not text:
            raise Refused(f"The {label} is missing.")


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


def _set_secret(connection: Connection, login: str, secret: str) -> None:
    login, secret = login.strip(), secret.strip()
    _require_texts(login=login, **{"password or API key": secret})
    # The default one is replaced in place, whatever login it had: there is one default.
    ConnectionSecret.objects.filter(connection=connection, login=login, is_default=False).delete()
    ConnectionSecret.objects.update_or_create(
        connection=connection,
        is_default=True,
        defaults={
            "project_id": connection.project_id,
            "login": login,
            "secret": seal(secret),
            "uid": None,
            "protocol": "",
            "expires_at": None,
        },
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
    for field, value in details.items():
        setattr(connection, field, value)
    _require_texts(name=connection.name, database=connection.database)
    if "answer_target_seconds" in details:
        _require_far_target(connection)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=connection.project_id)
        _refuse_twins(connection)
        moved = not Connection.objects.filter(
            pk=connection.pk, url=connection.url, database=connection.database
        ).exists()
        if moved:
            _forget_login(connection)
        connection.save(update_fields=[*details, "state", "state_message", "version"])
    return connection


def _forget_login(connection: Connection) -> None:
    """What the former address answered is not true of the new one: log in anew."""
    connection.secrets.update(uid=None, protocol="")
    connection.version = ""
    if connection.state != ConnectionState.CHANGED:
        connection.state, connection.state_message = ConnectionState.UNTESTED, ""


def change_secret(*, by: User, connection: Connection, login: str, secret: str) -> None:
    """Use this login and password or API key from now on. What was loaded stays known."""
    require(by, "edit_connection", connection.project)
    with transaction.atomic():
        _set_secret(connection, login, secret)
        # A changed fingerprint still waits for a decision, whoever logs in.
        untested = Connection.objects.filter(pk=connection.pk).exclude(
            state=ConnectionState.CHANGED
        )
        untested.update(state=ConnectionState.UNTESTED, state_message="")
    connection.refresh_from_db()


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


def _default_secret(connection: Connection) -> ConnectionSecret:
    secret = connection.secrets.filter(is_default=True).first()
    if secret is None:
        raise Refused(f"“{connection}” has no login. Enter one, with its password or API key.")
    return secret


def test_connection(connection: Connection, *, by: User) -> ConnectionReport:
    """Try the connection, keep what was learnt and say it. Never raises for what the server or
    the network does: the report is not ok then."""
    require(by, "test_connection", connection.project)
    secret = _default_secret(connection)
    report = probing.test_connection(
        connection.url, connection.database, secret.login, unseal(secret.secret)
    )
    report = _judged(connection, report)
    _keep_report(connection, secret, report)
    if report.ok and connection.schema_taken_at is None:
        ask_for_schema(connection, by=by)
    return report


# pytest would otherwise take the function for a test wherever it is imported.
test_connection.__test__ = False  # type: ignore[attr-defined]


def _judged(connection: Connection, report: ConnectionReport) -> ConnectionReport:
    """The report, seen with what is known of this connection and its neighbours."""
    if not report.ok:
        return report
    if connection.fingerprint and report.fingerprint != connection.fingerprint:
        return replace(report, ok=False, sentence=_changed_sentence(connection), error="Changed")
    twin = (
        Connection.objects.filter(project=connection.project_id, fingerprint=report.fingerprint)
        .exclude(fingerprint="")
        .exclude(pk=connection.pk)
        .first()
    )
    if twin:
        note = (
            f"Its fingerprint is that of “{twin}”. If both lead to the same database, keep only "
            "one: each would not know what the other has loaded. A copy of a database keeps the "
            "fingerprint of its original."
        )
        return replace(report, notes=(*report.notes, note))
    return report


def _keep_report(
    connection: Connection, secret: ConnectionSecret, report: ConnectionReport
) -> None:
    is_changed = report.error == "Changed"
    if report.ok:
        connection.state = ConnectionState.READY
        connection.fingerprint = connection.fingerprint or report.fingerprint
    elif is_changed:
        connection.state = ConnectionState.CHANGED
    elif connection.state != ConnectionState.CHANGED:
        connection.state = ConnectionState.REFUSED
    connection.fingerprint_seen = report.fingerprint if is_changed else ""
    connection.state_message = " ".join((report.sentence, *report.notes))
    connection.tested_at = timezone.now()
    if report.version:
        connection.version = report.version.text
    secret.uid, secret.protocol = report.uid, report.protocol
    secret.expires_at = report.key_expires_at
    with transaction.atomic():
        connection.save(
            update_fields=(
                "state", "fingerprint", "fingerprint_seen", "state_message", "tested_at",
                "version",
            )
        )  # fmt: skip
        secret.save(update_fields=("uid", "protocol", "expires_at"))


def open_client(connection: Connection) -> OdooClient:
    """A client with the connection's login, the caller's to close. No call is sent where the
    login has been made before; else OdooError when it cannot be made."""
    secret = _default_secret(connection)
    timeouts = Timeouts(
        connect=_CONNECT_SECONDS,
        answer=connection.answer_limit_seconds + _ANSWER_MARGIN_SECONDS,
    )
    given = (connection.url, connection.database, secret.login, unseal(secret.secret))
    if connection.version and secret.protocol and secret.uid:
        return connect_known(
            *given,
            version=parse_version(connection.version),
            protocol=secret.protocol,
            uid=secret.uid,
            timeout=timeouts,
        )
    client = connect(*given, timeout=timeouts)
    connection.version = client.version.text
    connection.save(update_fields=("version",))
    secret.uid, secret.protocol = client.uid, client.protocol
    secret.save(update_fields=("uid", "protocol"))
    return client


def check_fingerprint(connection: Connection, client: OdooClient) -> None:
    """Refused when this is not the database it was; the connection then waits for a person's
    decision. The first fingerprint seen is kept."""
    seen = read_fingerprint(client)
    if not connection.fingerprint:
        connection.fingerprint = seen
    if seen == connection.fingerprint:
        connection.fingerprint_seen = ""
        connection.state = ConnectionState.READY
        connection.save(update_fields=("state", "fingerprint", "fingerprint_seen"))
        return
    connection.state = ConnectionState.CHANGED
    connection.fingerprint_seen = seen
    connection.state_message = _changed_sentence(connection)
    connection.save(update_fields=("state", "fingerprint_seen", "state_message"))
    raise Refused(connection.state_message)


def _changed_sentence(connection: Connection) -> str:
    return (
        f"“{connection}” no longer leads to the database it led to: its fingerprint has changed, "
        "or this login cannot see it. An admin of the project must say whether it is the same "
        "database, restored, or another one; until then nothing is loaded."
    )


def confirm_fingerprint(connection: Connection, *, by: User, decision: Decision) -> None:
    """A person says what a changed fingerprint means. ``restored``: the same database, what was
    loaded into it stays known. ``other_database``: nothing of ours is in it, so the key map's
    entries are marked as gone and the schema is read anew."""
    require(by, "confirm_fingerprint", connection.project)
    if decision not in ("restored", "other_database"):
        raise Refused("Say “restored” for the same database, or “other_database”.")
    if connection.state != ConnectionState.CHANGED:
        raise Refused(f"The fingerprint of “{connection}” has not changed; nothing to confirm.")
    with transaction.atomic():
        if decision == "other_database":
            _forget_what_was_loaded(connection)
        connection.fingerprint = connection.fingerprint_seen
        connection.fingerprint_seen = ""
        connection.state = ConnectionState.UNTESTED
        connection.state_message = f"Confirmed by {by} as {decision.replace('_', ' ')}."
        connection.save(update_fields=("fingerprint", "fingerprint_seen", "state", "state_message"))


def _forget_what_was_loaded(connection: Connection) -> None:
    if Load.objects.filter(connection=connection).exclude(state__in=LoadState.ended()).exists():
        raise Refused(
            f"A run is still at work on “{connection}”. Cancel it first: its records are in the "
            "former database."
        )
    KeyMap.objects.filter(connection=connection).update(
        state=KeyMapState.GONE, note="The connection leads to another database now."
    )
    OdooModel.objects.filter(connection=connection).delete()
    Connection.objects.filter(pk=connection.pk).update(schema_taken_at=None, absent_models=[])


def ask_for_schema(connection: Connection, *, by: User) -> Job:
    """Have the schema read again in the background."""
    require(by, "refresh_schema", connection.project)
    return ask_for_job(
        by=by, project=connection.project, kind=JobKind.REFRESH_SCHEMA, object_id=connection.pk
    )


def refresh_schema(
    connection: Connection, models: Sequence[str], *, by: User | None = None
) -> None:
    """Read these models again into the cache. A model that the database does not have is
    forgotten; any other OdooError is raised. ``by`` is None within a run."""
    if by is not None:
        require(by, "refresh_schema", connection.project)
    client = open_client(connection)
    try:
        for model in models:
            _refresh_model(connection, client, model)
    finally:
        client.close()


def _refresh_model(connection: Connection, client: OdooClient, model: str) -> None:
    try:
        facts = read_schema(client, model)
    except Unsupported:
        forget_model(connection, model)
    else:
        keep_model(connection, facts)


def do_refresh_job(job: Job, progress: Progress) -> None:
    """The body of a job of kind refresh_schema: modules, then every model that the project uses,
    then those that people use most; of the last, what this login may not see is passed over."""
    connection = Connection.objects.filter(pk=job.object_id).first()
    if connection is None:
        raise Refused("The connection was deleted before its schema was read.")
    used = models_in_use(connection)
    models = list(dict.fromkeys((*used, *SEED_MODELS)))
    client = open_client(connection)
    try:
        check_fingerprint(connection, client)
        modules = installed_modules(client)
        for index, model in enumerate(models):
            progress.report(index, len(models), f"Reading {model}")
            _refresh_or_pass(connection, client, model, is_used=model in used)
    finally:
        client.close()
    Connection.objects.filter(pk=connection.pk).update(
        modules=sorted(modules), schema_taken_at=timezone.now()
    )


def _refresh_or_pass(
    connection: Connection, client: OdooClient, model: str, *, is_used: bool
) -> None:
    try:
        _refresh_model(connection, client, model)
    except AccessRefused:
        if is_used:
            raise
        forget_model(connection, model)
