"""Prepares a sheet under a mapping: finds its file, its lines' files and its lists in Odoo."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from importer.data.binaries.sources import Keep
from importer.data.lookups import LookupTable, read_lookups, wanted_lookups
from importer.data.prepared import Prepared
from importer.data.preparing import prepare
from importer.data.storage import local_path
from importer.data.transforms.beside import sheets_beside
from importer.engine.desk import Desk
from importer.engine.source_files import files_for
from importer.models import Load, Sheet

Frozen = dict[str, Any]


def sheet_of(load: Load) -> Sheet:
    """The sheet that feeds the load."""
    if load.sheet is None:
        raise ValueError(f"load {load.pk} has no sheet")
    return load.sheet


def empty_words_of(sheet: Sheet) -> list[str]:
    """The cell texts of the sheet that mean nothing is there."""
    return list(sheet.dataset.options.get("empty_words", settings.STOWAGE_EMPTY_WORDS))


def prepare_sheet(
    desk: Desk,
    frozen: Frozen,
    out_dir: Path,
    *,
    keep: Keep | None = None,
    lookups: Mapping[str, LookupTable] | None = None,
) -> Prepared:
    """The load's sheet under this mapping, in ``out_dir``. ``keep``: takes in the bytes of files
    that cells name; without it none are fetched. ``lookups``: where they were read already."""
    sheet = sheet_of(desk.load)
    nested = frozen.get("nested") or []
    others = sheet.dataset.sheets.filter(name__in=sheets_beside(frozen))
    return prepare(
        frozen,
        facts=desk.facts_of(str(frozen["entity"]["odoo_model"])),
        sheet_path=local_path(sheet.stored_as),
        sheet=sheet.name,
        empty_words=empty_words_of(sheet),
        lookups=lookups_of(desk, frozen, out_dir) if lookups is None else lookups,
        out_dir=out_dir,
        nested_facts={
            model: desk.facts_of(model) for model in {one["entity"]["odoo_model"] for one in nested}
        },
        nested_sheets={one.name: local_path(one.stored_as) for one in others},
        files=files_for(sheet.dataset, keep, desk.reporter.is_stopping),
    )


def lookups_of(desk: Desk, frozen: Frozen, out_dir: Path) -> dict[str, LookupTable]:
    """The lists that the mapping's cells are looked up in."""
    if not wanted_lookups(frozen):
        return {}
    return read_lookups(frozen, desk.client, folder=out_dir / "lookups")
