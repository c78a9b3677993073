"""Recorded calls of real servers as requests that can be sent again.

``STOWAGE_RECORDINGS`` names a folder with ``<version>/calls/*.json``. Calls of 17 that were made
over XML-RPC are sent over JSON-RPC: both carry the same arguments and answers.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

VARIABLE = "STOWAGE_RECORDINGS"
FAULT_CODES = {
    "odoo.exceptions.UserError": 2,
    "odoo.exceptions.ValidationError": 2,
    "odoo.exceptions.MissingError": 2,
    "odoo.exceptions.RedirectWarning": 2,
    "odoo.exceptions.AccessDenied": 3,
    "odoo.exceptions.AccessError": 4,
}


@dataclass(frozen=True)
class RecordedCall:
    """``arguments`` are the positional ones of JSON-RPC; JSON-2 has named ones alone."""

    topic: str
    name: str
    version: int
    protocol: str
    model: str
    method: str
    arguments: list[Any] = field(default_factory=list)
    named: dict[str, Any] = field(default_factory=dict)
    login: str = "admin"
    result: Any = None
    error: str = ""
    status: int = 200

    @property
    def failed(self) -> bool:
        return bool(self.error)


def topics() -> list[str]:
    """``15/load_partner_ok`` for each file there is."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return []
    return [f"{p.parts[-3]}/{p.stem}" for p in sorted(Path(folder).glob("*/calls/*.json"))]


@cache
def labels(version: int, model: str, path: str) -> dict[str, str]:
    """Label in small letters -> key, of a selection column: the sandbox has labels of its own."""
    file = Path(os.environ[VARIABLE]) / str(version) / "fields_get" / f"{model}.json"
    described = json.loads(file.read_text()) if file.exists() else {}
    name, _, below = path.partition("/")
    column = described.get(name, {})
    if below and "relation" in column:
        return labels(version, column["relation"], below)
    pairs = column.get("selection") or []
    return {str(label).lower(): key for key, label in pairs}


def calls_of(topic: str) -> Iterator[RecordedCall]:
    """The calls on models of one topic, in order; other requests are left out."""
    version, _, stem = topic.partition("/")
    path = Path(os.environ[VARIABLE]) / version / "calls" / f"{stem}.json"
    for raw in json.loads(path.read_text()):
        call = _flat(topic, raw) if "service" in raw else _nested(topic, raw)
        if call is not None:
            yield call


def _flat(topic: str, raw: dict[str, Any]) -> RecordedCall | None:
    """One of 15's: only the JSON-RPC half is taken, the XML-RPC half says the same."""
    if raw["protocol"] != "jsonrpc" or not raw.get("model"):
        return None
    error = raw["fault"]["data"]["name"] if "fault" in raw else ""
    login = _login_of(raw["name"], raw["uid"])
    return RecordedCall(
        topic, raw["name"], 15, "jsonrpc", raw["model"], raw["model_method"], raw["args"],
        raw["kwargs"], login, raw.get("response"), error,
    )  # fmt: skip


def _nested(topic: str, raw: dict[str, Any]) -> RecordedCall | None:
    path = (raw.get("request") or {}).get("path", "")
    if path.startswith("/json/2/") and path.count("/") == 4:
        return _json2(topic, raw, path)
    if path == "/jsonrpc":
        body = raw["request"].get("body")
        params = body.get("params", {}) if isinstance(body, dict) else {}
        return _rpc(topic, raw, params.get("method", ""), params.get("args", []))
    if path == "/xmlrpc/2/object" and topic.startswith("17/"):
        return _rpc(topic, raw, raw["request"].get("method", ""), raw["request"].get("args", []))
    return None


def _rpc(topic: str, raw: dict[str, Any], method: str, args: list[Any]) -> RecordedCall | None:
    if method != "execute_kw" or len(args) < 6:
        return None
    login = _login_of(raw["name"], args[1])
    result, error = _rpc_answer(raw)
    return RecordedCall(
        topic, raw["name"], int(topic[:2]), "jsonrpc", args[3], args[4], args[5],
        args[6] if len(args) > 6 else {}, login, result, error,
    )  # fmt: skip


def _rpc_answer(raw: dict[str, Any]) -> tuple[Any, str]:
    said = raw.get("response", raw.get("fault"))
    if isinstance(said, dict) and "faultCode" in said:
        return None, f"code {said['faultCode']}"
    if isinstance(said, dict) and "body" in said:
        body = said["body"] if isinstance(said["body"], dict) else {}
        if "error" in body:
            return None, str(body["error"]["data"]["name"])
        return body.get("result"), ""
    return said, ""


def _json2(topic: str, raw: dict[str, Any], path: str) -> RecordedCall | None:
    request, said = raw["request"], raw.get("response") or raw.get("fault")
    if request.get("method") != "POST" or not isinstance(request.get("body"), dict):
        return None
    if not isinstance(said, dict) or "status" not in said:
        return None
    model, method = path.removeprefix("/json/2/").split("/")
    login, body = _login_of(raw["name"], 2), said.get("body")
    failed = said["status"] >= 400
    error = str(body.get("name", "html")) if isinstance(body, dict) else "html"
    return RecordedCall(
        topic, raw["name"], 19, "json2", model, method, [], request["body"],
        login, None if failed else body, error if failed else "", said["status"],
    )  # fmt: skip


def _login_of(name: str, uid: object) -> str:
    """Keys are not kept; the calls' names say who called."""
    if name.startswith("imp") or "importer" in name:
        return "low"
    words = ("low", "limited", "access denied", "has_access", "check_access_rights (removed?)")
    return "reader" if uid != 2 or name.startswith(words) or "low" in name.split() else "admin"
