"""A sandbox on a real port in this process, and a plain caller of its two protocols."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from importer.odoo.sandbox.database import Database
from importer.odoo.sandbox.server import SandboxServer
from tests.processes import wait_until

ADMIN_ID = 2


class Refused(Exception):
    """The server answered an error: its exception's name, its message, the HTTP status."""

    def __init__(self, name: str, message: str, status: int) -> None:
        super().__init__(f"{status} {name}: {message}")
        self.name = name
        self.message = message
        self.status = status


class Sandbox:
    """A running sandbox, called as its administrator unless a login is named."""

    def __init__(self, url: str, version: int) -> None:
        self.url = url
        self.version = version
        self._http = httpx.Client(base_url=url, timeout=20)

    def close(self) -> None:
        self._http.close()

    def uid(self, login: str) -> int:
        params = {"service": "common", "method": "login", "args": ["sandbox", login, login]}
        return int(self.post("/jsonrpc", {"id": 1, "params": params}).json()["result"])

    def call(self, model: str, method: str, *args: Any, login: str = "admin", **kwargs: Any) -> Any:
        """By JSON-RPC's ``execute_kw``; a method that returns nothing answers None."""
        uid = ADMIN_ID if login == "admin" else self.uid(login)
        params = {
            "service": "object",
            "method": "execute_kw",
            "args": ["sandbox", uid, login, model, method, list(args), kwargs],
        }
        answer = self.post("/jsonrpc", {"jsonrpc": "2.0", "id": 1, "params": params}).json()
        if "error" in answer:
            data = answer["error"]["data"]
            raise Refused(data["name"], data["message"], 200)
        return answer.get("result")

    def json2(self, model: str, method: str, login: str = "admin", **named: Any) -> Any:
        headers = {"Authorization": f"bearer {login}"}
        answer = self._http.post(f"/json/2/{model}/{method}", json=named, headers=headers)
        if answer.status_code >= 400:
            body = answer.json()
            raise Refused(body["name"], body["message"], answer.status_code)
        return answer.json()

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self._http.post(path, json=body, **options)

    def get(self, path: str) -> httpx.Response:
        return self._http.get(path)

    def load(
        self, model: str, fields: Sequence[str], *rows: Sequence[Any], **context: Any
    ) -> dict[str, Any]:
        answer: dict[str, Any] = self.call(model, "load", list(fields), list(rows), context=context)
        return answer

    def loaded(
        self, model: str, fields: Sequence[str], *rows: Sequence[Any], **context: Any
    ) -> list[int]:
        """The ids of a load that must succeed without a message."""
        answer = self.load(model, fields, *rows, **context)
        assert answer["messages"] == [], answer["messages"]
        ids: list[int] = answer["ids"]
        return ids

    def one(self, model: str, record_id: int, *fields: str) -> dict[str, Any]:
        rows = self.call(model, "read", [record_id], list(fields), load="")
        assert len(rows) == 1
        row: dict[str, Any] = rows[0]
        return row

    def count(self, model: str) -> int:
        return int(self.call(model, "search_count", [], context={"active_test": False}))

    def fault(self, kind: str, **wish: Any) -> None:
        assert self.post("/sandbox/faults", {"kind": kind, **wish}).status_code == 200

    def wait_for_fault(self) -> None:
        """Until a fault holds a call back."""
        wait_until(lambda: self.get("/sandbox/under_way").json()["held"] > 0, every=0.01)

    def let_go(self) -> None:
        """Calls that a fault holds back go on now."""
        assert self._http.delete("/sandbox/faults").status_code == 200

    def wait_for_calls(self) -> None:
        """Until no call is under way."""
        wait_until(lambda: self.get("/sandbox/under_way").json()["calls"] == 0, every=0.01)

    def calls(self, model: str, method: str) -> int:
        rows = self.get("/sandbox/calls").json()
        return sum(r["calls"] for r in rows if (r["model"], r["method"]) == (model, method))

    def reset(self) -> None:
        assert self.post("/sandbox/reset", {}).status_code == 200


@contextmanager
def serving(version: int, *, file: Path | None = None, is_null: bool = False) -> Iterator[Sandbox]:
    database = Database(version, file=file, is_null=is_null)
    server = SandboxServer(("127.0.0.1", 0), database)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    sandbox = Sandbox(server.url, version)
    try:
        yield sandbox
    finally:
        sandbox.close()
        server.shutdown()
        thread.join()
        server.server_close()
        database.close()


def errors(answer: dict[str, Any]) -> list[tuple[int | None, str | None]]:
    """(first row, field) of each error message, in order."""
    return [
        (message.get("rows", {}).get("from"), message.get("field"))
        for message in answer["messages"]
        if message["type"] == "error"
    ]
