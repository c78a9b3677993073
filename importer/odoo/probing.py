"""Tries a connection and says in plain words what is wrong with it, or what it can do.

Only reads; never raises for anything the server or the network does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from importer.odoo import json2
from importer.odoo.client import Client, Timeouts, connect
from importer.odoo.errors import AccessRefused, OdooError, Unsupported
from importer.odoo.fingerprints import read_fingerprint
from importer.odoo.protocols import Record, ServerVersion

__all__ = ["ConnectionReport", "read_fingerprint", "test_connection"]

_TIMEOUTS = Timeouts(connect=10.0, answer=30.0)


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What a try of a connection showed. ``error`` is the name of the error class when not ok;
    of the rest, only what was learnt before the failure is filled."""

    ok: bool
    sentence: str
    error: str = ""
    version: ServerVersion | None = None
    protocol: str = ""
    uid: int | None = None
    user_name: str = ""
    fingerprint: str = ""
    companies: tuple[tuple[int, str], ...] = ()
    languages: tuple[tuple[str, str], ...] = ()
    key_expires_at: datetime | None = None
    notes: tuple[str, ...] = ()


def test_connection(
    url: str, database: str, login: str, secret: str, *, timeout: Timeouts | None = None
) -> ConnectionReport:
    """Connects, logs in and looks around, in about ten short calls."""
    try:
        client = connect(url, database, login, secret, timeout=timeout or _TIMEOUTS)
    except OdooError as error:
        return ConnectionReport(False, str(error), error=type(error).__name__)
    try:
        return _look_around(client)
    except OdooError as error:
        return _failed(client, error)
    finally:
        client.close()


# pytest would otherwise take the function for a test wherever it is imported.
test_connection.__test__ = False  # type: ignore[attr-defined]


def _failed(client: Client, error: OdooError) -> ConnectionReport:
    sentence = str(error)
    if isinstance(error, AccessRefused):
        sentence = f"The login works, but it has too few rights to be used. {sentence}"
    return ConnectionReport(
        False,
        sentence,
        error=type(error).__name__,
        version=client.version,
        protocol=client.protocol,
        uid=client.uid,
    )


def _look_around(client: Client) -> ConnectionReport:
    user = _own_user(client)
    expires_at = _key_expiry(client)
    name = str(user["name"])
    return ConnectionReport(
        ok=True,
        sentence=f"Connected to Odoo {client.version.text} as {name}.",
        version=client.version,
        protocol=client.protocol,
        uid=client.uid,
        user_name=name,
        fingerprint=read_fingerprint(client),
        companies=_companies(client, user["company_ids"]),
        languages=_languages(client),
        key_expires_at=expires_at,
        notes=tuple(_notes(client, expires_at)),
    )


def _own_user(client: Client) -> Record:
    found = client.read("res.users", [client.uid], ["name", "share", "company_ids"])
    if not found:
        raise AccessRefused("It cannot even read its own user.")
    if found[0]["share"]:
        raise AccessRefused("It is a portal user; loading needs an internal user.")
    return found[0]


def _companies(client: Client, ids: Sequence[int]) -> tuple[tuple[int, str], ...]:
    found = client.search_read("res.company", [["id", "in", list(ids)]], ["name"])
    return tuple((record["id"], record["name"]) for record in found)


def _languages(client: Client) -> tuple[tuple[str, str], ...]:
    found = client.search_read("res.lang", [["active", "=", True]], ["code", "name"], order="name")
    return tuple((record["code"], record["name"]) for record in found)


def _key_expiry(client: Client) -> datetime | None:
    """The earliest end of a key of this login; which of its keys is in use cannot be read."""
    if client.protocol != json2.NAME:
        return None
    domain = [["user_id", "=", client.uid], ["expiration_date", "!=", False]]
    try:
        found = client.search_read("res.users.apikeys", domain, ["expiration_date"])
    except (AccessRefused, Unsupported):
        return None
    now = datetime.now(UTC)
    ends = [_moment(record["expiration_date"]) for record in found]
    return min((end for end in ends if end > now), default=None)


def _moment(text: Any) -> datetime:
    return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def _notes(client: Client, expires_at: datetime | None) -> list[str]:
    notes = []
    if expires_at:
        notes.append(f"A key of this login expires on {expires_at:%Y-%m-%d}.")
    if not client.may("ir.model.data", "create"):
        notes.append(
            "This login may not administer external ids (Administration / Access Rights): an "
            "update that was lost on its way cannot be fenced off, only compared afterwards."
        )
    if not client.may("res.partner", "create"):
        notes.append("This login may not create contacts.")
    return notes
