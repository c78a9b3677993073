"""Reads a live Odoo without any of our own code, to check what was said of it."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.request import Request, urlopen

OF_THE_SERVER = ("write_date", "write_uid", "__last_update", "display_name")
_UNREAD = ("binary", "one2many", "serialized")


@dataclass(frozen=True)
class Witness:
    """One login, read only."""

    url: str
    database: str
    login: str
    secret: str

    @classmethod
    def of_environment(cls) -> "Witness":
        names = ("URL", "DB", "LOGIN", "SECRET")
        return cls(*(os.environ[f"ODOO_TEST_{name}"] for name in names))

    @cached_property
    def major(self) -> int:
        return int(self._post("common", "version")["server_version_info"][0])

    @cached_property
    def _uid(self) -> int:
        return int(self._post("common", "login", self.database, self.login, self.secret))

    def call(self, model: str, method: str, *args: Any, **named: Any) -> Any:
        who = (self.database, self._uid, self.secret)
        return self._post("object", "execute_kw", *who, model, method, list(args), named)

    def count(self, model: str, *domain: Any) -> int:
        """Records, archived ones too."""
        return int(self.call(model, "search_count", list(domain), context={"active_test": False}))

    def all(self, model: str, fields: Sequence[str]) -> list[dict[str, Any]]:
        """Every record, archived ones too, by rising id."""
        found: list[dict[str, Any]] = self.call(
            model, "search_read", [], list(fields), order="id", context={"active_test": False}
        )
        return found

    def stored_fields(self, model: str) -> list[str]:
        """All that is kept of a record but who wrote it last and when."""
        said = self.call(model, "fields_get", [], attributes=["store", "type"])
        return sorted(
            name
            for name, one in said.items()
            if one["store"] and one["type"] not in _UNREAD and name not in OF_THE_SERVER
        )

    def _post(self, service: str, method: str, *args: Any) -> Any:
        params = {"service": service, "method": method, "args": args}
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = Request(f"{self.url}/jsonrpc", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=120) as answer:
            said = json.load(answer)
        if "error" in said:
            raise AssertionError(said["error"]["data"]["message"])
        return said["result"]
