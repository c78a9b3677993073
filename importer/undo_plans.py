"""Verbs on what an undo load has planned: its numbers, and the records behind each. Reads files."""

from dataclasses import asdict
from typing import Any

from importer.data.duck import open_duck
from importer.data.storage import local_path, work_dir
from importer.engine.undoing.ground import NUMBERS
from importer.engine.undoing.numbers import LISTS, listed
from importer.models import Load

__all__ = ("LISTS", "numbers_of", "records_of")


def numbers_of(load: Load) -> dict[str, Any]:
    """What the newest plan of an undo load comes to (importer/engine/undoing/numbers.py), with
    ``not_looked_at``: sentences; empty before it is planned."""
    found = load.verification.get(NUMBERS)
    if found is None:
        return {}
    return {**found, "not_looked_at": load.verification.get("not_looked_at", [])}


def records_of(load: Load, which: str, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """Records behind the number ``which`` (a name of LISTS) of the load's newest plan, as dicts of
    :class:`importer.engine.undoing.numbers.Listed`."""
    plan = load.plans.order_by("-pass_number").first()
    if plan is None:
        return []
    path = local_path(plan.stored_as)
    with work_dir() as folder, open_duck(folder, readable=[path]) as duck:
        return [asdict(one) for one in listed(duck, path, which, offset=offset, limit=limit)]
