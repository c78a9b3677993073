"""What the cells of references and lookups lead to, and how records are called: by our keys where
we know them. Reads the key map and, for lookups and ``via``, Odoo.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from duckdb import DuckDBPyConnection

from importer.data.keys import display_key, key_hash, split_keys
from importer.engine.desk import Desk
from importer.engine.extracts import copy_out
from importer.engine.reconciling.fields import Checked
from importer.engine.reconciling.tables import from_csv
from importer.engine.undoing.usage import chunks
from importer.models import KeyMap

_CHUNK = 1000
_MOST_ASKED = 200
"""External ids that are looked up one by one, where Odoo's records have other ones."""
_KEYS = (
    "SELECT source_key, odoo_id FROM importer_keymap WHERE connection_id = %s "
    "AND entity_id = %s AND state <> 'gone'"
)
_ALL = {"active_test": False}


def resolve(
    desk: Desk, duck: DuckDBPyConnection, one: Checked, number: int, odoo: str, folder: Path
) -> str:
    """Make the table ``leads_<number>`` (cell, ids) of a relation's cells; its name. ``odoo``: the
    table with Odoo's values. What leads nowhere is not in it."""
    table, path = f"leads_{number}", folder / f"leads_{number}.csv"
    if one.kind == "reference" and not one.via and not one.is_list:
        entity = desk.entities[one.entity].pk
        copy_out(_KEYS, [desk.load.connection_id, entity], path)
    else:
        cells = [row[0] for row in duck.execute(_cells(one)).fetchall()]
        ids = _ids_of_parts(desk, duck, one, odoo, cells)
        _write(path, _led(one, cells, ids))
    duck.execute(from_csv(table, path, {"cell": "VARCHAR", "ids": "VARCHAR"}))
    return table


def _cells(one: Checked) -> str:
    return (
        f"SELECT DISTINCT {one.cell} FROM prepared AS p JOIN src AS s USING (position) "
        f"WHERE {one.cell} IS NOT NULL AND s.is_first"
    )


def _parts(one: Checked, cell: str) -> list[str]:
    if one.kind == "reference":
        return split_keys(cell) if one.is_list else [cell]
    return [part for part in cell.split(",") if part] if one.is_list else [cell]


def _led(one: Checked, cells: Iterable[str], ids: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """A cell of which a part leads nowhere has a text that no record has."""
    for cell in cells:
        found = [ids.get(part) for part in _parts(one, cell)]
        known = sorted({number for number in found if number is not None})
        yield cell, "?" if None in found else ",".join(map(str, known))


def _ids_of_parts(
    desk: Desk, duck: DuckDBPyConnection, one: Checked, odoo: str, cells: Iterable[str]
) -> dict[str, int]:
    parts = {part for cell in cells for part in _parts(one, cell)}
    if one.kind == "lookup":
        return _looked_up(desk, duck, one, odoo, parts)
    found = _by_key(desk, one, parts)
    if not one.via:
        return found
    return _via(desk, one, found)


def _by_key(desk: Desk, one: Checked, parts: Iterable[str]) -> dict[str, int]:
    entity = desk.entities[one.entity].pk
    known = KeyMap.objects.filter(connection=desk.load.connection_id, entity=entity)
    wanted, found = list(parts), dict[str, int]()
    for start in range(0, len(wanted), _CHUNK):
        some = [key_hash(key) for key in wanted[start : start + _CHUNK]]
        rows = known.filter(key_hash__in=some).exclude(state="gone")
        found |= dict(rows.values_list("source_key", "odoo_id"))
    return found


def _via(desk: Desk, one: Checked, found: Mapping[str, int]) -> dict[str, int]:
    """What the field ``via`` of the records holds."""
    model, values = desk.entities[one.entity].odoo_model, dict[int, int]()
    for chunk in chunks(sorted(set(found.values())), _CHUNK):
        for record in desk.client.read(model, chunk, [one.via], context=_ALL):
            values[record["id"]] = int(record[one.via] or 0)
    return {key: values[number] for key, number in found.items() if values.get(number)}


def _looked_up(
    desk: Desk, duck: DuckDBPyConnection, one: Checked, odoo: str, parts: set[str]
) -> dict[str, int]:
    """Lookup cells are external ids or ``.id:<number>``. What Odoo's own records are called is
    asked for all at once; only what is not among them one by one."""
    found = {part: int(part[4:]) for part in parts if part.startswith(".id:")}
    held = _held(duck, one, odoo)
    for chunk in chunks(held, _CHUNK):
        called = desk.client.external_ids(one.relation, chunk)
        found |= {text: number for number, text in called.items() if text in parts}
    for text in sorted(parts - found.keys())[:_MOST_ASKED]:
        there = desk.client.find_reference(text)
        if there is not None and there.id is not None:
            found[text] = there.id
    return found


def _held(duck: DuckDBPyConnection, one: Checked, odoo: str) -> list[int]:
    rows = duck.execute(
        f"SELECT DISTINCT unnest(string_split({one.value}, ',')) FROM {odoo} "
        f"WHERE coalesce({one.value}, '') <> ''"
    ).fetchall()
    return sorted(int(text) for (text,) in rows)


def names_of_values(
    desk: Desk, duck: DuckDBPyConnection, fields: Iterable[Checked], folder: Path
) -> None:
    """Make the table ``called`` (field, value, shown) for Odoo's side of relations that differ: our
    key where the record has one, else its external id or number."""
    path, by_field = folder / "called.csv", {one.target: one for one in fields}
    asked = duck.execute(
        "SELECT DISTINCT field, odoo FROM differing WHERE is_relation AND odoo <> ''"
    ).fetchall()
    wanted: dict[str, set[int]] = {}
    for field, value in asked:
        wanted.setdefault(field, set()).update(map(int, value.split(",")))
    names = {field: _names(desk, by_field[field], sorted(ids)) for field, ids in wanted.items()}
    _write(path, ((f, v, "; ".join(names[f][int(i)] for i in v.split(","))) for f, v in asked))
    columns = {"field": "VARCHAR", "value": "VARCHAR", "shown": "VARCHAR"}
    duck.execute(from_csv("called", path, columns))


def _names(desk: Desk, one: Checked, ids: list[int]) -> dict[int, str]:
    named = {number: f"record {number}" for number in ids}
    for chunk in chunks(ids, _CHUNK):
        if one.kind == "lookup":
            named |= desk.client.external_ids(one.relation, chunk)
        elif not one.via:
            entity = desk.entities[one.entity].pk
            known = KeyMap.objects.filter(
                connection=desk.load.connection_id, entity=entity, odoo_id__in=chunk
            )
            keys = known.exclude(state="gone").values_list("odoo_id", "source_key")
            named |= {number: display_key(key) for number, key in keys}
    return named


def _write(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def shown_cell(one: Checked) -> str:
    """SQL of a prepared cell as people read it: of a reference its key."""
    if one.kind != "reference":
        return f"p.{one.cell}"
    if not one.is_list:
        return f"array_to_string(from_json(p.{one.cell}, '{json.dumps(['VARCHAR'])}'), ', ')"
    return f"replace(p.{one.cell}, '\"', '')"
