"""``/sandbox/...``: how tests order faults, count calls and start afresh. No Odoo has it."""

import json
from typing import Any

from importer.odoo.sandbox.database import Database

Reply = tuple[int, Any]


def answer(database: Database, verb: str, path: str, body: bytes) -> Reply:
    """Status and JSON answer. ``GET calls``, ``GET under_way``, ``GET|POST|DELETE faults``,
    ``POST reset``, ``POST forget_calls``."""
    name = path.partition("?")[0].removeprefix("/sandbox/").strip("/")
    if name == "calls" and verb == "GET":
        counts = database.caller.counts
        return 200, [
            {"model": model, "method": method, "calls": calls}
            for (model, method), calls in sorted(counts.items())
        ]
    if name == "under_way" and verb == "GET":
        caller = database.caller
        return 200, {"calls": caller.under_way, "held": caller.faults.held}
    if name == "faults":
        return _faults(database, verb, body)
    if verb == "POST" and name == "reset":
        database.reset()
        return 200, {"reset": True}
    if verb == "POST" and name == "forget_calls":
        database.caller.counts.clear()
        return 200, {"forgotten": True}
    return 404, {"error": f"The sandbox has no {verb} {path}."}


def _faults(database: Database, verb: str, body: bytes) -> Reply:
    faults = database.caller.faults
    if verb == "DELETE":
        faults.clear()
        return 200, []
    if verb == "POST":
        try:
            return 200, {"id": faults.add(json.loads(body)).id}
        except (ValueError, TypeError) as error:
            return 400, {"error": str(error)}
    return 200, faults.listed()
