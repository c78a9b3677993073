"""Prepares a load of stubs: the keys that rows of another mapping ask for and nobody has."""

from dataclasses import replace
from pathlib import Path

from importer.choices import ExistingPolicy, KeyMapState
from importer.data.holding import sent_part
from importer.data.prepared import Prepared
from importer.data.preparing import prepare
from importer.data.storage import local_path, sha256_of
from importer.data.stubs import (
    Asking,
    Frozen,
    as_askers_rows,
    feeder_of,
    only_created,
    write_asked,
    write_asked_again,
)
from importer.engine.desk import Desk
from importer.engine.extracts import copy_out, parent_load
from importer.engine.source_sheets import lookups_of, prepare_sheet, sheet_of
from importer.errors import Refused
from importer.models import Load


def prepare_asked(desk: Desk, out_dir: Path) -> Prepared:
    """Each key that is asked for, prepared as a row of the entity, under the first row that asks.
    A retry is about the same keys."""
    frozen, load = desk.load.mapping, desk.load
    columns = frozen["entity"]["key_columns"]
    path, work = out_dir / "asked.parquet", out_dir / "asking"
    if load.prepared_as:
        write_asked_again(local_path(load.prepared_as), columns, path, work)
    else:
        write_asked(_asking(desk, out_dir / "askers"), path, work)
    prepared = prepare(
        frozen,
        facts=desk.facts,
        sheet_path=path,
        sheet=sheet_of(load).name,
        empty_words=(),
        lookups=lookups_of(desk, frozen, out_dir),
        out_dir=out_dir,
    )
    as_askers_rows(prepared.path, prepared.issues_path, work)
    return replace(prepared, sha256=sha256_of(prepared.path))


def _asking(desk: Desk, folder: Path) -> Asking:
    load = desk.load
    asker = feeder_of(load.mapping)
    folder.mkdir()
    askers = prepare_sheet(desk, sent_part(asker), folder)
    wanted = load.mapping["stub"]["fields"]
    return Asking(
        prepared=askers.path,
        fields=tuple((one.target, one.is_list) for one in askers.fields if one.target in wanted),
        key_columns=tuple(load.mapping["entity"]["key_columns"]),
        keys=load.keys,
        loaded=_loaded(load),
        known=_known(load, asker, folder / "known.csv"),
        only_known=asker["on_existing"] == ExistingPolicy.UPDATE_ONLY,
        only=only_created(asker, wanted),
    )


def _loaded(load: Load) -> Path | None:
    """The rows of the entity's own sheet, whatever became of them."""
    if not load.mapping["stub"]["beside"]:
        return None
    beside = parent_load(load, load.entity)
    if beside is None or not beside.prepared_as:
        raise Refused(
            f"The rows of “{load.entity.name}” could not be read in this run, so nobody knows "
            "which are missing and no stubs were made. Put right what that node says, then retry."
        )
    return local_path(beside.prepared_as)


def _known(load: Load, asker: Frozen, path: Path) -> Path | None:
    """Keys of the rows that ask which are there, where that decides whether they are sent."""
    policy = asker["on_existing"]
    finds_others = policy == ExistingPolicy.UPDATE_ONLY and asker["match_rules"]
    if policy == ExistingPolicy.UPSERT or finds_others:
        return None
    values = [load.connection_id, asker["entity"]["id"], str(KeyMapState.GONE)]
    return copy_out(_KEYS, values, path)


_KEYS = """
SELECT source_key FROM importer_keymap
WHERE connection_id = %s AND entity_id = %s AND state <> %s"""
