"""What the other loads of a rollback that is only planned would take away or give back: whoever
uses a record only there speaks against nothing. Reads plans and Odoo, sends nothing.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from importer.data.duck import open_duck, quote
from importer.data.storage import local_path
from importer.engine.desk import Desk
from importer.engine.undoing.companions import goes_along, made_with
from importer.engine.undoing.ground import OPTIONS
from importer.engine.undoing.hanging import KINDS
from importer.engine.undoing.pointing import PointingField
from importer.engine.undoing.reading import wide_context
from importer.engine.undoing.usage import Freed, chunks
from importer.models import Plan
from importer.odoo.errors import AccessRefused, DataRefused, ServerBug, Unsupported
from importer.odoo.protocols import FieldFacts

_CHUNK = 500
_CLOSED = (AccessRefused, DataRefused, ServerBug, Unsupported)


@dataclass
class Planned:
    """``removed``: model -> ids; ``given_back``: (model, field) -> ids."""

    removed: dict[str, set[int]] = field(default_factory=dict)
    given_back: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def of(self, one: PointingField) -> set[int]:
        gone = self.removed.get(one.model, set())
        return gone | self.given_back.get((one.model, one.field), set())


def freed_by_plans(desk: Desk, pointers: Collection[PointingField]) -> Freed:
    """(model, field) -> records that will not use anything by that field when this load's turn
    comes; empty for an undo that is not only planned, as it looks at what is there."""
    after = desk.load.mapping.get(OPTIONS, {}).get("after", [])
    plans = Plan.objects.filter(load__in=after, load__dry_run=True)
    planned = Planned()
    for plan in plans:
        _add(desk, plan, planned)
    users = {one.model for one in pointers}
    for model, ids in list(planned.removed.items()):
        _add_along(desk, model, sorted(ids), users, planned)
    found = {(one.model, one.field): planned.of(one) for one in pointers}
    found |= {(kind.model, "res_id"): planned.removed.get(kind.model, set()) for kind in KINDS}
    return {place: ids for place, ids in found.items() if ids}


def _add(desk: Desk, plan: Plan, planned: Planned) -> None:
    path = local_path(plan.stored_as)
    with open_duck(desk.folder / "beside", readable=[path]) as duck:
        rows = duck.execute(
            f"SELECT model, odoo_id, kind, fields FROM read_parquet({quote(str(path))}) "
            "WHERE kind IN ('unlink', 'restore')"
        ).fetchall()
    for model, odoo_id, kind, fields in rows:
        if kind == "unlink":
            planned.removed.setdefault(model, set()).add(odoo_id)
        for name in fields.split(",") if fields else ():
            planned.given_back.setdefault((model, name), set()).add(odoo_id)


def _add_along(
    desk: Desk, model: str, ids: list[int], users: Collection[str], planned: Planned
) -> None:
    """Companions and own lines go with their record."""
    facts = _fields(desk, model)
    for one in (*goes_along(model), *made_with(model)):
        if one.field in facts and one.model in users:
            planned.removed.setdefault(one.model, set()).update(
                _companions(desk, model, one.field, ids)
            )
    for fact in facts.values():
        if fact.type == "one2many" and fact.relation in users and fact.relation != model:
            planned.removed.setdefault(fact.relation, set()).update(_lines(desk, fact, ids))


def _fields(desk: Desk, model: str) -> dict[str, FieldFacts]:
    try:
        return desk.client.fields_get(model)
    except _CLOSED:
        return {}  # nothing is freed then: the plan says kept rather than removed


def _companions(desk: Desk, model: str, name: str, ids: list[int]) -> Iterator[int]:
    for chunk in chunks(ids, _CHUNK):
        for record in desk.client.read(model, chunk, [name], context=wide_context(desk.client)):
            value = record[name]
            yield from (one for one in _as_list(value) if one)


def _as_list(value: int | list[int]) -> Iterable[int]:
    return value if isinstance(value, list) else (value,)


def _lines(desk: Desk, fact: FieldFacts, ids: list[int]) -> Iterator[int]:
    """Lines that cannot be without their record."""
    behind = _fields(desk, fact.relation).get(fact.relation_field)
    if behind is None or not behind.required or not behind.store:
        return
    for chunk in chunks(ids, _CHUNK):
        domain = [[fact.relation_field, "in", chunk]]
        yield from desk.client.search(fact.relation, domain, context=wide_context(desk.client))
