"""Undoing a load of the engine's harbour, and looking at what is left."""

from typing import Any

from importer import loads
from importer.models import Issue, Load
from tests.engine.loading import Harbour


def undo(harbour: Harbour, load: Load, *, archive: bool = False) -> Load:
    """The undo of a load, worked to its end."""
    return harbour.run(loads.open_undo(load, archive=archive))


def count(harbour: Harbour, model: str, domain: list[Any] | None = None) -> int:
    """Records in Odoo, archived ones too."""
    client = harbour.client()
    try:
        return client.search_count(model, domain or [], context={"active_test": False})
    finally:
        client.close()


def reasons(load: Load) -> dict[str, str]:
    """Source key -> why its record was not undone as one would wish."""
    return dict(Issue.objects.filter(load=load).values_list("source_key", "message"))
