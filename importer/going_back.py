"""Whether Odoo went back to a backup although its database calls itself the same: ids that we know
are missing or lead to other records. What to do then is a person's word.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db import connection as postgres

from importer.choices import KeyMapState
from importer.engine.belonging import BIRTH, strangers
from importer.engine.external_ids import external_id
from importer.models import Connection, KeyMap
from importer.odoo.errors import AccessRefused, Unsupported
from importer.odoo.protocols import OdooClient

SAMPLE = 20
_CHUNK = 1000
_SKEW = timedelta(minutes=1)
_WHOLE = {"active_test": False}
_UNREADABLE = (AccessRefused, Unsupported)


def sign_of_going_back(connection: Connection, client: OdooClient) -> str:
    """A sentence, empty where nothing speaks for it: of each model the newest records that we know
    are looked at, in two calls."""
    for model, entries in _samples(connection):
        try:
            missing, other, older = _compare(client, model, entries)
        except _UNREADABLE:
            continue  # this login has lost it, or a module was taken away: no sign of anything
        if other or older:
            return _sentence(connection, model, len(other) + len(older))
        if len(missing) == len(entries) >= SAMPLE and _is_above(client, model, missing):
            return _sentence(connection, model, len(missing))
    return ""


def _samples(connection: Connection) -> Iterator[tuple[str, list[KeyMap]]]:
    known = KeyMap.objects.filter(connection=connection).exclude(state=KeyMapState.GONE)
    for model in known.values_list("odoo_model", flat=True).distinct().order_by("odoo_model"):
        newest = known.filter(odoo_model=model).order_by("-odoo_id")
        yield model, list(newest.select_related("entity__project")[:SAMPLE])


def _is_readable(client: OdooClient, model: str) -> bool:
    try:
        client.search(model, [], limit=1, context=_WHOLE)
    except _UNREADABLE:
        return False
    return True


Compared = tuple[list[KeyMap], list[KeyMap], list[KeyMap]]


def _compare(client: OdooClient, model: str, entries: Sequence[KeyMap]) -> Compared:
    """(missing, other records under their ids, written longer ago than we have read)."""
    domain = [["id", "in", sorted({one.odoo_id for one in entries})]]
    read = client.search_read(model, domain, ["write_date", BIRTH], context=_WHOLE)
    now = {one["id"]: one for one in read}
    young = {
        one.odoo_id: _name(one)
        for one in entries
        if one.odoo_id in now and _is_later(now[one.odoo_id][BIRTH], one.write_date)
    }
    strange = strangers(client, model, young) if young else set()
    missing = [one for one in entries if one.odoo_id not in now]
    other = [one for one in entries if one.odoo_id in strange]
    older = [
        one
        for one in entries
        if one.odoo_id in now and _is_later(one.write_date, now[one.odoo_id]["write_date"])
    ]
    return missing, other, older


def _name(one: KeyMap) -> str:
    return one.ref or external_id(one.entity.project.namespace, one.entity.name, one.source_key)


def _is_later(one: object, other: object) -> bool:
    """Of two moments as Odoo says them; by more than clocks may differ."""
    if not one or not other:
        return False
    return datetime.fromisoformat(str(one)) - datetime.fromisoformat(str(other)) > _SKEW


def _is_above(client: OdooClient, model: str, missing: Sequence[KeyMap]) -> bool:
    """Whether Odoo has come to know no record as new as the oldest of these."""
    highest = client.search(model, [], order="id desc", limit=1, context=_WHOLE)
    return not highest or highest[0] < min(one.odoo_id for one in missing)


def _sentence(connection: Connection, model: str, number: int) -> str:
    return (
        f"Odoo behind “{connection}” seems to have gone back to a backup: of the newest "
        f"{SAMPLE} records of {model} that were loaded, {number} are missing, older than they "
        "were, or other records. An admin of the project must say so on the connection, which "
        "marks what is missing as gone; until then nothing is loaded or rolled back."
    )


def forget_what_went_back(connection: Connection, client: OdooClient) -> tuple[int, int]:
    """Mark entries whose record is missing or another one as gone, so that the next run makes them
    anew, and those that are older than they were as not sent. How many of each."""
    gone = unsent = 0
    known = KeyMap.objects.filter(connection=connection).exclude(state=KeyMapState.GONE)
    for model in list(known.values_list("odoo_model", flat=True).distinct()):
        entries = known.filter(odoo_model=model).select_related("entity__project")
        if not _is_readable(client, model):
            continue
        rows = iter(list(entries.order_by("pk")))
        while some := list(islice(rows, _CHUNK)):
            missing, other, older = _compare(client, model, some)
            lost = [one.pk for one in (*missing, *other)]
            gone += KeyMap.objects.filter(pk__in=lost).update(
                state=KeyMapState.GONE, note="Odoo went back to a backup without it."
            )
            dates = _dates(client, model, [one for one in older if one.pk not in set(lost)])
            unsent += _mark_unsent(dates)
            _forget_what_was_left_there(connection, model, dates)
    return gone, unsent


def _dates(client: OdooClient, model: str, older: Sequence[KeyMap]) -> dict[int, tuple[int, str]]:
    """Entry -> (record, when Odoo says it was written)."""
    ids = sorted({one.odoo_id for one in older})
    read = client.search_read(model, [["id", "in", ids]], ["write_date"], context=_WHOLE)
    now = {one["id"]: str(one["write_date"]) for one in read}
    return {one.pk: (one.odoo_id, now[one.odoo_id]) for one in older if one.odoo_id in now}


def _mark_unsent(dates: Mapping[int, tuple[int, str]]) -> int:
    """So that the next run compares all their fields with Odoo. Where the record is again as one of
    our runs left it, the entry says so: nobody has edited it, and our winner rules hold."""
    with postgres.cursor() as cursor:
        cursor.execute(_UNSENT, {"dates": json.dumps([[k, *two] for k, two in dates.items()])})
        return int(cursor.rowcount)


_UNSENT = """
UPDATE importer_keymap k SET
  sent_hash = decode(repeat('00', length(k.sent_hash)), 'hex'),
  sent_fields = decode(repeat('00', length(k.sent_fields)), 'hex'),
  write_date = CASE WHEN EXISTS (SELECT 1 FROM importer_change c WHERE c.keymap_id = k.id
    AND d.now IN (c.keymap_before->>'write_date', coalesce(c.closing, c.after)->>'write_date')
  ) THEN d.now ELSE '' END
FROM (SELECT (one->>0)::bigint AS id, one->>2 AS now
  FROM json_array_elements(%(dates)s::json) AS one) d
WHERE k.id = d.id"""


def _forget_what_was_left_there(
    connection: Connection, model: str, dates: Mapping[int, tuple[int, str]]
) -> None:
    """Images of what calls later than the backup left in records are of a time that Odoo does not
    know: no edit is told by them, and an undo of these calls finds its work done."""
    pairs = json.dumps([list(two) for two in dates.values()])
    with postgres.cursor() as cursor:
        cursor.execute(_FORGET, {"dates": pairs, "connection": connection.pk, "model": model})


_FORGET = """
UPDATE importer_change c SET after = NULL, closing = NULL
FROM importer_load l, (SELECT (one->>0)::bigint AS odoo_id, one->>1 AS now
  FROM json_array_elements(%(dates)s::json) AS one) d
WHERE l.id = c.load_id AND l.connection_id = %(connection)s AND c.odoo_model = %(model)s
  AND c.odoo_id = d.odoo_id AND c.after->>'write_date' > d.now"""
