"""Create or update by external id, as ``load`` does for a batch of records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from importer.odoo.sandbox import external_ids, writing
from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.refusals import DatabaseRefusal, PythonFault, UserRefusal


@dataclass(slots=True)
class Item:
    """One record: its full external id or none, its database id or none, its values."""

    name: str
    database_id: int | None
    values: dict[str, Any]


def upsert(env: Env, model: str, items: Sequence[Item]) -> list[int]:
    """Ids in order. With ``mode: update`` records marked noupdate are left as they are."""
    is_update = env.context.get("mode") == "update"
    ids: list[int] = [0] * len(items)
    new: list[int] = []
    for position, item in enumerate(items):
        known, is_left = _known(env, model, item)
        if known:
            ids[position] = known
            if not (is_update and is_left):
                writing.write(env, model, [known], item.values)
        elif item.name or not is_update:
            new.append(position)
        else:
            raise PythonFault("KeyError", "'record'")
    _refuse_twins(items, new)
    made = writing.create(env, model, [items[position].values for position in new])
    for position, record_id in zip(new, made, strict=True):
        ids[position] = record_id
        if items[position].name:
            _name(env, model, record_id, items[position])
    return ids


def _known(env: Env, model: str, item: Item) -> tuple[int | None, bool]:
    """The record's id, if it is there, and whether it is marked noupdate."""
    if not item.name:
        return item.database_id, False
    if env.context.get("import_file"):
        _refuse_module_prefix(env, item.name)
    found = external_ids.find(env, item.name)
    if found is None:
        return None, False
    row_id, row = found
    external_ids.require_model(env, item.name, model, row_id, row)
    if row["res_id"] not in env.table(model).rows:
        return None, False
    return int(row["res_id"]), bool(row.get("noupdate"))


def _refuse_module_prefix(env: Env, name: str) -> None:
    module = name.partition(".")[0]
    if env.table("ir.module.module").with_value("name", [module]):
        raise UserRefusal(
            f"The external id {name} begins with the installed module {module}: its record would"
            " go when that module is upgraded. Use a prefix that is no module."
        )


def _refuse_twins(items: Sequence[Item], new: Sequence[int]) -> None:
    names = [items[position].name for position in new if items[position].name]
    if len(names) != len(set(names)):
        raise DatabaseRefusal(
            "duplicate key value violates unique constraint"
            ' "ir_model_data_module_name_uniq_index"\n'
        )


def _name(env: Env, model: str, record_id: int, item: Item) -> None:
    """Names the record, and the records made with it that it inherits from."""
    noupdate = bool(env.context.get("noupdate"))
    for parent, link in env.facts(model).inherits.items():
        if not item.values.get(link) and parent in env.catalogue:
            below = env.value(model, record_id, link)
            full = f"{item.name}_{parent.replace('.', '_')}"
            external_ids.put(env, full, parent, below, noupdate=noupdate)
    external_ids.put(env, item.name, model, record_id, noupdate=noupdate)
