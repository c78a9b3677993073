"""Checks rows again as soon as they are corrected: by the code that prepares a load, in a child
process, on these rows and those that share their keys. What only Odoo can say is said by a run.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from importer.bad_rows import RowIssue, Rules
from importer.choices import IssueStage
from importer.connections import open_client
from importer.corrections import corrected_cells, sheet_parquet
from importer.data.correcting.applying import write_corrected, write_part
from importer.data.lookups import LookupTable, read_lookups, wanted_lookups
from importer.data.previewing import Asked, check_in_child
from importer.data.storage import local_path, work_dir
from importer.data.transforms.beside import sheets_beside
from importer.datasets import empty_words_of
from importer.engine.source_files import files_for
from importer.freezing import sha256_of_json
from importer.kept_for_a_while import kept_folder
from importer.models import Connection, Dataset, Sheet
from importer.schema_cache import schema_of

Frozen = dict[str, Any]
_LISTS_FOR_SECONDS = 300


def recheck(dataset: Dataset, sheet: str, rows: Iterable[int], rules: Rules) -> list[RowIssue]:
    """What is wrong with these rows of the dataset, with all corrections that wait, under each
    mapping that reads the sheet. Reads lists from Odoo, at most every five minutes. Raises
    Refused, and OdooError where Odoo cannot be read."""
    numbers = sorted(set(rows))
    if not numbers:
        return []
    found: dict[RowIssue, None] = {}
    for frozen in rules.mappings.get(sheet, ()):
        for issue in _under(frozen, dataset, sheet, numbers, rules.connection):
            found[issue] = None
    return sorted(found, key=lambda one: (one.row, one.column, one.code))


def _under(
    frozen: Frozen, dataset: Dataset, sheet: str, rows: Sequence[int], connection: Connection
) -> list[RowIssue]:
    main = dataset.sheets.get(name=frozen["fed_by"])
    with work_dir() as folder:
        path = folder / "main.parquet"
        if main.name == sheet and sheet not in sheets_beside(frozen):
            key = frozen["entity"]["key_columns"]
            told = corrected_cells(dataset, main.name)
            write_part(sheet_parquet(main), told, path, rows=rows, key=key)
        else:
            path = _as_corrected(main, path)
        others = {
            one.name: _as_corrected(one, folder / f"lines_{one.position}.parquet")
            for one in line_sheets(frozen, main)
        }
        asked = asked_of(frozen, main, path, others, connection)
        return [as_issue(one) for one in check_in_child(asked, folder, {sheet: rows})]


def line_sheets(frozen: Frozen, main: Sheet) -> list[Sheet]:
    """The other sheets of the same dataset that the mapping reads: those of its lines, and those
    in which its transforms look cells up."""
    names = sheets_beside(frozen)
    return list(main.dataset.sheets.filter(name__in=names).exclude(pk=main.pk))


def asked_of(
    frozen: Frozen, main: Sheet, path: Path, others: Mapping[str, Path], connection: Connection
) -> Asked:
    """What a child needs to prepare the sheet, whose rows are in ``path``."""
    models = {str(nested["entity"]["odoo_model"]) for nested in frozen.get("nested") or ()}
    return Asked(
        frozen=frozen,
        facts=schema_of(connection, frozen["entity"]["odoo_model"]),
        sheet_path=path,
        sheet=main.name,
        empty_words=empty_words_of(main.dataset),
        lookups=lists_of(frozen, connection),
        nested_facts={model: schema_of(connection, model) for model in models},
        nested_sheets=others,
        files=files_for(main.dataset),
    )


def _as_corrected(sheet: Sheet, target: Path) -> Path:
    """The sheet's file; with what waits for it, if anything does."""
    told = corrected_cells(sheet.dataset, sheet.name)
    if not told:
        return local_path(sheet.stored_as)
    write_corrected(sheet_parquet(sheet), told, target)
    return target


def as_issue(raw: Mapping[str, Any]) -> RowIssue:
    """An issue of the preparation."""
    texts = {name: str(raw[name] or "") for name in ("column", "value", "level", "code", "message")}
    return RowIssue(sheet=raw["sheet"], row=raw["sheet_row"], stage=IssueStage.PREPARE, **texts)


def lists_of(frozen: Frozen, connection: Connection) -> dict[str, LookupTable]:
    """The lists that cells are looked up in, read once in five minutes on this machine."""
    wanted = sorted(wanted_lookups(frozen))
    if not wanted:
        return {}
    named = sha256_of_json([str(connection.pk), wanted, frozen.get("context")])
    kept = kept_folder(
        "lists", named, partial(_read_lists, frozen, connection), seconds=_LISTS_FOR_SECONDS
    )
    raws = json.loads((kept / "lists.json").read_text(encoding="utf-8"))
    return {
        one["lookup"]: LookupTable(
            one["model"], tuple(map(tuple, one["by"])), kept / one["file"], one["n"]
        )
        for one in raws
    }


def _read_lists(frozen: Frozen, connection: Connection, folder: Path) -> None:
    client = open_client(connection)
    try:
        tables = read_lookups(frozen, client, folder=folder)
    finally:
        client.close()
    facts = [
        {"lookup": name, "model": one.model, "by": one.by, "file": one.path.name, "n": one.n}
        for name, one in tables.items()
    ]
    (folder / "lists.json").write_text(json.dumps(facts), encoding="utf-8")
