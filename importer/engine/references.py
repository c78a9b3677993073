"""Resolves, before the journal, the references that cannot be computed from a key.

Reads the key map and, for ``via`` and lookups by database id, Odoo; writes neither.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from importer.choices import KeyMapState
from importer.data.keys import display_key, key_hash
from importer.engine.desk import Desk
from importer.engine.payloads import keys_of, ref_name
from importer.engine.plan_rules import PlanField, PlanRow
from importer.models import Entity, KeyMap


@dataclass(frozen=True, slots=True)
class Known:
    """What the key map says of a target."""

    odoo_id: int
    ref: str
    is_by_id: bool


@dataclass
class Resolved:
    """``refs``: for ``Batch.refs``; ``blocked``: plan row -> why it cannot be sent; ``ids``:
    (entity, key) -> record, for comparing."""

    refs: dict[str, str] = field(default_factory=dict)
    blocked: dict[int, tuple[str, str]] = field(default_factory=dict)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)


def resolve(desk: Desk, header: Sequence[str], rows: Sequence[PlanRow]) -> Resolved:
    """Every reference of these rows under these columns. A self-reference must be in the key map
    by now or in this very call; one whose target failed blocks its row."""
    resolved = Resolved()
    by_target = {one.target: one for one in desk.fields}
    for name in header:
        target, _, suffix = name.partition("/")
        one = by_target.get(target)
        if one is None or not (suffix or one.is_number):
            continue
        mark = "d" if suffix == ".id" or one.is_number else "x"
        if one.kind == "reference":
            _resolve_reference(desk, one, mark, rows, resolved)
        elif one.kind == "lookup" and mark == "d":
            _resolve_lookup(desk, one, rows, resolved)
    _block_followers(desk, rows, resolved)
    return resolved


def _block_followers(desk: Desk, rows: Sequence[PlanRow], resolved: Resolved) -> None:
    """Rows that counted on a row of this very call which is not sent after all."""
    own = [
        one
        for one in desk.fields
        if one.kind == "reference" and one.entity == desk.load.entity.name and not one.is_held
    ]
    lost = {row.key for row in rows if row.plan_row in resolved.blocked}
    while own and lost:
        below = [row for row in rows if row.plan_row not in resolved.blocked]
        newly = {
            row.plan_row: (one.target, _lost(one, key))
            for row in below
            for one in own
            if row.sends(one.target)
            for key in keys_of(one, row.cells.get(one.target) or "")
            if key in lost and (one.entity, key) not in resolved.ids
        }
        resolved.blocked |= newly
        lost = {row.key for row in below if row.plan_row in newly}


def _resolve_reference(
    desk: Desk, one: PlanField, mark: str, rows: Sequence[PlanRow], resolved: Resolved
) -> None:
    entity = desk.entities[one.entity]
    wanted = {
        row.plan_row: keys_of(one, cell)
        for row in rows
        if (cell := row.cells.get(one.target)) and row.sends(one.target)
    }
    known = known_targets(desk, entity, {key for keys in wanted.values() for key in keys})
    resolved.ids |= {(one.entity, key): found.odoo_id for key, found in known.items()}
    here = _keys_here(desk, one, mark, rows)
    for plan_row, keys in wanted.items():
        lost = [key for key in keys if key not in known and key not in here]
        if lost:
            resolved.blocked[plan_row] = (one.target, _lost(one, lost[0]))
    if one.via:
        _resolve_via(desk, one, entity, known, resolved)
        return
    for key, found in known.items():
        if mark == "d":
            resolved.refs[ref_name(one.entity, "", "d", key)] = str(found.odoo_id)
        elif found.ref:
            resolved.refs[ref_name(one.entity, "", "x", key)] = found.ref


def _keys_here(desk: Desk, one: PlanField, mark: str, rows: Sequence[PlanRow]) -> set[str]:
    is_own = one.entity == desk.load.entity.name and mark == "x"
    return {row.key for row in rows} if is_own else set()


def _lost(one: PlanField, key: str) -> str:
    return (
        f"{one.place}{display_key(key)} was not loaded, so this row was not sent. "
        "Put right what is said of that row, then retry."
    )


def known_targets(desk: Desk, entity: Entity, keys: Iterable[str]) -> dict[str, Known]:
    """Key -> record, for the keys that have one."""
    hashes = [key_hash(key) for key in keys]
    found = KeyMap.objects.filter(
        connection=desk.load.connection_id, entity=entity, key_hash__in=hashes
    ).exclude(state=KeyMapState.GONE)
    return {
        key: Known(odoo_id, ref, origin == "adopted" and not ref)
        for key, odoo_id, ref, origin in found.values_list("source_key", "odoo_id", "ref", "origin")
    }


def _resolve_via(
    desk: Desk,
    one: PlanField,
    entity: Entity,
    known: Mapping[str, Known],
    resolved: Resolved,
) -> None:
    ids = sorted({found.odoo_id for found in known.values()})
    records = desk.client.read(entity.odoo_model, ids, [one.via], context={"active_test": False})
    values = {record["id"]: record[one.via] for record in records}
    for key, found in known.items():
        if value := values.get(found.odoo_id):
            resolved.refs[ref_name(one.entity, one.via, "d", key)] = str(value)
            resolved.ids[one.entity, key] = int(value)


def _resolve_lookup(
    desk: Desk, one: PlanField, rows: Sequence[PlanRow], resolved: Resolved
) -> None:
    for row in rows:
        for part in (row.cells.get(one.target) or "").split(","):
            is_known = ref_name("", "", "d", part) in resolved.refs
            if part and not part.startswith(".id:") and not is_known:
                look_up(desk, one, part, [row], resolved)


def look_up(
    desk: Desk, one: PlanField, external_id: str, rows: Sequence[PlanRow], resolved: Resolved
) -> None:
    """Note which record an external id names now; where it names none, block these rows."""
    found = desk.client.find_reference(external_id)
    if found is not None and found.id is not None:
        resolved.refs[ref_name("", "", "d", external_id)] = str(found.id)
        return
    said = f"{one.place}the record {external_id} is not in Odoo any more. Start another run."
    resolved.blocked |= {row.plan_row: (one.target, said) for row in rows}
