"""Sends recorded calls to a sandbox and compares: shapes, rows and kinds, never the wording.

Ids differ between databases: those that calls answered are mapped, and mapped ids are put into
the arguments of later calls.
"""

import json
from collections.abc import Iterable
from typing import Any

import httpx

from tests.sandbox.recorded_calls import FAULT_CODES, RecordedCall, labels

IDS_FIRST = frozenset(
    {"read", "write", "unlink", "get_external_id", "exists", "get_metadata", "execute_import"}
)


MAKERS = frozenset({"create", "load", "name_create"})
LOGINS = {"admin": "admin", "low": "low", "reader": "reader"}


class Replay:
    """One topic against one sandbox, in order."""

    def __init__(self, url: str, version: int) -> None:
        self._version = version
        self._http = httpx.Client(base_url=url)
        self._ids: dict[str, dict[int, int]] = {}
        self._uids = {name: self._uid(login) for name, login in LOGINS.items()}

    def _uid(self, login: str) -> int:
        params = {"service": "common", "method": "login", "args": ["sandbox", login, login]}
        answer = self._http.post("/jsonrpc", json={"id": 1, "params": params}).json()
        return int(answer["result"])

    def close(self) -> None:
        self._http.close()

    def difference(self, call: RecordedCall) -> str:
        """Empty when the sandbox behaves alike; else what differs."""
        status, result, error = self._send(call)
        if call.failed or error:
            return _error_difference(call, status, error, result)
        self._remember(call, result)
        if call.method == "load" or call.method == "execute_import":
            return _load_difference(call.result, result)
        return shape_difference(call.result, result)

    def _send(self, call: RecordedCall) -> tuple[int, Any, str]:
        if call.protocol == "json2":
            return self._json2(call)
        arguments = list(call.arguments)
        if arguments and (call.method in IDS_FIRST or call.method.startswith("action_")):
            arguments[0] = self._mapped(call.model, arguments[0])
        arguments = self._in_domains(call.model, arguments)
        if call.method == "load" and len(arguments) == 2:
            arguments[1] = self._mapped_cells(call.model, *arguments)
        login = LOGINS[call.login]
        args = [
            "sandbox",
            self._uids[call.login],
            login,
            call.model,
            call.method,
            arguments,
            call.named,
        ]
        params = {"service": "object", "method": "execute_kw", "args": args}
        answer = self._http.post("/jsonrpc", json={"id": 1, "params": params}).json()
        if "error" in answer:
            return 200, answer["error"]["data"]["message"], answer["error"]["data"]["name"]
        return 200, answer.get("result"), ""

    def _json2(self, call: RecordedCall) -> tuple[int, Any, str]:
        named = dict(call.named)
        if "ids" in named:
            named["ids"] = self._mapped(call.model, named["ids"])
        if call.method == "load" and {"fields", "data"} <= set(named):
            named["data"] = self._mapped_cells(call.model, named["fields"], named["data"])
        headers = {"Authorization": f"bearer {LOGINS[call.login]}", "X-Odoo-Database": "sandbox"}
        path = f"/json/2/{call.model}/{call.method}"
        answer = self._http.post(path, json=named, headers=headers)
        if answer.status_code >= 400:
            is_json = "json" in answer.headers["content-type"]
            body = answer.json() if is_json else {}
            return answer.status_code, body.get("message"), body.get("name", "html")
        return answer.status_code, answer.json(), ""

    def _mapped(self, model: str, ids: Any) -> Any:
        known = self._ids.get(model, {})
        if isinstance(ids, list):
            return [known.get(i, i) if isinstance(i, int) else i for i in ids]
        return known.get(ids, ids) if isinstance(ids, int) else ids

    def _mapped_cells(self, model: str, fields: Any, rows: Any) -> Any:
        """Cells of ``.id`` columns that mean records of the same model."""
        if not isinstance(fields, list):
            return rows
        columns = [i for i, name in enumerate(fields) if name in (".id", "parent_id/.id")]
        known = {str(k): str(v) for k, v in self._ids.get(model, {}).items()}
        keys = [labels(self._version, model, name) for name in fields]
        return [
            [
                known.get(cell, cell) if i in columns else _key(keys, i, cell)
                for i, cell in enumerate(row)
            ]
            for row in rows
        ]

    def _in_domains(self, model: str, arguments: list[Any]) -> list[Any]:
        """``["id", "=", 7]`` within a domain."""
        known = self._ids.get(model, {})

        def walk(value: Any) -> Any:
            if isinstance(value, list):
                if len(value) == 3 and value[0] == "id" and isinstance(value[2], int):
                    return [*value[:2], known.get(value[2], value[2])]
                return [walk(item) for item in value]
            return value

        return [walk(argument) for argument in arguments]

    def _remember(self, call: RecordedCall, result: Any) -> None:
        if call.method not in MAKERS:
            return
        known = self._ids.setdefault(call.model, {})
        for theirs, ours in zip(_ids_in(call.result), _ids_in(result), strict=False):
            known[theirs] = ours


def _key(keys: list[dict[str, str]], position: int, cell: Any) -> Any:
    if not isinstance(cell, str) or position >= len(keys):
        return cell
    return keys[position].get(cell.lower(), cell)


def _ids_in(result: Any) -> Iterable[int]:
    if isinstance(result, dict):
        return _ids_in(result.get("ids"))
    if type(result) is int:
        return [result]
    if not isinstance(result, list):
        return []
    if all(isinstance(one, dict) for one in result):
        return [one["id"] for one in result if "id" in one]
    return [one for one in result if type(one) is int]


def _error_difference(call: RecordedCall, status: int, error: str, said: Any) -> str:
    if not error:
        return f"expected {call.error}, got the result {json.dumps(said)[:200]}"
    if not call.failed:
        return f"expected a result, got {error}: {said}"
    if call.error.startswith("code "):
        ours = f"code {FAULT_CODES.get(error, 1)}"
        return "" if ours == call.error else f"expected {call.error}, got {error}: {said}"
    if (call.status, call.error) == (status, error):
        return ""
    return f"expected {call.status} {call.error}, got {status} {error}: {said}"


def _load_difference(theirs: Any, ours: Any) -> str:
    if not isinstance(theirs, dict) or "messages" not in theirs:
        return shape_difference(theirs, ours)
    for key in ("ids", "nextrow"):
        if (key in theirs) != (key in ours):
            return f"{key} is in only one of {theirs} and {ours}"
    if pattern(theirs.get("ids")) != pattern(ours.get("ids")):
        return f"ids {theirs.get('ids')} against {ours.get('ids')} {ours['messages']}"
    if theirs.get("nextrow") != ours.get("nextrow"):
        return f"nextrow {theirs.get('nextrow')} against {ours.get('nextrow')}"
    expected, got = [_gist(m) for m in theirs["messages"]], [_gist(m) for m in ours["messages"]]
    if expected == got:
        return ""
    return f"messages {expected} against {got} ({ours['messages']})"


def pattern(ids: Any) -> Any:
    """``[7, 8, 7]`` -> ``[0, 1, 0]``: which rows became the same record."""
    if not isinstance(ids, list):
        return ids
    first: dict[int, int] = {}
    return [first.setdefault(one, len(first)) for one in ids]


def _gist(message: dict[str, Any]) -> tuple[Any, ...]:
    """A message without its wording."""
    rows = message.get("rows") or {}
    hint = message.get("moreinfo")
    return (
        message["type"],
        rows.get("from"),
        rows.get("to"),
        message.get("record"),
        message.get("field"),
        type(hint).__name__,
        "field_name" in message,
        message.get("value"),
        message.get("field_type"),
    )


def shape_difference(theirs: Any, ours: Any, path: str = "") -> str:
    """Types, keys and, inside records, the number of values; the values themselves are free."""
    if _kind(theirs) != _kind(ours):
        return f"{path or 'answer'}: {json.dumps(theirs)[:120]} against {json.dumps(ours)[:120]}"
    if isinstance(theirs, dict):
        if set(theirs) - {"date"} != set(ours) - {"date"} and not _keyed_by_id(theirs):
            missing, extra = set(theirs) - set(ours), set(ours) - set(theirs) - {"date"}
            return f"{path}: lacks {sorted(missing)}, has more {sorted(extra)}"
        pairs = [(k, theirs[k], ours[k]) for k in theirs if k in ours]
        return next(filter(None, (shape_difference(a, b, f"{path}/{k}") for k, a, b in pairs)), "")
    if isinstance(theirs, list) and theirs and ours:
        return shape_difference(theirs[0], ours[0], f"{path}[0]")
    if isinstance(theirs, list) and bool(theirs) != bool(ours) and not path:
        return f"{path}: {json.dumps(theirs)[:120]} against {json.dumps(ours)[:120]}"
    return ""


def _keyed_by_id(value: dict[str, Any]) -> bool:
    return bool(value) and all(key.isdigit() for key in value)


def _kind(value: Any) -> str:
    if value in (False, None, "<<no result key>>") and value != 0 or value is False:
        return "empty"
    if isinstance(value, bool):
        return "true"
    return "number" if isinstance(value, int | float) else type(value).__name__
