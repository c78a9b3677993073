"""Sorts what a server answered into results and errors, by the names of Odoo's exceptions.

Pure: no network, no clock. Never trusts a status alone, never passes on a traceback.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from importer.odoo.errors import (
    AccessRefused,
    DataRefused,
    InDoubt,
    KeyRefused,
    OdooError,
    ProxyRefused,
    ServerBug,
    TooLarge,
    Transient,
    Unreachable,
    Unsupported,
    WrongAddress,
)
from importer.odoo.protocols import LoadAnswer, LoadMessage
from importer.odoo.transport import DOUBT, HttpAnswer

_KINDS: dict[str, type[OdooError]] = {
    "odoo.exceptions.UserError": DataRefused,
    "odoo.exceptions.ValidationError": DataRefused,
    "odoo.exceptions.MissingError": DataRefused,
    "odoo.exceptions.RedirectWarning": DataRefused,
    "odoo.exceptions.Warning": DataRefused,
    "odoo.exceptions.except_orm": DataRefused,
    "odoo.exceptions.AccessError": AccessRefused,
    "odoo.exceptions.AccessDenied": KeyRefused,
    "odoo.http.SessionExpiredException": KeyRefused,
    "werkzeug.exceptions.Unauthorized": KeyRefused,
    "werkzeug.exceptions.Forbidden": AccessRefused,
    "werkzeug.exceptions.NotFound": Unsupported,
    "werkzeug.exceptions.MethodNotAllowed": Unsupported,
    "werkzeug.exceptions.RequestEntityTooLarge": TooLarge,
    "werkzeug.exceptions.TooManyRequests": Transient,
    "werkzeug.exceptions.ServiceUnavailable": Transient,
    "odoo.exceptions.LockError": Transient,
    "odoo.exceptions.ConcurrencyError": Transient,
    "psycopg2.pool.PoolError": Transient,
}

# Last parts of the names that PostgreSQL's driver gives its errors.
_DATABASE_KINDS: dict[str, type[OdooError]] = {
    "SerializationFailure": Transient,
    "DeadlockDetected": Transient,
    "LockNotAvailable": Transient,
    "TransactionRollbackError": Transient,
    "CannotConnectNow": Unreachable,
    "TooManyConnections": Unreachable,
    # Odoo lost its database in mid-call, perhaps during the commit itself.
    "AdminShutdown": InDoubt,
    "CrashShutdown": InDoubt,
    "InterfaceError": InDoubt,
}

_TRANSIENT_PHRASES = (
    "could not serialize",
    "deadlock detected",
    "could not obtain lock",
)
_NO_DATABASE = re.compile(r'database "[^"]*" does not exist')
# JSON-RPC has no exception of its own for these; JSON-2 says NotFound.
_LACKS_IT = {
    "odoo.exceptions.UserError": re.compile(r"^Object \S+ doesn't exist"),
    "builtins.AttributeError": re.compile(r"^The method '\S+' does not exist"),
}
_LONGEST_TEXT = 2000
_LONGEST_WAIT = 600.0
_BUSY = (429, 503)
_BUSY_NAMES = (
    "werkzeug.exceptions.TooManyRequests",
    "werkzeug.exceptions.ServiceUnavailable",
)
_SHORTEST_HIDDEN = 6  # A password like "admin" is a word of many honest sentences.


def transient_in(answer: LoadAnswer) -> bool:
    """True when ``load`` kept nothing because of a conflict with another transaction: no row is
    at fault, and the whole call is to be sent again."""
    return answer.ids is None and any(_is_transient(message) for message in answer.messages)


def _is_transient(message: LoadMessage) -> bool:
    text = message.text.strip().lstrip("'\"").lower()
    if not message.is_error:
        return False
    if text.startswith(_TRANSIENT_PHRASES):
        return True
    # A message about one field quotes the user's cell, which may hold any words.
    return message.field is None and any(phrase in text for phrase in _TRANSIENT_PHRASES)


def load_answer(result: Any) -> LoadAnswer:
    """The result of ``load`` in our shape; InDoubt when it has none of the known shapes."""
    if not isinstance(result, dict) or not isinstance(result.get("messages"), list):
        raise InDoubt(f"Odoo's answer to a load call has an unknown shape. {DOUBT}")
    messages = tuple(_load_message(m) for m in result["messages"] if isinstance(m, dict))
    ids = result.get("ids")
    if ids is False:
        return LoadAnswer(ids=None, messages=messages)
    if isinstance(ids, list) and all(type(item) is int for item in ids):
        return LoadAnswer(ids=tuple(ids), messages=messages)
    raise InDoubt(f"Odoo's answer to a load call holds no record ids. {DOUBT}")


def _load_message(message: dict[str, Any]) -> LoadMessage:
    rows = message.get("rows")
    rows = rows if isinstance(rows, dict) else {}
    field = message.get("field")
    return LoadMessage(
        text=str(message.get("message") or ""),
        is_error=message.get("type") != "warning",
        first_row=_row(rows.get("from")),
        last_row=_row(rows.get("to")),
        field=field if isinstance(field, str) and field else None,
        moreinfo=message.get("moreinfo"),
    )


def _row(value: Any) -> int | None:
    return value if type(value) is int else None


def odoo_error(
    name: str, message: str, arguments: Sequence[Any] = (), *, status: int = 200
) -> OdooError:
    """The error that stands for an exception raised inside Odoo. ``name`` is its class path;
    ``status`` is the HTTP status, used only for classes of Odoo's add-ons."""
    if name == "odoo.exceptions.RedirectWarning" and arguments:
        message = str(arguments[0])
    kind = _kind(name, message, status)
    wait = 0.0 if name in _BUSY_NAMES else None
    return kind(_sentence(kind, name, message), name=name, wait=wait)


def _kind(name: str, message: str, status: int) -> type[OdooError]:
    if name.startswith("psycopg"):
        return _database_kind(name, message)
    if name in _LACKS_IT and _LACKS_IT[name].match(message):
        return Unsupported
    if status == 422 and name.startswith("odoo.addons."):
        return DataRefused  # Odoo gives 422 to subclasses of its UserError only.
    return _KINDS.get(name, ServerBug)


def _database_kind(name: str, message: str) -> type[OdooError]:
    if name in _KINDS:
        return _KINDS[name]
    if _NO_DATABASE.search(message):
        return WrongAddress
    last = name.rpartition(".")[2]
    if last == "OperationalError":
        is_connecting = "FATAL:" in message or message.startswith("could not connect")
        return Unreachable if is_connecting else InDoubt
    return _DATABASE_KINDS.get(last, ServerBug)


def without_secret(error: OdooError, secret: str) -> OdooError:
    """The same error without its past (frames that hold the secret), and with a sentence freed
    of the secret, should Odoo have quoted it."""
    sentence = str(error)
    if len(secret) >= _SHORTEST_HIDDEN:
        sentence = sentence.replace(secret, "***")
    return type(error)(sentence, name=error.name, wait=error.wait)


def _sentence(kind: type[OdooError], name: str, message: str) -> str:
    text = message.strip()[:_LONGEST_TEXT]
    if kind is DataRefused:
        return text or "Odoo refused this without saying why."
    if kind is AccessRefused:
        return f"Odoo does not allow this login to do that: {text}"
    if kind is ServerBug:
        return f"Odoo failed with {name.rpartition('.')[2] or 'an error'}: {_one_line(name, text)}"
    if kind is KeyRefused and "too many" in text.lower():
        return "Odoo refuses this login for a minute, after too many failed attempts."
    return _FIXED_SENTENCES.get(kind) or _one_line(name, text)


def _one_line(name: str, text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no message"]
    # PostgreSQL says it first and then quotes the statement; Python says it last.
    return lines[0] if name.startswith("psycopg") else lines[-1]


_FIXED_SENTENCES: dict[type[OdooError], str] = {
    KeyRefused: "Odoo did not accept the password or API key: it is wrong, expired or revoked.",
    WrongAddress: "Odoo knows no database of this name. Check the database name.",
    TooLarge: "The call is larger than the server takes. Send fewer rows at once.",
    Transient: "Another transaction in Odoo was in the way; the call may be sent again.",
    Unreachable: (
        "Odoo answers, but cannot open this database: "
        "its name is wrong, or the database server is down."
    ),
    InDoubt: f"Odoo lost its database during the call. {DOUBT}",
}


def foreign_answer(answer: HttpAnswer) -> OdooError:
    """The error that stands for a complete HTTP answer which is no answer of Odoo's API: a web
    page of Odoo, or of a proxy before it."""
    status = answer.status
    wait = _wait(answer.retry_after) if status in _BUSY else None
    if status in _FOREIGN:
        kind, sentence = _FOREIGN[status]
        return kind(sentence, wait=wait)
    if 300 <= status < 400:
        return WrongAddress(f"The server sends the call on to another address{_to(answer)}.")
    if 400 <= status < 500:
        return ProxyRefused(_PROXY.format(status))
    return InDoubt(f"The server gave no answer of Odoo's (HTTP {status}). {DOUBT}", wait=wait)


def _wait(retry_after: str) -> float:
    """Seconds of a Retry-After header, which may also be a moment; at most ten minutes."""
    if retry_after.strip().isdecimal():
        return min(float(retry_after), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    seconds = (until - datetime.now(until.tzinfo)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _to(answer: HttpAnswer) -> str:
    place = urlsplit(answer.location)
    return f" ({place.scheme}://{place.netloc}); use that as the url" if place.netloc else ""


_PROXY = (
    "The call was turned away with a page that is not of Odoo's API (HTTP {}): a proxy or a "
    "firewall before Odoo forbids it. Let these calls pass there."
)
_FOREIGN: dict[int, tuple[type[OdooError], str]] = {
    401: (KeyRefused, "The server did not accept the password or API key."),
    403: (ProxyRefused, _PROXY.format(403)),
    404: (
        WrongAddress,
        "No Odoo API is found there: the url or the database name is wrong.",
    ),
    405: (WrongAddress, "No Odoo API is found there: the url is wrong."),
    # A proxy that gave up waiting for the body may have passed it on.
    408: (InDoubt, f"The server gave up waiting. {DOUBT}"),
    413: (TooLarge, _FIXED_SENTENCES[TooLarge]),
    429: (Transient, "The server asks to be called less often."),
}
