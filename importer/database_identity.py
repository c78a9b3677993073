"""Whether a connection still leads to the database it led to, and what a person says of it when it
does not.
"""

from contextlib import closing
from typing import Literal, get_args

from django.db import transaction

from importer.choices import ConnectionState, KeyMapState, LoadState
from importer.errors import Refused
from importer.going_back import forget_what_went_back, sign_of_going_back
from importer.models import Connection, KeyMap, Load, OdooModel, User
from importer.odoo.fingerprints import read_fingerprint
from importer.odoo.protocols import OdooClient
from importer.odoo_logins import open_client
from importer.rights import require

Decision = Literal["restored", "other_database", "went_back"]


def check_fingerprint(connection: Connection, client: OdooClient) -> None:
    """Refused when this is not the database it was; the connection then waits for a person's
    decision. The first fingerprint seen is kept."""
    seen = read_fingerprint(client)
    if not connection.fingerprint:
        connection.fingerprint = seen
    if seen == connection.fingerprint and (sign := sign_of_going_back(connection, client)):
        connection.state = ConnectionState.CHANGED
        connection.fingerprint_seen = seen
        connection.state_message = sign
        connection.save(update_fields=("state", "fingerprint_seen", "state_message"))
        raise Refused(sign)
    if seen == connection.fingerprint:
        connection.fingerprint_seen = ""
        connection.state = ConnectionState.READY
        connection.save(update_fields=("state", "fingerprint", "fingerprint_seen"))
        return
    connection.state = ConnectionState.CHANGED
    connection.fingerprint_seen = seen
    connection.state_message = changed_sentence(connection)
    connection.save(update_fields=("state", "fingerprint_seen", "state_message"))
    raise Refused(connection.state_message)


def changed_sentence(connection: Connection) -> str:
    """What people are told when it does not."""
    return (
        f"“{connection}” no longer leads to the database it led to: its fingerprint has changed, "
        "or this login cannot see it. An admin of the project must say whether it is the same "
        "database, restored, or another one; until then nothing is loaded."
    )


def confirm_fingerprint(connection: Connection, *, by: User, decision: Decision) -> None:
    """A person says what a changed fingerprint means. ``restored``: the same database, what was
    loaded into it stays known. ``other_database``: nothing of ours is in it, so the key map's
    entries are marked as gone and the schema is read anew. ``went_back``: the same database, from a
    backup: what is missing in it is marked as gone, what is older than it was is sent again."""
    require(by, "confirm_fingerprint", connection.project)
    if decision not in get_args(Decision):
        raise Refused(
            "Say “restored” for the same database, “went_back” for the same one from a backup, or "
            "“other_database”."
        )
    if connection.state != ConnectionState.CHANGED:
        raise Refused(f"The fingerprint of “{connection}” has not changed; nothing to confirm.")
    with transaction.atomic():
        if decision == "other_database":
            _forget_what_was_loaded(connection)
        elif decision == "went_back":
            _refuse_while_at_work(connection)
            with closing(open_client(connection)) as client:
                forget_what_went_back(connection, client)
        connection.fingerprint = connection.fingerprint_seen
        connection.fingerprint_seen = ""
        connection.state = ConnectionState.UNTESTED
        connection.state_message = f"Confirmed by {by} as {decision.replace('_', ' ')}."
        connection.save(update_fields=("fingerprint", "fingerprint_seen", "state", "state_message"))


def _forget_what_was_loaded(connection: Connection) -> None:
    _refuse_while_at_work(connection)
    KeyMap.objects.filter(connection=connection).update(
        state=KeyMapState.GONE, note="The connection leads to another database now."
    )
    OdooModel.objects.filter(connection=connection).delete()
    Connection.objects.filter(pk=connection.pk).update(schema_taken_at=None, absent_models=[])


def _refuse_while_at_work(connection: Connection) -> None:
    if Load.objects.filter(connection=connection).exclude(state__in=LoadState.ended()).exists():
        raise Refused(
            f"A run is still at work on “{connection}”. Cancel it first: its records are in the "
            "former database."
        )
