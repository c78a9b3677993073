"""Puts the story of one key together: a constant number of queries, one slice of each file."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import F, Q

from importer.choices import LoadKind
from importer.data.hiding import STARS, is_secret, shown
from importer.data.keys import key_hash
from importer.data.storage import local_path, work_dir
from importer.data.transforms.beside import sheets_beside
from importer.datasets import empty_words_of
from importer.engine.external_ids import external_id
from importer.errors import Refused
from importer.explaining import shapes
from importer.explaining.calls import sent_of
from importer.explaining.places import Spot, spots_of, told_place
from importer.explaining.slices import Slices, open_slices
from importer.explaining.steps import secret_columns, secret_fields, stories
from importer.explaining.subjects import Subject, changes_of, entry_of, records_of
from importer.models import (
    Attempt,
    Batch,
    Change,
    DeferredLink,
    Issue,
    KeyMap,
    Load,
    Plan,
    Sheet,
)

MOST_LOADS = 30
Row = dict[str, Any]


@dataclass
class _Known:
    """What was read of one subject. ``planned``: load -> rows of its plans; ``prepared``: load ->
    the prepared rows with the key, of which one is sent at most; ``sheets``: (dataset, name) ->
    sheet, of datasets whose documents have lines."""

    subject: Subject
    entry: KeyMap | None
    changes: list[Change]
    loads: list[Load]
    more: bool
    plans: list[Plan] = field(default_factory=list)
    planned: dict[int, list[tuple[Plan, Row]]] = field(default_factory=dict)
    prepared: dict[int, list[Row]] = field(default_factory=dict)
    sheets: dict[tuple[Any, str], Sheet] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def row_of(self, load: Load) -> Row:
        """The prepared row that is told: the one asked for, else the one that could be sent."""
        rows = self.prepared[load.pk]
        asked = [
            row
            for row in rows
            if load.sheet_id == self.subject.sheet and row["sheet_row"] == self.subject.row
        ]
        return next(iter((*asked, *(row for row in rows if not row["failed"]), *rows)))


def tell(subject: Subject, *, fields_of: int | None = None) -> shapes.Explained:
    """``fields_of``: the load whose steps are shown, else the newest that has the row."""
    known = _look(subject)
    with work_dir() as folder:
        paths = _paths(known)
        words = _words(known, fields_of)
        with open_slices(folder, paths, words) as slices:
            _read(known, slices)
            rows = {pk: [int(one["sheet_row"]) for one in some] for pk, some in
                    known.prepared.items()}  # fmt: skip
            spots = spots_of(slices, subject, known.loads, rows, known.sheets, known.notes)
            chosen = _chosen(known, fields_of)
            fields = _fields(known, chosen, slices) if chosen else ()
            places = tuple(told_place(slices, spot, _secrets(known)) for spot in spots)
    loads = _told_loads(known)
    return shapes.Explained(
        entity=subject.entity.name,
        model=subject.entity.odoo_model,
        connection_id=str(subject.connection.pk),
        connection=subject.connection.name,
        key=tuple(json.loads(subject.key)),
        record=_record(known),
        places=places,
        fields_of=chosen.pk if chosen else None,
        fields=fields,
        loads=loads,
        more=known.more,
        notes=tuple(dict.fromkeys(known.notes)),
    )


def tell_keyless(sheet: Sheet, row: int) -> tuple[shapes.Explained, ...]:
    """A row without a whole key has no story but its cells and what was said of it."""
    said = Issue.objects.filter(load__sheet__dataset=sheet.dataset_id, sheet=sheet.name, row=row)
    loads = Load.objects.filter(pk__in=said.values("load")).select_related(
        "entity", "connection", "sheet__dataset"
    )
    notes: list[str] = []
    path = stored_path(sheet.stored_as, notes)
    if path is None:
        return ()
    own = list(loads.order_by("-pk")[:MOST_LOADS])
    with work_dir() as folder, open_slices(folder, [path], ()) as slices:
        secret = {name for load in own for name in secret_columns(load.mapping)}
        place = told_place(slices, Spot(sheet, path, row), secret)
    return tuple(
        shapes.Explained(
            entity=load.entity.name,
            model=load.entity.odoo_model,
            connection_id=str(load.connection_id),
            connection=load.connection.name,
            key=(),
            record=None,
            places=(place,),
            fields_of=None,
            fields=(),
            loads=(_only_problems(load, said.filter(load=load), row),),
            more=False,
            notes=("The row's key is not whole, so nothing else can be told of it.",),
        )
        for load in own[:1]
    )


def _only_problems(load: Load, said: Iterable[Issue], row: int) -> shapes.LoadTold:
    return shapes.LoadTold(
        load=load.pk,
        kind=load.kind,
        entity=load.entity.name,
        mapping=str(load.mapping.get("name", "")),
        dry_run=load.dry_run,
        state=load.state,
        at=_time(load.created_at),
        dataset=str(load.sheet.dataset) if load.sheet else "",
        sheet_id=load.sheet_id,
        sheet=load.sheet.name if load.sheet else "",
        row=row,
        verdicts=(),
        batches=(),
        problems=tuple(_problem(one, secret_fields(load.mapping)) for one in said),
        images=(),
        reverts=None,
        undone_by=(),
    )


def _look(subject: Subject) -> _Known:
    entry = entry_of(subject)
    changes = changes_of(subject, records_of(subject, entry))
    own = Q(entity=subject.entity) | Q(pk__in={one.load_id for one in changes})
    loads = list(
        Load.objects.filter(own, connection=subject.connection)
        .select_related("entity", "sheet__dataset__derived_from", "sheet__file", "project")
        .order_by("-pk")[: MOST_LOADS + 1]
    )
    known = _Known(subject, entry, changes, loads[:MOST_LOADS], len(loads) > MOST_LOADS)
    pks = [load.pk for load in known.loads]
    nested = {
        one.sheet.dataset_id for one in known.loads if one.sheet and sheets_beside(one.mapping)
    }
    others = Sheet.objects.filter(dataset__in=nested).select_related(
        "dataset__derived_from", "file"
    )
    known.sheets = {(one.dataset_id, one.name): one for one in others} if nested else {}
    known.plans = list(Plan.objects.filter(load__in=pks).order_by("load_id", "pass_number"))
    return known


def _paths(known: _Known) -> list[Path]:
    """Every file that is looked into; one that is gone is said, not stumbled over."""
    names = [plan.stored_as for plan in known.plans]
    names += [load.prepared_as for load in known.loads if load.prepared_as]
    for load in known.loads:
        if load.sheet is not None:
            names.append(load.sheet.stored_as)
    names += [sheet.stored_as for sheet in known.sheets.values()]
    paths = (stored_path(name, known.notes) for name in dict.fromkeys(names))
    return [path for path in paths if path is not None]


def stored_path(name: str, notes: list[str]) -> Path | None:
    """Where a stored file is; None, and a note, where it is gone."""
    try:
        return local_path(name)
    except FileNotFoundError as error:
        notes.append(str(error))
        return None


def _words(known: _Known, fields_of: int | None) -> Sequence[str]:
    """Those of the dataset whose row is told step by step."""
    sheets = [one.sheet for one in known.loads if one.sheet and fields_of in (None, one.pk)]
    return empty_words_of(sheets[0].dataset) if sheets else ()


def _read(known: _Known, slices: Slices) -> None:
    plans = {path: plan for plan in known.plans if (path := stored_path(plan.stored_as, []))}
    undos = {load.pk for load in known.loads if load.kind == LoadKind.UNDO}
    apart = [path for path, plan in plans.items() if plan.load_id in undos]  # of other columns
    own = [path for path in plans if path not in set(apart)]
    for row in (one for some in (own, apart) for one in slices.by_key(some, known.subject.key)):
        plan = plans[Path(row["file"])]
        known.planned.setdefault(plan.load_id, []).append((plan, row))
    for rows in known.planned.values():
        rows.sort(key=lambda one: (one[0].pass_number, one[1]["sheet_row"] or 0))
    prepared: dict[Path, list[int]] = {}  # loads of the very same rows share a file
    for load in known.loads:
        path = stored_path(load.prepared_as, []) if load.prepared_as else None
        if path is not None:
            prepared.setdefault(path, []).append(load.pk)
    for row in slices.by_key(list(prepared), known.subject.key):
        for pk in prepared[Path(row["file"])]:
            known.prepared.setdefault(pk, []).append(row)


def _chosen(known: _Known, fields_of: int | None) -> Load | None:
    """The load whose steps are told: the one asked for, else the newest real one with the row."""
    having = [load for load in known.loads if load.pk in known.prepared and load.sheet]
    asked = [load for load in having if load.pk == fields_of]
    parts = ("is_link", "stub", "lang")
    whole = [one for one in having if not any(one.mapping.get(part) for part in parts)]
    real = [load for load in whole if not load.dry_run]
    return next(iter((*asked, *real, *whole, *having)), None)


def _fields(known: _Known, load: Load, slices: Slices) -> tuple[shapes.FieldStory, ...]:
    row, sheet = known.row_of(load), load.sheet
    path = stored_path(sheet.stored_as, known.notes) if sheet else None
    if sheet is None or path is None:
        return ()
    beside = {name: one for (dataset, name), one in known.sheets.items()
              if dataset == sheet.dataset_id}  # fmt: skip
    try:
        return stories(
            load.mapping,
            slices,
            sheet=path,
            columns=sheet.column_names,
            row=int(row["sheet_row"]),
            prepared=row,
            known=_targets(known.subject, load, row),
            beside={
                name: found
                for name, one in beside.items()
                if (found := stored_path(one.stored_as, known.notes))
            },
        )
    except Refused as refusal:
        known.notes.append(str(refusal))
        return ()


def _targets(subject: Subject, load: Load, row: Row) -> dict[tuple[str, str], str]:
    """(entity, key) of each reference of the row -> the record behind it."""
    wanted = {
        (str(raw["spec"]["entity"]), str(cell))
        for raw in load.mapping["fields"]
        if raw["source"] == "reference" and (cell := row.get(f"cell:{raw['target']}"))
    }
    if not wanted:
        return {}
    found = KeyMap.objects.filter(
        connection=subject.connection, key_hash__in=[key_hash(key) for _, key in wanted]
    ).select_related("entity")
    return {
        (one.entity.name, one.source_key): f"{one.odoo_model},{one.odoo_id}"
        for one in found
        if (one.entity.name, one.source_key) in wanted
    }


def _secrets(known: _Known) -> set[str]:
    return {name for load in known.loads for name in secret_columns(load.mapping)}


def _record(known: _Known) -> shapes.RecordTold | None:
    entry = known.entry
    if entry is None:
        return None
    waiting = DeferredLink.objects.filter(keymap=entry, written_at=None)
    namespace = known.subject.connection.project.namespace
    own = external_id(namespace, known.subject.entity.name, entry.source_key)
    return shapes.RecordTold(
        model=entry.odoo_model,
        odoo_id=entry.odoo_id,
        external_id=entry.ref or ("" if entry.origin == "adopted" else own),
        origin=entry.origin,
        state=entry.state,
        note=entry.note,
        write_date=entry.write_date,
        waits=tuple(f"{one.field} -> {one.target} {one.target_key}" for one in waiting),
    )


def _told_loads(known: _Known) -> tuple[shapes.LoadTold, ...]:
    """Loads that have the row in a plan, an issue or an image of its record."""
    batches = _batches(known)
    attempts = _attempts(batches)
    problems = _problems(known)
    undone: dict[int, list[int]] = {}
    for load in known.loads:
        if load.reverts_id and not load.dry_run:
            undone.setdefault(load.reverts_id, []).append(load.pk)
    secret = {name for load in known.loads for name in secret_fields(load.mapping)}
    told = []
    for load in known.loads:
        rows = known.planned.get(load.pk, [])
        images = [one for one in known.changes if one.load_id == load.pk]
        own = problems.get(load.pk, [])
        if not rows and not images and not own:
            continue
        told.append(
            shapes.LoadTold(
                load=load.pk,
                kind=load.kind,
                entity=load.entity.name,
                mapping=str(load.mapping.get("name", "")),
                dry_run=load.dry_run,
                state=load.state,
                at=_time(load.created_at),
                dataset=str(load.sheet.dataset) if load.sheet else "",
                sheet_id=load.sheet_id,
                sheet=load.sheet.name if load.sheet else "",
                row=_row_of(known, load, rows),
                verdicts=tuple(_verdict(plan, row) for plan, row in rows),
                batches=_told_batches(load, rows, batches, attempts),
                problems=tuple(_problem(one, secret) for one in own),
                images=tuple(_image(one, secret) for one in images),
                reverts=load.reverts_id,
                undone_by=tuple(undone.get(load.pk, ())),
            )
        )
    return tuple(told)


def _row_of(known: _Known, load: Load, rows: Sequence[tuple[Plan, Row]]) -> int | None:
    if load.pk in known.prepared:
        return int(known.row_of(load)["sheet_row"])
    found = [int(row["sheet_row"]) for _, row in rows if row["sheet_row"]]
    return found[0] if found else None


def _verdict(plan: Plan, row: Row) -> shapes.VerdictTold:
    fields = row.get("fields") or ()
    named = [one for one in fields.split(",") if one] if isinstance(fields, str) else fields
    return shapes.VerdictTold(
        plan.pass_number, row["sheet_row"] or None, row["verdict"], row.get("code") or "",
        row.get("reason") or "", tuple(named),
    )  # fmt: skip


def _batches(known: _Known) -> list[Batch]:
    """Every batch that one of the planned rows is in, in one query."""
    wanted = Q(pk__in=[])
    for plan, row in (one for rows in known.planned.values() for one in rows):
        number = row["plan_row"]
        wanted |= Q(plan=plan.pk, first_pos__lte=number, first_pos__gt=number - F("n_rows"))
    return list(Batch.objects.filter(wanted).order_by("load_id", "seq"))


def _attempts(batches: Sequence[Batch]) -> dict[int, list[Attempt]]:
    found: dict[int, list[Attempt]] = {}
    for one in Attempt.objects.filter(batch__in=[batch.pk for batch in batches]).order_by("n"):
        found.setdefault(one.batch_id, []).append(one)
    return found


def _told_batches(
    load: Load,
    rows: Sequence[tuple[Plan, Row]],
    batches: Sequence[Batch],
    attempts: Mapping[int, Sequence[Attempt]],
) -> tuple[shapes.BatchTold, ...]:
    told = []
    for plan, row in rows:
        for batch in batches:
            number, last = row["plan_row"], batch.first_pos + batch.n_rows
            if batch.plan_id != plan.pk or not batch.first_pos <= number < last:
                continue
            was_out = number in batch.ejected
            if was_out and not attempts.get(batch.pk):
                continue  # it only lies between the rows of this one
            told.append(
                shapes.BatchTold(
                    id=batch.pk,
                    number=batch.seq + 1,
                    kind=batch.kind,
                    state=batch.state,
                    was_taken_out=was_out,
                    sent=sent_of(load, batch, row) if load.kind == LoadKind.LOAD else (),
                    attempts=tuple(map(_attempt, attempts.get(batch.pk, ()))),
                )
            )
    return tuple(told)


def _attempt(one: Attempt) -> shapes.AttemptTold:
    return shapes.AttemptTold(
        one.n, _time(one.sent_at), _time(one.ended_at), one.outcome, one.milliseconds, one.message
    )


def _problems(known: _Known) -> dict[int, list[Issue]]:
    """By the row's position; what was seen after the row had ended has none, only its key."""
    wanted = Q(load__in=[one.pk for one in known.loads], position=-1, source_key=known.subject.key)
    for load_id, rows in known.planned.items():
        for _, row in rows:
            position = row["pos"] if row.get("pos") is not None else row["plan_row"]
            wanted |= Q(load=load_id, position=position)
    found: dict[int, list[Issue]] = {}
    for one in Issue.objects.filter(wanted).order_by("pk"):
        found.setdefault(one.load_id, []).append(one)
    return found


def _problem(one: Issue, secret: Collection[str]) -> shapes.RowIssue:
    hidden = one.field in secret or is_secret(one.field) or is_secret(one.column)
    value = STARS if hidden and one.value else one.value
    return shapes.RowIssue(
        one.stage, one.level, one.column, value, one.field, one.code, one.message
    )


def _image(one: Change, secret: Collection[str]) -> shapes.ImageTold:
    names = list(dict.fromkeys((*(one.before or {}), *(one.after or {}), *(one.closing or {}))))
    images = (one.before, one.after, one.closing)
    fields = [
        shapes.FieldImage(name, *(_imaged(name, image, secret) for image in images))
        for name in names
        if name != "id"
    ]
    return shapes.ImageTold(one.batch_id, one.lang, one.company, tuple(fields))


def _imaged(name: str, image: Mapping[str, Any] | None, secret: Collection[str]) -> str | None:
    if image is None or name not in image:
        return None
    text = json.dumps(image[name], ensure_ascii=False)
    return STARS if image[name] and name in secret else shown(name, text)


def _time(value: datetime | None) -> str:
    return value.isoformat(timespec="seconds") if value else ""
