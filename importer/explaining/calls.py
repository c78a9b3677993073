"""What of a row was sent in a batch, column by column, as the call had it. Reads no Odoo."""

from typing import Any

from importer.data.binaries.cells import is_cell, shown_size
from importer.data.hiding import STARS, is_secret
from importer.engine.external_ids import external_id
from importer.engine.payloads import ref_name
from importer.explaining.shapes import Sent
from importer.explaining.steps import secret_fields
from importer.models import Batch, Load

_KEYS = ("id", ".id")


def sent_of(load: Load, batch: Batch, row: dict[str, Any]) -> tuple[Sent, ...]:
    """The batch's columns with this row's cells. An update sends what changed; in a column that
    only others of the call change stands what Odoo held."""
    fields = {str(raw["target"]): raw for raw in load.mapping["fields"]}
    secret = secret_fields(load.mapping)
    changed = row.get("fields") or ()
    told = []
    for column in batch.fields:
        target, _, suffix = column.partition("/")
        is_filled = batch.kind != "create" and target not in (*_KEYS, *changed)
        if is_filled:
            continue
        value = _value(load, batch, row, column, fields.get(target), suffix)
        is_hidden = bool(value) and (target in secret or is_secret(target))
        told.append(Sent(column, STARS if is_hidden else value))
    return tuple(told)


def _value(
    load: Load,
    batch: Batch,
    row: dict[str, Any],
    column: str,
    raw: dict[str, Any] | None,
    suffix: str,
) -> str:
    if column == "id":
        return row.get("ref") or _external_id(load, load.entity.name, row["key"])
    if column == ".id":
        return str(row.get("odoo_id") or "")
    target = column.partition("/")[0]
    cell = row.get(f"cell:{target}") or ""
    if cell and is_cell(cell):
        return shown_size(cell)
    if raw is None or raw["source"] != "reference" or not cell:
        return cell
    return _referred(load, batch, raw["spec"], cell, "d" if suffix == ".id" else "x")


def _referred(load: Load, batch: Batch, spec: dict[str, Any], cell: str, mark: str) -> str:
    entity, via = str(spec["entity"]), str(spec.get("via") or "")
    if spec.get("separator"):
        return cell
    for one in (mark, "d"):
        if (known := batch.refs.get(ref_name(entity, via, one, cell))) is not None:
            return str(known)
    return cell if mark == "d" else _external_id(load, entity, cell)


def _external_id(load: Load, entity: str, key: str) -> str:
    return external_id(load.project.namespace, entity, key)
