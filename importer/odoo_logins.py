"""The login on a connection's database: how it is kept, changed, and opened as a client."""

from django.db import transaction

from importer.choices import ConnectionState
from importer.errors import Refused
from importer.models import Connection, ConnectionSecret, User
from importer.odoo.client import Timeouts, connect, connect_known
from importer.odoo.protocols import OdooClient
from importer.odoo.versions import parse_version
from importer.rights import require
from importer.secrets import seal, unseal

_CONNECT_SECONDS = 10.0
_ANSWER_MARGIN_SECONDS = 10.0


def change_secret(*, by: User, connection: Connection, login: str, secret: str) -> None:
    """Use this login and password or API key from now on. What was loaded stays known."""
    require(by, "edit_connection", connection.project)
    with transaction.atomic():
        set_secret(connection, login, secret)
        # A changed fingerprint still waits for a decision, whoever logs in.
        untested = Connection.objects.filter(pk=connection.pk).exclude(
            state=ConnectionState.CHANGED
        )
        untested.update(state=ConnectionState.UNTESTED, state_message="")
    connection.refresh_from_db()


def set_secret(connection: Connection, login: str, secret: str) -> None:
    """Keep this as the login; nothing is asked of the server."""
    login, secret = login.strip(), secret.strip()
    require_texts(login=login, **{"password or API key": secret})
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


def forget_login(connection: Connection) -> None:
    """What the former address answered is not true of the new one: log in anew."""
    connection.secrets.update(uid=None, protocol="")
    connection.version = ""
    if connection.state != ConnectionState.CHANGED:
        connection.state, connection.state_message = ConnectionState.UNTESTED, ""


def require_texts(**texts: str) -> None:
    """Refused, with its label, for what a person has left empty."""
    for label, text in texts.items():
        if not text:
            raise Refused(f"The {label} is missing.")


def default_secret(connection: Connection) -> ConnectionSecret:
    """The login in use. Refused where there is none."""
    secret = connection.secrets.filter(is_default=True).first()
    if secret is None:
        raise Refused(f"“{connection}” has no login. Enter one, with its password or API key.")
    return secret


def open_client(connection: Connection) -> OdooClient:
    """A client with the connection's login, the caller's to close. No call is sent where the
    login has been made before; else OdooError when it cannot be made."""
    secret = default_secret(connection)
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
