"""Finds out what answers at an address: no Odoo, or which version of it.

Needs no login and no database; nothing it sends can change anything.
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from importer.odoo.encoding import decode_json
from importer.odoo.errors import InDoubt, Unreachable, WrongAddress
from importer.odoo.protocols import ServerVersion
from importer.odoo.transport import HttpAnswer, Outgoing, Transport

OLDEST = 15
FIRST_WITH_JSON2 = 19

_JSON = {b"Content-Type": b"application/json"}
_ASKS = (
    # Known from 15 to 19. Where a path is not known, Odoo makes a whole web page to say so, which
    # takes seconds on a new server and writes the page's style sheets into its database.
    Outgoing("POST", "/web/webclient/version_info", _JSON, b"{}"),
    Outgoing("GET", "/web/version"),
    Outgoing(
        "POST",
        "/jsonrpc",
        _JSON,
        json.dumps(
            {
                "jsonrpc": "2.0",
                "method": "call",
                "id": 0,
                "params": {"service": "common", "method": "version", "args": []},
            }
        ).encode(),
    ),
)


def base_url(url: str) -> str:
    """``scheme://host[:port]`` of what a person copied from a browser's address line.
    Raises WrongAddress when it is no http address or holds a password."""
    parts = urlsplit(url.strip())
    try:
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        is_usable = False
    if not is_usable:
        raise WrongAddress("The url must look like https://odoo.example.com or http://host:8069.")
    if parts.username or parts.password:
        raise WrongAddress("The url must not hold a login or password; there are fields for them.")
    return f"{parts.scheme}://{parts.netloc}"


def parse_version(text: str) -> ServerVersion:
    """A version as Odoo writes it: "17.0", "saas~18.2", "19.0+e". Raises ValueError otherwise."""
    found = re.match(r"(?:saas[~-])?(\d+)(?:\.(\d+))?", text)
    if not found:
        raise ValueError(f"not an Odoo version: {text!r}")
    return ServerVersion(int(found[1]), int(found[2] or 0), text)


def detect_version(transport: Transport) -> ServerVersion:
    """Asks the server, by up to three calls. Raises WrongAddress when something else than Odoo
    answers, Unreachable when nothing does."""
    answers: list[HttpAnswer] = []
    for ask in _ASKS:
        answers.append(_ask(transport, ask))
        version = _version_in(answers[-1])
        if version:
            return version
    raise _not_odoo(transport, answers)


def _ask(transport: Transport, ask: Outgoing) -> HttpAnswer:
    try:
        return transport.send(ask)
    except InDoubt:
        failure = Unreachable(f"{transport.host} broke off the connection or did not answer.")
    raise failure


def _version_in(answer: HttpAnswer) -> ServerVersion | None:
    said = decode_json(answer)
    if answer.status != 200 or not isinstance(said, dict):
        return None
    facts: Any = said.get("result", said)
    if not isinstance(facts, dict):
        return None
    text = facts.get("server_version") or facts.get("version")
    if not isinstance(text, str) or not ({"server_version_info", "version_info"} & set(facts)):
        return None
    try:
        return parse_version(text)
    except ValueError:
        return None


def _not_odoo(transport: Transport, answers: list[HttpAnswer]) -> WrongAddress | Unreachable:
    for answer in answers:
        place = urlsplit(answer.location)
        if 300 <= answer.status < 400 and place.netloc and place.scheme:
            address = f"{place.scheme}://{place.netloc}"
            if address != transport.base_url:
                return WrongAddress(f"{transport.host} sends calls on to {address}. Use that url.")
    if all(answer.status >= 500 for answer in answers):
        return Unreachable(
            f"{transport.host} answers with an error (HTTP {answers[0].status}); "
            "the Odoo behind it may be down. Try again later."
        )
    return WrongAddress(f"Something answers at {transport.host}, but it is no Odoo. Check the url.")
