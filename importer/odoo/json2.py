"""The JSON-2 protocol of Odoo 19 and later: one POST per method, named arguments, a bearer key.

Knows nothing of what the methods do; never sends a password's characters in a url.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from importer.odoo.encoding import NOTHING, decode_json, encode_json
from importer.odoo.judging import foreign_answer, odoo_error, without_secret
from importer.odoo.protocols import Context
from importer.odoo.transport import HttpAnswer, Outgoing, Timeouts, Transport

NAME = "json2"
_BEARER = re.compile(r"[\x21-\x7e]+")


def may_be_key(secret: str) -> bool:
    """True when the secret can travel in an Authorization header, as every API key can."""
    return _BEARER.fullmatch(secret) is not None


class Json2Caller:
    """Calls methods of one database by JSON-2."""

    name = NAME

    def __init__(self, transport: Transport, database: str, secret: str) -> None:
        self._transport = transport
        self._secret = secret
        self._headers = {
            b"Authorization": b"Bearer " + secret.encode(),
            b"Content-Type": b"application/json",
            b"X-Odoo-Database": database.encode(),
        }

    def __repr__(self) -> str:
        return f"Json2Caller({self._transport.base_url!r})"

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
        body = dict(arguments)
        if ids is not None:
            body["ids"] = list(ids)
        if context:
            body["context"] = dict(context)
        path = f"/json/2/{quote(model, safe='')}/{quote(method, safe='')}"
        answer = self._transport.send(
            Outgoing("POST", path, self._headers, encode_json(body)), timeouts
        )
        return self._result(answer)

    def _result(self, answer: HttpAnswer) -> Any:
        said = decode_json(answer)
        if 200 <= answer.status < 300 and said is not NOTHING:
            return said
        if answer.status >= 400 and isinstance(said, dict) and isinstance(said.get("name"), str):
            arguments = said.get("arguments")
            error = odoo_error(
                said["name"],
                str(said.get("message") or ""),
                arguments if isinstance(arguments, list) else (),
                status=answer.status,
            )
            raise without_secret(error, self._secret)
        raise foreign_answer(answer)
