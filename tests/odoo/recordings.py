"""Reads recorded calls of real servers, one JSON list of calls a file, as answers to serve again.

``STOWAGE_RECORDINGS`` names a folder that holds ``<version>/calls/*.json``.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "STOWAGE_RECORDINGS"


@dataclass(frozen=True)
class Recorded:
    """One recorded answer: the protocol, whether ``load`` was called, and what came back."""

    name: str
    protocol: str
    is_load: bool
    status: int
    content_type: str
    said: Any

    @property
    def body(self) -> bytes:
        if "json" in self.content_type:
            return json.dumps(self.said).encode()
        return str(self.said).encode()

    @property
    def error(self) -> tuple[str, str] | None:
        """The exception's name and message, where an exception of Odoo's came back."""
        said = self.said if isinstance(self.said, dict) else {}
        if self.protocol == "jsonrpc":
            data = said.get("error", {}).get("data", {})
            return (data["name"], data["message"]) if "name" in data else None
        return (said["name"], said["message"]) if self.status >= 400 and "name" in said else None

    @property
    def result(self) -> Any:
        if self.protocol == "jsonrpc" and isinstance(self.said, dict):
            return self.said.get("result")
        return self.said


def files() -> list[Path]:
    folder = os.environ.get(VARIABLE)
    return sorted(Path(folder).glob("*/calls/*.json")) if folder else []


def recorded_in(path: Path) -> Iterator[Recorded]:
    """The JSON-RPC and JSON-2 calls of a file; calls whose answer was not kept are left out."""
    for call in json.loads(path.read_text()):
        found = _flat(call) if "http_status" in call else _nested(call)
        if found and not _was_shortened(found):
            yield found


def _was_shortened(recorded: Recorded) -> bool:
    """Long answers were cut before they were kept."""
    if "json" in recorded.content_type and isinstance(recorded.said, str):
        return True
    result = recorded.result
    if not recorded.is_load or not isinstance(result, dict) or recorded.error:
        return False
    ids_are_whole = all(type(one) is int for one in result["ids"] or [])
    return not (ids_are_whole and all(isinstance(one, dict) for one in result["messages"]))


def _flat(call: dict[str, Any]) -> Recorded | None:
    if call["protocol"] != "jsonrpc":
        return None
    kept = {"error": call["fault"]} if "fault" in call else {"result": call.get("response")}
    said = {"jsonrpc": "2.0", "id": 1, **kept}
    is_load = call.get("model_method") == "load"
    return Recorded(call["name"], "jsonrpc", is_load, 200, "application/json", said)


def _nested(call: dict[str, Any]) -> Recorded | None:
    answer = call.get("response") or call.get("fault")
    if call["protocol"] not in ("jsonrpc", "json2") or not isinstance(answer, dict):
        return None
    path = call.get("request", {}).get("path", "")
    is_api = path.startswith("/json/2/") or path == "/jsonrpc"
    if not is_api or "status" not in answer or "body" not in answer:
        return None
    kind = answer["headers"].get("content-type", "")
    protocol = "jsonrpc" if path == "/jsonrpc" else "json2"
    is_load = path.endswith("/load")
    return Recorded(call["name"], protocol, is_load, answer["status"], kind, answer["body"])
