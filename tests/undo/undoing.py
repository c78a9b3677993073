"""Undoing a load of the engine's harbour, and looking at what is left."""

from typing import Any

from importer import loads
from importer.models import Issue, Load
from tests.engine.loading import Harbour


def undo(harbour: Harbour, load: Load, *, archive: bool = False) -> Load:
    """The undo of a load, worked to its end."""
    return harbour.run(loads.open_undo(load, archive=archive))


def create(harbour: Harbour, model: str, values: dict[str, Any]) -> int:
    """A record that somebody else made in Odoo."""
    client = harbour.client()
    try:
        return client.create_record(model, values)
    finally:
        client.close()


def count(harbour: Harbour, model: str, domain: list[Any] | None = None) -> int:
    """Records in Odoo, archived ones too."""
    client = harbour.client()
    try:
        return client.search_count(model, domain or [], context={"active_test": False})
    finally:
        client.close()


def ids_of(harbour: Harbour, model: str) -> dict[str, int]:
    """Name -> id of the loaded records, whose names begin with Q."""
    found = harbour.read(model, [["name", "=like", "Q%"]], ["name"])
    return {record["name"]: record["id"] for record in found}


def reasons(load: Load) -> dict[str, str]:
    """Source key -> why its record was not undone as one would wish."""
    return dict(Issue.objects.filter(load=load).values_list("source_key", "message"))
