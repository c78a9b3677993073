"""Logs in to an Odoo database once, by the protocol that its version and the secret allow.

Never authenticates again for a call, never keeps a connection open between calls.
"""

from importer.odoo import json2, jsonrpc
from importer.odoo.errors import (
    InDoubt,
    KeyRefused,
    OdooError,
    Unreachable,
    Unsupported,
    WrongAddress,
)
from importer.odoo.json2 import Json2Caller
from importer.odoo.jsonrpc import JsonRpcCaller
from importer.odoo.judging import without_secret
from importer.odoo.methods import Caller, Client, shaped
from importer.odoo.protocols import ServerVersion
from importer.odoo.transport import Timeouts, Transport
from importer.odoo.versions import FIRST_WITH_JSON2, OLDEST, base_url, detect_version

__all__ = ["Client", "Timeouts", "connect", "connect_known"]


def connect(
    url: str, database: str, login: str, secret: str, *, timeout: Timeouts | None = None
) -> Client:
    """Finds the version, logs in with a password or an API key, and gives the client.

    Two to five short calls. Raises WrongAddress (no Odoo there, or no such database), KeyRefused,
    Unsupported (older than 15) or Unreachable; never InDoubt, as nothing is written.
    """
    transport = Transport(base_url(url), timeout)
    try:
        return _log_in(transport, database, login, secret)
    except InDoubt:
        failure: OdooError = Unreachable(f"{transport.host} did not answer the login.")
    except OdooError as error:
        failure = without_secret(error, secret)
    transport.close()
    raise failure


def connect_known(
    url: str,
    database: str,
    login: str,
    secret: str,
    *,
    version: ServerVersion,
    protocol: str,
    uid: int,
    timeout: Timeouts | None = None,
) -> Client:
    """The client for a login that ``connect`` made before: no call is sent. ``version``,
    ``protocol`` and ``uid`` are what that client said of itself."""
    transport = Transport(base_url(url), timeout)
    caller: Caller
    if protocol == json2.NAME:
        caller = Json2Caller(transport, database, secret)
    elif protocol == jsonrpc.NAME:
        caller = JsonRpcCaller(transport, database, uid, secret)
    else:
        raise ValueError(f"unknown protocol {protocol!r}")
    return Client(transport, caller, version=version, login=login, uid=uid)


def _log_in(transport: Transport, database: str, login: str, secret: str) -> Client:
    version = detect_version(transport)
    if version.major < OLDEST:
        raise Unsupported(f"This is Odoo {version.text}; Stowage needs Odoo {OLDEST} or later.")
    if version.major >= FIRST_WITH_JSON2 and json2.may_be_key(secret):
        client = _by_key(transport, version, database, login, secret)
        if client:
            return client
    uid = _by_password(transport, version, database, login, secret)
    caller = JsonRpcCaller(transport, database, uid, secret)
    return Client(transport, caller, version=version, login=login, uid=uid)


def _by_key(
    transport: Transport, version: ServerVersion, database: str, login: str, secret: str
) -> Client | None:
    """None when the secret is no key of this database: it may still be a password."""
    caller = Json2Caller(transport, database, secret)
    try:
        said = caller.call("res.users", "context_get", None, {}, None)
    except KeyRefused:
        return None
    except WrongAddress as error:
        if error.name:
            raise
        failure = _no_database(transport, database)
    else:
        uid = shaped(int, shaped(dict, said).get("uid"))
        client = Client(transport, caller, version=version, login=login, uid=uid)
        _check_owner(client, login)
        return client
    raise failure


def _check_owner(client: Client, login: str) -> None:
    owner = client.read("res.users", [client.uid], ["login"])
    if owner and owner[0]["login"] != login:
        raise KeyRefused(f"This API key belongs to the login {owner[0]['login']}, not to {login}.")


def _by_password(
    transport: Transport, version: ServerVersion, database: str, login: str, secret: str
) -> int:
    """The uid. An API key is accepted in place of the password."""
    try:
        uid = jsonrpc.rpc(transport, "common", "authenticate", [database, login, secret, {}])
    except WrongAddress as error:
        if not error.name and version.major < FIRST_WITH_JSON2:
            raise
        failure: OdooError = (
            _no_database(transport, database) if error.name else KeyRefused(_NO_KEY)
        )
    else:
        if type(uid) is int and uid > 0:
            return uid
        failure = KeyRefused(_NOT_ACCEPTED)
    raise failure


def _no_database(transport: Transport, database: str) -> WrongAddress:
    return WrongAddress(
        f"An Odoo answers at {transport.host}, but it has no database named {database}, "
        "or does not show it at this address. Check the database name."
    )


_NO_KEY = (
    "Odoo did not accept the API key: it is wrong, expired or revoked. "
    "This server takes no passwords from programs."
)
_NOT_ACCEPTED = (
    "Odoo did not accept the login with this password or API key: one of them is wrong, or the "
    "key has expired or was revoked. After several failures Odoo also refuses for a minute."
)
