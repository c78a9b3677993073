"""Reconciles one load: its sheet as it was prepared, against what Odoo says now. Only reads.

``full`` reads every compared field of every record. Without it amounts, dates and who wrote last
are read of every record, the other fields only of records that may have changed since they were
compared when they were stored.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from importer.data.duck import THREADS, open_duck, quote
from importer.data.holding import is_link
from importer.data.storage import local_path
from importer.data.stubs import is_stub
from importer.engine.contexts import company_context, place_of, read_context
from importer.engine.desk import Desk
from importer.engine.extracts import copy_out
from importer.engine.reconciling import differences, tables, totals
from importer.engine.reconciling.fields import AMOUNTS, Subject, subject_of, value_column
from importer.engine.reconciling.reading import FEW_FIELDS, MANY_FIELDS, read_into
from importer.engine.reconciling.relations import resolve
from importer.engine.reconciling.strays import stray_ids
from importer.engine.stored import CODE as OTHERWISE
from importer.engine.undoing.reading import names_of, there, wide_context
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug

SMALL = 20_000
"""Records of a load up to which a run reads every field by itself."""
_MOST_EXTRA = 20_000
_KNOWN = (
    "SELECT source_key, odoo_id, state, origin, write_date FROM importer_keymap "
    "WHERE connection_id = %s AND entity_id = %s"
)
_OTHERWISE = (
    "SELECT DISTINCT i.source_key FROM importer_issue AS i JOIN importer_load AS l "
    "ON l.id = i.load_id WHERE l.connection_id = %s AND l.entity_id = %s AND i.code = %s"
)


@dataclass
class _Table:
    """What one reconciliation has at hand."""

    desk: Desk
    duck: DuckDBPyConnection
    folder: Path
    subject: Subject
    is_full: bool = False


def reconcile_load(
    desk: Desk, node: str, folder: Path, path: Path, *, full: bool
) -> dict[str, Any]:
    """The section of a report, JSON all through; its differences go to ``path`` as Parquet. Raises
    OdooError where Odoo does not answer, FileNotFoundError where the prepared rows are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    prepared = local_path(desk.load.prepared_as)
    with open_duck(
        folder / "duck", readable=[prepared], writable=[folder, path.parent], threads=THREADS
    ) as duck:
        at = _Table(desk, duck, folder, _subject(desk))
        _take_in(at, prepared)
        _read(at, full=full)
        places, currencies = _currencies(at)
        leads = _find(at, places)
        differences.write(desk, duck, at.subject.fields, node, folder, path)
        return _section(at, node, leads, places, currencies)


def _subject(desk: Desk) -> Subject:
    frozen, facts = desk.load.mapping, desk.facts.fields
    amounts = [
        one.target
        for one in desk.fields
        if one.kind == "plain" and one.target in facts and facts[one.target].type in AMOUNTS
    ]
    wanted = {"allfields": amounts, "attributes": ["digits", "currency_field"]}
    model = desk.load.odoo_model
    said = desk.client.call(model, "fields_get", arguments=wanted) if amounts else {}
    return subject_of(
        desk.fields,
        facts,
        said,
        clears=frozen.get("empty_cells") == "clear",
        defaults=desk.facts.defaults,
    )


def _take_in(at: _Table, prepared: Path) -> None:
    load, duck = at.desk.load, at.duck
    entity = [load.connection_id, load.entity_id]
    known = copy_out(_KNOWN, entity, at.folder / "known.csv")
    duck.execute(tables.from_csv("known", known, tables.KNOWN))
    otherwise = copy_out(_OTHERWISE, [*entity, OTHERWISE], at.folder / "otherwise.csv")
    duck.execute(tables.from_csv("otherwise", otherwise, {"key": "VARCHAR"}))
    duck.execute(f"CREATE TEMP VIEW prepared AS FROM read_parquet({quote(str(prepared))})")
    if load.keys is not None:
        duck.execute("CREATE TEMP TABLE chosen (key VARCHAR)")
        duck.execute("INSERT INTO chosen SELECT unnest(?::VARCHAR[])", [list(load.keys)])
    linked = [one.target for one in at.subject.fields if one.kind != "lines"]
    chosen, only = load.keys is not None, linked if is_link(load.mapping) else ()
    columns = {row[0] for row in duck.execute("DESCRIBE prepared").fetchall()}
    for made in tables.source(prepared, columns=columns, chosen=chosen, linked=only):
        duck.execute(made)
    differences.start(duck)


def _read(at: _Table, *, full: bool) -> None:
    ids = _ids(at.duck, "SELECT DISTINCT company, id FROM src WHERE id IS NOT NULL ORDER BY 1, 2")
    at.is_full = full or sum(map(len, ids.values())) <= SMALL
    fields = tuple(dict.fromkeys((*at.subject.light, *(at.subject.rest if at.is_full else ()))))
    at_once = MANY_FIELDS if at.is_full else FEW_FIELDS
    _fetch(at, "odoo", ids, fields, at_once)
    if at.is_full:
        at.duck.execute("CREATE TEMP VIEW rest AS FROM odoo")
        return
    at.duck.execute(tables.moved())
    again = _ids(at.duck, "SELECT company, id FROM again ORDER BY 1, 2")
    _fetch(at, "rest", again, at.subject.rest, MANY_FIELDS)


def _ids(duck: DuckDBPyConnection, select: str) -> dict[int, Sequence[int]]:
    """Company -> records."""
    found = duck.execute(select)
    places: dict[int, array[int]] = {}
    while some := found.fetchmany(FEW_FIELDS):
        for company, one in some:
            places.setdefault(company, array("q")).append(one)
    return dict(places)


def _fetch(
    at: _Table,
    table: str,
    places: Mapping[int, Sequence[int]],
    fields: Sequence[str],
    at_once: int,
) -> None:
    frozen, path = at.desk.load.mapping, at.folder / f"{table}.csv"
    whole = {one: (read_context(frozen, company_context(one)), ids) for one, ids in places.items()}
    facts, model = at.desk.facts.fields, at.desk.load.odoo_model
    read_into(at.desk.client, model, whole, fields, facts, path, at_once=at_once)
    at.duck.execute(tables.from_csv(table, path, tables.read_columns(fields)))


def _currencies(at: _Table) -> tuple[dict[int, int], dict[int, str]]:
    """Digits and name of each currency that the records have."""
    ids: set[int] = set()
    for field in {one.currency for one in at.subject.amounts if one.currency}:
        column = value_column(field)
        rows = at.duck.execute(f"SELECT DISTINCT TRY_CAST({column} AS BIGINT) FROM odoo")
        ids |= {number for (number,) in rows.fetchall() if number}
    if not ids:
        return {}, {}
    wanted = ["name", "decimal_places"]
    context = {"active_test": False}
    try:
        found = at.desk.client.read("res.currency", sorted(ids), wanted, context=context)
    except (AccessRefused, DataRefused, ServerBug):
        return {}, {}  # amounts are then compared digit by digit, under the currencies' numbers
    places = {one["id"]: int(one["decimal_places"]) for one in found}
    return places, {one["id"]: str(one["name"]) for one in found}


def _find(at: _Table, places: dict[int, int]) -> dict[str, str]:
    """Fill ``differing``; relation -> the table of what its cells lead to."""
    subject, duck = at.subject, at.duck
    moneys = {subject.company, *(one.currency for one in subject.amounts)}
    leads = {
        one.target: resolve(at.desk, duck, one, number, "rest" if at.is_full else "odoo", at.folder)
        for number, one in enumerate(subject.relations)
        if at.is_full or one.target in moneys
    }
    light = [one for one in subject.fields if one.is_light]
    rest = [one for one in subject.fields if not one.is_light]
    differences.add_missing(duck)
    differences.add_values(duck, light, "o", leads, places)
    if not at.is_full and _has_rows(duck, "rest"):
        leads |= {
            one.target: resolve(at.desk, duck, one, number, "rest", at.folder)
            for number, one in enumerate(subject.relations)
            if one.target not in leads
        }
    if at.is_full or _has_rows(duck, "rest"):
        differences.add_values(duck, rest, "r", leads, places)
    _find_extra(at)
    return leads


def _has_rows(duck: DuckDBPyConnection, table: str) -> bool:
    return duck.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def _find_extra(at: _Table) -> None:
    """Only where the sheet is the whole of what the load is about."""
    load, duck = at.desk.load, at.duck
    if not _is_whole(at.desk):
        return
    differences.add_extra(duck)
    if not at.is_full:
        return
    ids = [
        row[0]
        for row in duck.execute("SELECT odoo_id FROM differing WHERE kind = 'extra'").fetchall()
    ]
    context = wide_context(at.desk.client)
    if len(ids) <= _MOST_EXTRA:
        found = there(at.desk.client, load.odoo_model, ids, context)
        differences.drop_extra_that_are_gone(duck, sorted(found))
    known = {
        row[0] for row in duck.execute("SELECT id FROM known WHERE state <> 'gone'").fetchall()
    }
    differences.add_strays(duck, stray_ids(at.desk, known))


def _is_whole(desk: Desk) -> bool:
    mapping = desk.load.mapping
    is_part = is_link(mapping) or is_stub(mapping) or bool(place_of(mapping)[0])
    return desk.load.keys is None and not is_part


def _section(
    at: _Table,
    node: str,
    leads: Mapping[str, str],
    places: dict[int, int],
    currencies: Mapping[int, str],
) -> dict[str, Any]:
    desk, duck, load = at.desk, at.duck, at.desk.load
    counted = totals.counts(duck)
    keys = [totals.key_hash(duck, in_odoo=side) for side in (False, True)]
    sums = totals.sums(duck, at.subject, leads, places, currencies, _companies(at))
    dates = totals.dates(duck, at.subject)
    control = list(_control_totals(desk))
    lang, company = place_of(load.mapping)
    return {
        "node": node,
        "entity": load.entity.name,
        "model": load.odoo_model,
        "sheet": load.sheet.name if load.sheet else "",
        "language": lang,
        "company": company,
        "is_full": at.is_full,
        "counts": counted,
        "keys": {"source": keys[0], "odoo": keys[1]},
        "sums": sums,
        "dates": dates,
        "control_totals": control,
        "fields": [one.target for one in at.subject.fields],
        "not_compared": dict(at.subject.left_out),
        "how": _how(at, control),
        "is_equal": not (counted["missing"] or counted["values"])
        and keys[0] == keys[1]
        and all(group["difference"] == "0" for one in sums for group in one["groups"])
        and all(one["is_equal"] for one in dates)
        and all(one["difference"] == "0" for one in control),
    }


def _companies(at: _Table) -> dict[int, str]:
    if not at.subject.company or not at.subject.amounts:
        return {}
    column = value_column(at.subject.company)
    rows = at.duck.execute(f"SELECT DISTINCT TRY_CAST({column} AS BIGINT) FROM odoo").fetchall()
    return names_of(at.desk.client, "res.company", [number for (number,) in rows if number])


def _control_totals(desk: Desk) -> list[dict[str, str]]:
    found = desk.load.verification.get("totals") or {}
    return [
        {
            "name": name,
            "field": said["field"],
            **{side: totals.plain(Decimal(said[side])) for side in ("source", "odoo")},
            "difference": totals.plain(Decimal(said["difference"])),
        }
        for name, said in sorted(found.items())
    ]


def _how(at: _Table, control: Sequence[Mapping[str, str]]) -> list[str]:
    """How each number came about, in sentences."""
    said = [
        "Rows, keys, sums and dates of the sheet: every prepared row, exact decimals.",
        "Records, sums and dates of Odoo: every record behind the sheet's keys was read one by "
        "one, archived ones too.",
    ]
    if at.is_full:
        said.append("Values: every compared field of every record was read and compared.")
    else:
        said.append(
            "Values: amounts and dates of every record; other fields were compared when they were "
            "stored, and read again only where the record was written to since, or was stored "
            "otherwise than sent. References were not read again: reconcile on demand for these."
        )
    if control:
        said.append("Control totals of the mapping: as the load's own verification read them.")
    if not _is_whole(at.desk):
        said.append("Further records were not looked for: the load is about a part of its entity.")
    elif at.is_full:
        said.append("Further records: the key map, and our external ids where the login sees them.")
    else:
        said.append(
            "Further records: from the key map; whether they are still in Odoo was not asked."
        )
    return said
