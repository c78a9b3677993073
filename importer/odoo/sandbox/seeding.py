"""What a fresh database holds: countries, units, a company, users, stages, accounts.

Bare facts with the external ids of a real server, from ``seeds/*.json``.
"""

import json
from pathlib import Path
from typing import Any

from importer.odoo.sandbox import external_ids
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.tables import Record

FOLDER = Path(__file__).parent / "seeds"
Rows = list[tuple[int | None, str, dict[str, Any]]]


def seed(env: Env) -> None:
    """Puts the records straight into the tables: no rule runs, nothing is journaled."""
    for path in (FOLDER / f"{env.version}.json", FOLDER / "logins.json"):
        for block in json.loads(path.read_text("utf-8")):
            _put_block(env, block["model"], block["rows"])


def _put_block(env: Env, model: str, rows: list[list[Any]]) -> None:
    """Rows are ``[external id, values]`` or ``[external id, values, id]``."""
    if model not in env.catalogue:
        return
    columns = env.facts(model).columns
    table = env.table(model)
    for row in rows:
        name, values = row[0], row[1]
        record_id = row[2] if len(row) > 2 else table.last_id + 1
        record: Record = {"create_date": env.now, "write_date": env.now, "write_uid": 1}
        if "active" in columns and values.get("active", True):
            record["active"] = True
        for field, value in values.items():
            if field == "active" or (field not in columns and field != "rights"):
                continue
            record[field] = _value(env, value)
        table.put(record_id, record)
        if name:
            _name(env, name, model, record_id)


def _value(env: Env, value: Any) -> Any:
    """``"@base.be"`` is the id behind that external id; lists become tuples."""
    if isinstance(value, str) and value.startswith("@"):
        found = external_ids.find(env, value[1:])
        if found is None:
            raise ValueError(f"The seed refers to {value[1:]}, which is not there yet.")
        return found[1]["res_id"]
    if isinstance(value, list):
        return tuple(_value(env, item) for item in value)
    return value


def _name(env: Env, full: str, model: str, record_id: int) -> None:
    module, _, name = full.partition(".")
    row: Record = {
        "module": module,
        "name": name,
        "model": model,
        "res_id": record_id,
        "noupdate": True,
    }
    table = env.table(external_ids.DATA)
    table.put(table.next_id(), row)
