"""Finds what was prepared of exactly the same before: a file that never changes is not made twice.

The same are: sheets, mapping, the words that mean an empty cell, what is known of the models, the
lists read from Odoo, the day (an expression may ask for it) and Stowage's own code that prepares.
Files that cells name are fetched anew each time.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.utils import timezone

import importer.data
from importer.choices import ExecutionState
from importer.data.lookups import LookupTable
from importer.data.storage import is_stored, sha256_of
from importer.data.transforms.beside import sheets_beside
from importer.engine.desk import Desk
from importer.engine.source_sheets import empty_words_of
from importer.models import Execution, Sheet


def inputs_sha256(
    desk: Desk, frozen: Mapping[str, Any], sheet: Sheet, lookups: Mapping[str, LookupTable]
) -> str:
    """Of all that decides what preparing gives; empty where files are fetched."""
    models = [frozen["entity"]["odoo_model"]]
    mappings = [frozen, *(frozen.get("nested") or ())]
    if any(one["source"] == "binary" for mapping in mappings for one in mapping["fields"]):
        return ""
    models += [one["entity"]["odoo_model"] for one in frozen.get("nested") or ()]
    names = {sheet.name, *sheets_beside(frozen)}
    sheets = sheet.dataset.sheets.filter(name__in=names).order_by("name")
    told = [
        _code(),
        timezone.localdate().isoformat(),
        json.dumps(frozen, sort_keys=True),
        json.dumps(sheet.dataset.options, sort_keys=True),
        json.dumps(empty_words_of(sheet)),
        sheet.name,
        *(f"{one.name} {one.sha256}" for one in sheets),
        *(repr(desk.facts_of(model)) for model in models),
        *(f"{name} {sha256_of(table.path)}" for name, table in sorted(lookups.items())),
    ]
    return sha256("\n".join(told).encode()).hexdigest()


def prepared_before(desk: Desk, inputs: str) -> Execution | None:
    """The execution whose files can be taken as they are."""
    if not inputs:
        return None
    found = (
        Execution.objects.filter(
            project=desk.load.project_id, inputs_sha256=inputs, state=ExecutionState.SUCCEEDED
        )
        .exclude(outcome={})
        .order_by("-created_at")
        .first()
    )
    if found is None or not (is_stored(found.output) and is_stored(found.outcome["issues"])):
        return None
    return found


@lru_cache(maxsize=1)
def _code() -> str:
    """Of the sources of the room that prepares, and of the libraries that it asks."""
    digest = sha256()
    for library in ("duckdb", "phonenumbers", "pycountry", "python-stdnum"):
        digest.update(f"{library} {version(library)}\n".encode())
    for folder in importer.data.__path__:
        for path in sorted(Path(folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
