"""Tries a connection: asks the server for all that can be known of it, and keeps what it said."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from importer.choices import ConnectionState
from importer.database_identity import changed_sentence
from importer.models import Connection, ConnectionSecret, User
from importer.odoo import probing
from importer.odoo.probing import ConnectionReport
from importer.odoo_logins import default_secret
from importer.rights import require
from importer.schema_reading import ask_for_schema
from importer.secrets import unseal


def test_connection(connection: Connection, *, by: User) -> ConnectionReport:
    """Try the connection, keep what was learnt and say it. Never raises for what the server or
    the network does: the report is not ok then."""
    require(by, "test_connection", connection.project)
    secret = default_secret(connection)
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
        return replace(report, ok=False, sentence=changed_sentence(connection), error="Changed")
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
