"""Reads fields that hold files into images of records: by hash and size, few megabytes at a time.

Odoo is asked for the sizes first, so that records without a file cost nothing and no answer is
larger than need be.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from importer.data.binaries.cells import cell_of, decoded
from importer.data.binaries.store import FileStore
from importer.odoo.protocols import Context, FieldFacts, OdooClient

MOST_BYTES = 8_000_000
"""Of the files in one answer; one that is larger comes by itself."""

_SIZE = re.compile(r"([\d.]+)\s*([bkmgt]?)", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_UNKNOWN_SIZE = 1_000_000
Image = dict[str, Any]


def file_names(facts: Mapping[str, FieldFacts], names: Collection[str]) -> list[str]:
    """Those of the fields that hold files."""
    return sorted(name for name in names if name in facts and facts[name].type == "binary")


def add_files(
    client: OdooClient,
    model: str,
    images: Mapping[int, Image],
    names: Sequence[str],
    *,
    context: Context,
    store: FileStore | None,
) -> None:
    """Give each image its files: the cell that stands for what Odoo holds, False where it holds
    none. With ``store`` the bytes are kept there, so that they can be given back."""
    if not names or not images:
        return
    sizes = client.read(model, sorted(images), names, context={**context, "bin_size": True})
    for name in names:
        weights = {record["id"]: _bytes(record[name]) for record in sizes}
        for one in weights:
            images[one][name] = False
        for ids in _portions({one: size for one, size in weights.items() if size}):
            for record in client.read(model, ids, [name], context=context):
                images[record["id"]][name] = _taken(record[name], store)


def _taken(read: Any, store: FileStore | None) -> str | bool:
    if not read:
        return False
    content = decoded(str(read))
    return store.keep(content) if store else cell_of(content)


def _portions(weights: Mapping[int, int]) -> Iterator[list[int]]:
    ids: list[int] = []
    held = 0
    for one, weight in weights.items():
        if ids and held + weight > MOST_BYTES:
            yield ids
            ids, held = [], 0
        ids.append(one)
        held += weight
    if ids:
        yield ids


def _bytes(said: Any) -> int:
    """What Odoo says of a file's size: ``1.03 Mb``; 0 where there is none."""
    if not said:
        return 0
    found = _SIZE.match(str(said).strip())
    if found is None:
        return _UNKNOWN_SIZE
    return max(1, int(float(found[1]) * _UNITS[found[2].lower()]))
