"""The last look of a load at the records it touched: what our own login has moved since becomes
what a rollback starts from; what somebody else has edited meanwhile is named and stays theirs.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction

from importer.choices import IssueLevel, IssueStage, LoadKind
from importer.data.keys import display_key
from importer.engine.contexts import place_context
from importer.engine.desk import Desk
from importer.engine.file_images import add_files, file_names
from importer.engine.issues import RowProblem, add_problems
from importer.engine.undoing.reading import named, user_names
from importer.models import Batch, Change, Issue, KeyMap, Load
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug
from importer.odoo.protocols import Context

CODE = "edited_during_run"
CHUNK = 1000
Image = dict[str, Any]
_STAMP = ["write_date", "write_uid"]
_ALL = {"active_test": False}


class _Touched(NamedTuple):
    """A key map entry that this load wrote last."""

    pk: int
    odoo_id: int
    write_date: str
    source_key: str


def look_at_the_end(desk: Desk) -> int:
    """The same once more when a run ends, as its later loads may have rewritten what this one
    touched, and people may have edited it. The number of records that are named anew. Repeating it
    names nothing twice."""
    load = desk.load
    known = set(Issue.objects.filter(load=load, code=CODE).values_list("source_key", flat=True))
    problems: list[RowProblem] = []
    own = Batch.objects.filter(load=load).values("pk")
    entries = KeyMap.objects.filter(
        connection=load.connection_id, odoo_model=load.odoo_model, last_batch__in=own
    )
    ids = iter(list(entries.order_by("odoo_id").values_list("odoo_id", flat=True)))
    while some := list(islice(ids, CHUNK)):
        problems += [one for one in look_again(desk, some)[1] if one.key not in known]
    close_images(desk)
    with transaction.atomic():
        add_problems(load, IssueStage.VERIFY, problems)
        if problems:
            total = len(known) + len(problems)
            said = {**load.verification, "edited_during_run": total}
            Load.objects.filter(pk=load.pk).update(verification=said)
            desk.reporter.log(
                "warning", f"{len(problems)} more records were edited during the run."
            )
    return len(problems)


def look_again(desk: Desk, ids: Sequence[int]) -> tuple[int, list[RowProblem]]:
    """How many of these records are in Odoo, and those that this load touched and somebody else
    has edited before its end. Key map entries follow what our own login has written since. Where
    nothing was touched a count says it all, and is much cheaper."""
    domain = [["id", "in", list(ids)]]
    touched = _touched(desk.load, ids)
    if not touched:
        return desk.client.search_count(desk.load.odoo_model, domain, context=_ALL), []
    now = {
        one["id"]: one
        for one in desk.client.search_read(desk.load.odoo_model, domain, _STAMP, context=_ALL)
    }
    moved = [
        entry
        for entry in touched
        if entry.odoo_id in now and entry.write_date not in ("", now[entry.odoo_id]["write_date"])
    ]
    ours = [one for one in moved if now[one.odoo_id]["write_uid"] == desk.client.uid]
    _follow(ours, now)
    return len(now), _problems(desk, [one for one in moved if one not in ours], now)


def _touched(load: Load, ids: Sequence[int]) -> list[_Touched]:
    with connection.cursor() as cursor:
        cursor.execute(
            _TOUCHED,
            [list(ids), load.connection_id, load.odoo_model, load.entity_id, load.pk],
        )
        return [_Touched(*row) for row in cursor.fetchall()]


# Of tables that were just filled PostgreSQL may know nothing yet, so this leaves it no choice: each
# record by its own index, and whose batch it was out of one small set (IS TRUE prevents a join).
_TOUCHED = """
SELECT own.id, own.odoo_id, own.write_date, own.source_key
FROM unnest(%s::bigint[]) AS wanted(id), LATERAL (
  SELECT * FROM importer_keymap AS k
  WHERE k.connection_id = %s AND k.odoo_model = %s AND k.odoo_id = wanted.id OFFSET 0) AS own
WHERE own.entity_id = %s
  AND (own.last_batch IN (SELECT id FROM importer_batch WHERE load_id = %s)) IS TRUE"""


def _follow(entries: Sequence[_Touched], now: Mapping[int, Image]) -> None:
    """Unless another load has touched the record since it was read."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE importer_keymap SET write_date = %s WHERE id = %s AND write_date = %s",
            [(now[one.odoo_id]["write_date"], one.pk, one.write_date) for one in entries],
        )


def _problems(
    desk: Desk, entries: Sequence[_Touched], now: Mapping[int, Image]
) -> list[RowProblem]:
    names = user_names(desk.client, {now[one.odoo_id]["write_uid"] for one in entries})
    return [
        RowProblem(
            position=-1,
            row=0,
            key=one.source_key,
            code=CODE,
            message=(
                f"{display_key(one.source_key)} was changed in Odoo during the run, by "
                f"{named(now[one.odoo_id]['write_uid'], names)} on "
                f"{now[one.odoo_id]['write_date']} UTC. A rollback leaves what was changed."
            ),
            level=IssueLevel.WARNING,
        )
        for one in entries
    ]


def close_images(desk: Desk) -> int:
    """Read the after-images again of records that our own login has written since; how many."""
    changes = _last_changes(desk.load)
    closed = 0
    while some := list(islice(changes, CHUNK)):
        closed += sum(
            _close(desk, place, [one for one in some if _place(one) == place])
            for place in sorted({_place(one) for one in some})
        )
    return closed


Place = tuple[str, str, int]


def _place(one: Change) -> Place:
    return one.odoo_model, one.lang, one.company


def _last_changes(load: Load) -> Iterator[Change]:
    """The load's last touch of each record, in each language and company."""
    last = (
        Change.objects.filter(load=load, after__isnull=False)
        .order_by("odoo_model", "odoo_id", "lang", "company", "-pk")
        .distinct("odoo_model", "odoo_id", "lang", "company")
    )
    return last.iterator(chunk_size=CHUNK)


def _close(desk: Desk, place: Place, changes: Sequence[Change]) -> int:
    model, lang, company = place
    context = {**_ALL, **place_context((lang, company))}
    stamps = _read(desk, model, [one.odoo_id for one in changes], _STAMP, context)
    moved = [
        one
        for one in changes
        if one.odoo_id in stamps
        and stamps[one.odoo_id]["write_date"] != (one.after or {}).get("write_date")
        and stamps[one.odoo_id]["write_uid"] == desk.client.uid
    ]
    fields = sorted({name for one in moved for name in one.after or ()} - {"id"})
    images = _read(desk, model, [one.odoo_id for one in moved], fields, context)
    later = _found_by_later_loads(desk.load, place, [one.odoo_id for one in moved])
    for one in moved:
        image = {**images.get(one.odoo_id, {}), **later.get(one.odoo_id, {})}
        one.closing = {name: image[name] for name in one.after or () if name in image} or None
    Change.objects.bulk_update(moved, ["closing"], batch_size=500)
    return len(moved)


def _found_by_later_loads(load: Load, place: Place, ids: Sequence[int]) -> dict[int, Image]:
    """Record -> fields that later loads have images of, as they found them: these are undone
    first, and leave it so."""
    model, lang, company = place
    changes = Change.objects.filter(
        load__connection=load.connection_id,
        load__kind=LoadKind.LOAD,
        load__gt=load.pk,
        odoo_model=model,
        odoo_id__in=list(ids),
        lang=lang,
        company=company,
        before__isnull=False,
    )
    found: dict[int, Image] = {}
    for record, before in changes.order_by("-pk").values_list("odoo_id", "before"):
        kept = {name: value for name, value in (before or {}).items() if name not in _STAMP}
        found[record] = {**found.get(record, {}), **kept}
    return found


def _read(
    desk: Desk, model: str, ids: Sequence[int], fields: Sequence[str], context: Context
) -> dict[int, Image]:
    """What cannot be read stays as it is known: a rollback then keeps more than it had to."""
    if not ids:
        return {}
    try:
        files = file_names(desk.facts.fields, fields) if model == desk.load.odoo_model else []
        plain = [name for name in fields if name not in files]
        found = {one["id"]: one for one in desk.client.read(model, ids, plain, context=context)}
        add_files(desk.client, model, found, files, context=context, store=None)
    except (AccessRefused, DataRefused, ServerBug) as error:
        desk.reporter.log("warning", f"The last look at changed records failed: {error}")
        return {}
    return found
