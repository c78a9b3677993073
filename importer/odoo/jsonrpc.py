"""The JSON-RPC protocol of Odoo 15 to 21: everything is a POST to /jsonrpc with the secret inside.

Knows nothing of what the methods do.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from importer.odoo.encoding import decode_json, encode_json
from importer.odoo.errors import OdooError
from importer.odoo.judging import foreign_answer, odoo_error, without_secret
from importer.odoo.protocols import Context
from importer.odoo.transport import HttpAnswer, Outgoing, Timeouts, Transport

NAME = "jsonrpc"

# The first arguments of these methods have other names in other versions or models (write: vals,
# values), never other places; create looks for its values by place only.
_BY_PLACE: dict[str, tuple[str, ...]] = {
    "search": ("domain",),
    "search_count": ("domain",),
    "name_search": ("name", "domain"),
    "default_get": ("fields",),
    "create": ("vals_list",),
    "write": ("vals",),
}


class JsonRpcCaller:
    """Calls methods of one database by JSON-RPC, for a login that was authenticated before."""

    name = NAME

    def __init__(self, transport: Transport, database: str, uid: int, secret: str) -> None:
        self._transport = transport
        self._database = database
        self._uid = uid
        self._secret = secret

    def __repr__(self) -> str:
        return f"JsonRpcCaller({self._transport.base_url!r}, uid={self._uid})"

    def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None,
        arguments: Mapping[str, Any],
        context: Context | None,
        timeouts: Timeouts | None = None,
    ) -> Any:
        """The method's bare result. ``ids`` is None for methods of the model itself."""
        places, named = _split(method, arguments)
        if ids is not None:
            places = [list(ids), *places]
        if context:
            named["context"] = dict(context)
        what = [model, method, places, named]
        try:
            return rpc(self._transport, "object", "execute_kw", self._signed(what), timeouts)
        except OdooError as error:
            failure = without_secret(error, self._secret)
        # Raised outside the handler, so that no frame that holds the secret comes along.
        raise failure

    def _signed(self, what: list[Any]) -> list[Any]:
        return [self._database, self._uid, self._secret, *what]


def _split(method: str, arguments: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    named = dict(arguments)
    places: list[Any] = []
    for name in _BY_PLACE.get(method, ()):
        if name not in named:
            break
        places.append(named.pop(name))
    return places, named


_numbers = itertools.count(1)


def rpc(
    transport: Transport,
    service: str,
    method: str,
    args: Sequence[Any],
    timeouts: Timeouts | None = None,
) -> Any:
    """One JSON-RPC call of a service ("common", "object"); None where Odoo gives no result."""
    call = {
        "jsonrpc": "2.0",
        "method": "call",
        "id": next(_numbers),
        "params": {"service": service, "method": method, "args": list(args)},
    }
    headers = {b"Content-Type": b"application/json"}
    answer = transport.send(Outgoing("POST", "/jsonrpc", headers, encode_json(call)), timeouts)
    return _result(answer)


def _result(answer: HttpAnswer) -> Any:
    said = decode_json(answer)
    if not isinstance(said, dict) or "jsonrpc" not in said:
        raise foreign_answer(answer)
    error = said.get("error")
    if isinstance(error, dict):
        raise _error(error)
    if answer.status != 200:
        raise foreign_answer(answer)
    return said.get("result")


def _error(error: dict[str, Any]) -> OdooError:
    data = error.get("data")
    data = data if isinstance(data, dict) else {}
    arguments = data.get("arguments")
    return odoo_error(
        str(data.get("name") or ""),
        str(data.get("message") or error.get("message") or ""),
        arguments if isinstance(arguments, list) else (),
    )
