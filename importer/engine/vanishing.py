"""Records whose row is in the file no more: found before a load plans anything, counted, listed,
and archived where the mapping or the run says so. A load that would archive too many asks first.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction

from importer.choices import BatchKind, KeyMapState, LoadState
from importer.data.duck import THREADS, open_duck, quote
from importer.data.keys import key_hash
from importer.data.macros import prelude
from importer.data.storage import local_path, store_file, work_dir
from importer.data.vanished import ARCHIVE, NOTHING, cannot_archive, sheet_keys
from importer.engine.desk import Desk
from importer.engine.extracts import copy_out
from importer.engine.keymaps import mark_gone
from importer.engine.leases import end_step
from importer.engine.plan_rules import PlanRow
from importer.engine.source_sheets import empty_words_of, sheet_of
from importer.engine.updating import Updating
from importer.engine.works import Answered, Ready, register
from importer.errors import Refused
from importer.models import Batch, KeyMap, Load, Sheet

NOTE = "Archived: its row was in the file no more."
ROW = 0
"""The sheet row of what is in no sheet."""
_COLUMNS = "{'key': 'VARCHAR', 'odoo_id': 'BIGINT', 'load': 'BIGINT'}"


@dataclass(frozen=True, slots=True)
class Vanished:
    """``path``: CSV of (key, odoo_id, load that sent it last) of the ``count`` records that
    vanished, of ``known`` that earlier loads of the mapping have sent."""

    path: Path
    count: int
    known: int

    @property
    def percent(self) -> float:
        return 100 * self.count / self.known if self.known else 0.0


def policy(load: Load) -> str:
    """What the load does: as its mapping says, or as the run says instead. A run of chosen keys
    says nothing of the others."""
    return NOTHING if load.keys is not None else str(load.vanished.get("policy") or NOTHING)


def look_for_vanished(desk: Desk, folder: Path, only_rows: Path | None) -> Vanished | None:
    """None where nobody wants to know. A retry looks only for what it is to archive once more."""
    wanted = policy(desk.load)
    if wanted == NOTHING or (only_rows is not None and not _is_again(only_rows)):
        return None
    if wanted == ARCHIVE and (sentence := cannot_archive(desk.facts)):
        raise Refused(sentence)
    known = _copy_known(desk.load, folder / "known.csv")
    return _compare(desk, folder, known)


def _is_again(only_rows: Path) -> bool:
    return str(ROW) in only_rows.read_text(encoding="utf-8").split()


def _copy_known(load: Load, path: Path) -> Path:
    """Live records of the entity that loads of this very mapping have sent: another mapping's rows
    come in files of their own."""
    own = Load.objects.filter(
        connection=load.connection_id,
        entity=load.entity_id,
        mapping__id=load.mapping["id"],
    )
    senders = list(own.values_list("pk", flat=True))
    return copy_out(
        "SELECT source_key, odoo_id, sent_load_id FROM importer_keymap WHERE connection_id = %s "
        "AND entity_id = %s AND state = ANY(%s) AND sent_load_id = ANY(%s)",
        [load.connection_id, load.entity_id, _LIVE, senders],
        path,
    )


_LIVE = [str(KeyMapState.LIVE), str(KeyMapState.NEEDS_LINK)]


def _compare(desk: Desk, folder: Path, known: Path) -> Vanished:
    sheet = sheet_of(desk.load)
    sources = _sources(sheet)
    path = folder / "vanished.csv"
    with open_duck(folder, readable=sources, memory="100MB", threads=THREADS) as duck:
        duck.execute(prelude(empty_words_of(sheet)))
        columns = desk.load.mapping["entity"]["key_columns"]
        keys = " UNION ".join(
            f"SELECT key FROM ({sheet_keys(f'read_parquet({quote(str(source))})', columns)})"
            for source in sources
        )
        duck.execute(f"CREATE TEMP TABLE here AS {keys}")
        duck.execute(
            f"COPY (SELECT k.* FROM {_csv(known)} AS k ANTI JOIN here USING (key) ORDER BY key) "
            f"TO {quote(str(path))} (FORMAT csv, HEADER false)"
        )
        counts = duck.execute(
            f"SELECT (SELECT count(*) FROM {_csv(path)}), (SELECT count(*) FROM {_csv(known)})"
        ).fetchone()
    return Vanished(path, *(counts or (0, 0)))


def _sources(sheet: Sheet) -> list[Path]:
    """The sheet, and where its dataset is a corrected one those that it was made of: a row that
    somebody left out, or whose key was corrected, has not vanished from the file."""
    paths, before = [local_path(sheet.stored_as)], sheet.dataset.derived_from
    while before is not None:
        found = before.sheets.filter(name=sheet.name).first()
        paths += [local_path(found.stored_as)] if found else []
        before = before.derived_from
    return paths


def _csv(path: Path) -> str:
    return (
        f"read_csv({quote(str(path))}, header = false, auto_detect = false, delim = ',', "
        f"quote = '\"', escape = '\"', columns = {_COLUMNS})"
    )


def must_ask(load: Load, vanished: Vanished) -> bool:
    """Whether so many would be archived that a person is to say yes first."""
    is_many = vanished.percent > float(load.vanished.get("percent", 0))
    return (
        policy(load) == ARCHIVE and not load.dry_run and not load.vanished.get("agreed") and is_many
    )


def ask(desk: Desk, vanished: Vanished) -> None:
    """Leave the planning as it is and pause: nothing of this load has been sent yet."""
    said = {**_noted(desk, vanished), "asks": True}
    with transaction.atomic():
        if not end_step(
            desk.load,
            LoadState.PLANNING,
            desk.worker,
            state=LoadState.PLANNING,
            vanished=said,
        ):
            return
        desk.reporter.pause(_question(desk.load, vanished))


def _question(load: Load, vanished: Vanished) -> str:
    return (
        f"{vanished.count:,} of {vanished.known:,} known rows of “{load.entity.name}” "
        f"({vanished.percent:.0f} %) are not in the sheet “{sheet_of(load).name}”, more than the "
        f"{load.vanished['percent']} % that are archived without asking. Is the file whole? If so, "
        "resume the run and say that they are to be archived, or that they are to be kept."
    )


def note(desk: Desk, vanished: Vanished | None) -> dict[str, Any]:
    """What the load keeps of it, as columns for its row; outside any transaction."""
    return {} if vanished is None else {"vanished": _noted(desk, vanished)}


def _noted(desk: Desk, vanished: Vanished) -> dict[str, Any]:
    found = {"count": vanished.count, "known": vanished.known}
    if vanished.count:
        name = f"loads/{desk.load.pk}/{uuid4().hex}/vanished.csv"
        found["stored_as"] = store_file(vanished.path, name)  # type: ignore[assignment]
    return {**desk.load.vanished, **found, "asks": False}


def told_of(load: Load, vanished: Vanished) -> str:
    """For the log, once the plan is there."""
    what = {ARCHIVE: "their records are archived"}.get(policy(load), "their records are left")
    if load.dry_run and policy(load) == ARCHIVE:
        what = "their records would be archived"
    asks = load.dry_run and vanished.percent > float(load.vanished.get("percent", 0))
    after = " A run asks first, as these are many." if asks and policy(load) == ARCHIVE else ""
    return (
        f"{vanished.count:,} of {vanished.known:,} known rows vanished from the file; "
        f"{what}.{after}"
    )


class Archiving(Updating):
    """An update of ``active`` alone. A record that is gone already needs nothing, and is not made
    anew."""

    def put_aside(self, desk: Desk, batch: Batch, ready: Ready) -> dict[str, int]:
        gone, ready.gone = ready.gone, []
        mark_gone(desk.load, gone)
        counted = super().put_aside(desk, batch, ready)
        ready.gone = gone
        archived = counted.pop("updated", 0)
        if archived:
            _mark(desk.load, ready.equal)
        unchanged = counted.pop("unchanged", 0) + len(gone)
        return {**counted, "archived": archived, "unchanged": unchanged}

    def keep(self, desk: Desk, batch: Batch, ready: Ready, answered: Answered) -> dict[str, int]:
        counted = super().keep(desk, batch, ready, answered)
        _mark(desk.load, ready.rows)
        archived = counted.pop("updated", 0)
        return {**counted, "archived": archived}


def _mark(load: Load, rows: Sequence[PlanRow]) -> None:
    """The next file that has the row again brings its record back."""
    KeyMap.objects.filter(
        connection=load.connection_id,
        entity=load.entity_id,
        key_hash__in=[key_hash(row.key) for row in rows],
    ).update(state=KeyMapState.ARCHIVED, note=NOTE)


def rows_of(load: Load, *, offset: int = 0, limit: int = 100) -> list[tuple[list[str], int]]:
    """(parts of the key, Odoo id) of the records that vanished, by key; a page of them."""
    stored = load.vanished.get("stored_as")
    if not stored:
        return []
    path = local_path(stored)
    with work_dir() as folder, open_duck(folder, readable=[path]) as duck:
        found = duck.execute(
            f"SELECT key, odoo_id FROM {_csv(path)} ORDER BY key LIMIT ? OFFSET ?", [limit, offset]
        ).fetchall()
    return [(json.loads(key), odoo_id) for key, odoo_id in found]


register(BatchKind.VANISH, Archiving())
