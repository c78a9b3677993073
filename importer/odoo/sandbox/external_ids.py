"""External ids: rows of ``ir.model.data`` under ``module.name``."""

from collections.abc import Iterable, Sequence
from typing import Any

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.refusals import DatabaseRefusal, PythonFault, ValidationRefusal
from importer.odoo.sandbox.tables import Record

DATA = "ir.model.data"
IMPORT_MODULE = "__import__"


def full_name(external_id: str, module: str) -> str:
    """``c_1`` -> ``__import__.c_1``; the first dot splits module from name."""
    return external_id if "." in external_id else f"{module}.{external_id}"


def find(env: Env, full: str) -> tuple[int, Record] | None:
    """The row of an external id, or None."""
    module, _, name = full.partition(".")
    table = env.table(DATA)
    for row_id in table.index("name").get(name):
        row = table.rows[row_id]
        if row["module"] == module:
            return row_id, row
    return None


def resolve(env: Env, full: str) -> tuple[str, int] | None:
    """Model and id behind an external id; None when it or its record is not there."""
    found = find(env, full)
    if found is None:
        return None
    model, record_id = found[1]["model"], found[1]["res_id"]
    if model in env.catalogue and record_id not in env.table(model).rows:
        return None
    return model, record_id


def put(env: Env, full: str, model: str, record_id: int, *, noupdate: bool = False) -> None:
    """Names a record; an existing row is pointed at it and keeps its ``noupdate``."""
    known = find(env, full)
    if known is not None:
        env.store.change(
            DATA, known[0], {"model": model, "res_id": record_id, "write_date": env.now}
        )
        return
    module, _, name = full.partition(".")
    if " " in name:
        raise DatabaseRefusal(
            'new row for relation "ir_model_data" violates check constraint'
            ' "ir_model_data_name_nospaces"\n'
        )
    row: Record = {
        "module": module,
        "name": name,
        "model": model,
        "res_id": record_id,
        "create_date": env.now,
        "write_date": env.now,
        "write_uid": env.uid,
    }
    if noupdate:
        row["noupdate"] = True
    env.store.put(DATA, env.table(DATA).next_id(), row)


def name_lines(env: Env, model: str, ids: Sequence[int], names: Sequence[Any]) -> None:
    """Names records that an import created as lines of another; elsewhere does nothing."""
    module = env.context.get("_import_current_module")
    if not module or env.is_null:
        return
    for record_id, name in zip(ids, names, strict=True):
        if isinstance(name, str) and name:
            noupdate = bool(env.context.get("noupdate"))
            put(env, full_name(name, module), model, record_id, noupdate=noupdate)


def of_records(env: Env, model: str, ids: Iterable[int]) -> dict[int, str]:
    """Record id -> its first external id, or an empty text."""
    table = env.table(DATA)
    by_record = table.index("res_id")
    found: dict[int, str] = {}
    for record_id in ids:
        rows = [table.rows[i] for i in by_record.get(record_id)]
        named = [f"{r['module']}.{r['name']}" for r in rows if r["model"] == model]
        found[record_id] = named[0] if named else ""
    return found


def drop_of(env: Env, model: str, ids: Iterable[int]) -> None:
    """External ids go with their records."""
    table = env.table(DATA)
    for row_id in table.with_value("res_id", ids):
        if table.rows[row_id]["model"] == model:
            env.store.put(DATA, row_id, None)


def check_reference(env: Env, module: str, name: str) -> list[Any]:
    """``check_object_reference``: open to every login; archived answers ``[model, False]``."""
    found = resolve(env, f"{module}.{name}")
    if found is None:
        raise PythonFault("ValueError", f"External ID not found in the system: {module}.{name}")
    model, record_id = found
    hidden = (
        model in env.catalogue
        and env.facts(model).has_active
        and not env.sees_archived
        and not env.value(model, record_id, "active")
    )
    return [model, False if hidden else record_id]


def require_model(env: Env, full: str, model: str, row_id: int, row: Record) -> None:
    """An external id of another model may not be used for this one."""
    if row["model"] != model:
        raise ValidationRefusal(
            f"The external id {full} cannot be used for a record of model {model}: it belongs to"
            f" a record of the different model {row['model']} ({row_id})"
        )
