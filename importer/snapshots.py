"""Verbs on snapshots of an Odoo's records, taken through its API: all readable stored fields of
some models, kept as a file, and two of them compared. Reads Odoo, sends nothing.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importer.connections import open_client
from importer.data.storage import local_path, store_file, work_dir
from importer.engine.undoing.companions import goes_along, made_with
from importer.engine.undoing.reading import wide_context
from importer.models import Connection
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug, Unsupported
from importer.odoo.protocols import FieldFacts, OdooClient

MAY_DIFFER = {
    "write_date": "says when a record was last touched, and an undo touches what it gives back",
    "write_uid": "says who touched it last",
    "__last_update": "the same as write_date",
}
"""Fields that are not compared, each with the reason."""

_PAGE = 500
_LEFT_OUT = frozenset(("one2many", "binary", "serialized", "properties"))
_CLOSED = (AccessRefused, DataRefused, ServerBug, Unsupported)
_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """``stored_as``: the file; ``counts``: model -> records; ``not_looked_at``: sentences."""

    stored_as: str
    counts: dict[str, int]
    not_looked_at: list[str]


@dataclass
class Differences:
    """``number`` of all; ``first``: the first of them as ``{model, id, what, before, after}``."""

    number: int = 0
    first: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self, model: str, record: int, what: str, before: Any = None, after: Any = None
    ) -> None:
        self.number += 1
        if len(self.first) < _MOST_SHOWN:
            shown = {"before": before, "after": after}
            self.first.append({"model": model, "id": record, "what": what, **shown})


def take_snapshot(connection: Connection, models: Sequence[str], name: str) -> Taken:
    """All records of the models and of what Odoo makes or removes with them, archived ones too, in
    pages of 500. ``name``: of the stored file. Raises OdooError when Odoo does not answer."""
    client = open_client(connection)
    counts: dict[str, int] = {}
    unseen: list[str] = []
    try:
        with work_dir() as folder:
            path = folder / "snapshot.jsonl.gz"
            with gzip.open(path, "wt", encoding="utf-8") as file:
                for model in _with_companions(models):
                    try:
                        counts[model] = _write(client, model, file)
                    except _CLOSED as error:
                        # A companion that this version of Odoo does not have hides nothing.
                        if model in models or not isinstance(error, Unsupported):
                            unseen.append(f"{model}: {error}")
            return Taken(store_file(path, name), counts, unseen)
    finally:
        client.close()


def compare_snapshots(before: str, after: str) -> Differences:
    """Two stored snapshots of the same models, record by record and field by field."""
    found = Differences()
    first, second = _records(local_path(before)), _records(local_path(after))
    old, new = next(first, None), next(second, None)
    while old is not None or new is not None:
        if new is None or (old is not None and old[:2] < new[:2]):
            assert old is not None
            found.add(old[0], old[1], "gone", _name_of(old[2]))
            old = next(first, None)
        elif old is None or new[:2] < old[:2]:
            found.add(new[0], new[1], "new", None, _name_of(new[2]))
            new = next(second, None)
        else:
            _add_fields(found, old, new)
            old, new = next(first, None), next(second, None)
    return found


_Stored = tuple[str, int, dict[str, Any]]


def _with_companions(models: Sequence[str]) -> list[str]:
    beside = (one.model for model in models for one in (*goes_along(model), *made_with(model)))
    return sorted({*models, *beside})


def _write(client: OdooClient, model: str, file: Any) -> int:
    """Records in the order of their ids; how many there are."""
    facts = client.fields_get(model)
    names = sorted(name for name, fact in facts.items() if _is_compared(fact))
    lists = {name for name in names if facts[name].type == "many2many"}
    context = wide_context(client)
    last = number = 0
    while True:
        page = client.search_read(
            model, [["id", ">", last]], names, order="id", limit=_PAGE, context=context
        )
        for record in page:
            values = {
                name: sorted(record[name]) if name in lists else record[name] for name in names
            }
            file.write(json.dumps([model, record["id"], values]) + "\n")
        number += len(page)
        if len(page) < _PAGE:
            return number
        last = page[-1]["id"]


def _is_compared(fact: FieldFacts) -> bool:
    return fact.store and fact.type not in _LEFT_OUT and fact.name not in (*MAY_DIFFER, "id")


def _records(path: Path) -> Iterator[_Stored]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            model, record, values = json.loads(line)
            yield model, record, values


def _name_of(values: dict[str, Any]) -> str:
    return str(values.get("display_name") or values.get("name") or "")


def _add_fields(found: Differences, old: _Stored, new: _Stored) -> None:
    for name in sorted(old[2].keys() | new[2].keys()):
        if old[2].get(name) != new[2].get(name):
            found.add(new[0], new[1], name, old[2].get(name), new[2].get(name))
