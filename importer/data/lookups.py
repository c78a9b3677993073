"""Lists of Odoo's records by which cells are looked up, kept as Parquet beside the run.

Reads Odoo, never writes to it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importer.data.duck import open_duck, quote
from importer.data.languages import base_language
from importer.data.specs import FieldSpec, read_field
from importer.odoo.protocols import OdooClient
from importer.odoo.schema import lookup_records


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A Parquet of ``by_1``.., ``id``, ``external_id`` (NULL where the record has none) and
    ``rank`` (which alternative of ``by`` gave the row; the lowest that finds something counts)."""

    model: str
    by: tuple[tuple[str, ...], ...]
    path: Path
    n: int


@dataclass(frozen=True, slots=True)
class LookupRow:
    """One record under one alternative."""

    values: tuple[str, ...]
    id: int
    external_id: str | None
    rank: int = 0


def wanted_lookups(frozen: Mapping[str, Any]) -> dict[str, FieldSpec]:
    """Name of each list a mapping and its nested ones need -> one field that needs it."""
    wanted: dict[str, FieldSpec] = {}
    for raw in frozen["fields"]:
        spec = read_field(raw)
        if spec.lookup:
            wanted.setdefault(spec.lookup, spec)
    for nested in frozen.get("nested") or ():
        wanted |= wanted_lookups(nested)
    return wanted


def read_lookups(
    frozen: Mapping[str, Any], client: OdooClient, *, folder: Path
) -> dict[str, LookupTable]:
    """Every list the mapping needs, read once and kept in ``folder``. Raises what the client
    raises."""
    tables: dict[str, LookupTable] = {}
    for number, (lookup, spec) in enumerate(sorted(wanted_lookups(frozen).items())):
        rows = _read(client, spec, base_language(frozen))
        tables[lookup] = write_lookup(
            folder / f"lookup_{number}.parquet", model=spec.model, by=spec.by, rows=rows
        )
    return tables


def write_lookup(
    path: Path, *, model: str, by: Sequence[Sequence[str]], rows: Iterable[LookupRow]
) -> LookupTable:
    """Keep the rows as a table; ``path`` is made new."""
    width = len(by[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.with_suffix(".ndjson")
    n = 0
    with lines.open("w", encoding="utf-8") as file:
        for row in rows:
            keys = {f"by_{position + 1}": text for position, text in enumerate(row.values)}
            record = keys | {"id": row.id, "external_id": row.external_id, "rank": row.rank}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            n += 1
    types = {f"by_{position + 1}": "VARCHAR" for position in range(width)}
    types |= {"id": "BIGINT", "external_id": "VARCHAR", "rank": "INTEGER"}
    columns = ", ".join(f"{column}: {quote(kind)}" for column, kind in types.items())
    source, target = quote(str(lines.resolve())), quote(str(path.resolve()))
    with open_duck(path.parent) as duck:
        duck.execute(
            f"COPY (SELECT * FROM read_json({source}, format = 'newline_delimited', "
            f"columns = {{{columns}}})) TO {target} (FORMAT parquet)"
        )
    lines.unlink()
    return LookupTable(model, tuple(tuple(parts) for parts in by), path, n)


def _read(client: OdooClient, spec: FieldSpec, lang: str) -> Iterator[LookupRow]:
    paths = sorted({part for parts in spec.by for part in parts})
    first = sorted({path.split(".")[0] for path in paths})
    records = lookup_records(client, spec.model, first, list(spec.domain), lang=lang)
    beyond = {path: _beyond(client, spec.model, path, lang) for path in paths if "." in path}
    for record in records:
        texts = {path: _text(record.values, path, beyond.get(path)) for path in paths}
        for rank, parts in enumerate(spec.by):
            values = tuple(texts[part] for part in parts)
            if all(values):
                yield LookupRow(values, record.id, record.external_id, rank)


def _beyond(client: OdooClient, model: str, path: str, lang: str) -> dict[int, str]:
    """id -> text, for the records behind ``country_id.code``."""
    field, far = path.split(".", 1)
    relation = client.fields_get(model)[field].relation
    found = lookup_records(client, relation, [far], lang=lang)
    return {record.id: _text(record.values, far, None) for record in found}


def _text(values: Mapping[str, Any], path: str, beyond: Mapping[int, str] | None) -> str:
    value = values[path.split(".")[0]]
    if beyond is not None:
        return beyond.get(value, "")
    return "" if value is None or value is False else str(value)
