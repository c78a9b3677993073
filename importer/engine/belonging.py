"""Whether a database id still leads to the record that we knew under it: after a database went back
to a backup, Odoo gives the same ids to other records. Only reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from importer.engine.desk import Desk
from importer.engine.external_ids import external_id
from importer.engine.plan_rules import PlanRow
from importer.models import Batch, Change
from importer.odoo.protocols import OdooClient

BIRTH = "create_date"
_CHUNK = 1000


def strangers(client: OdooClient, model: str, names: Mapping[int, str]) -> set[int]:
    """Those ids to which the external id given for them does not lead. Any login may ask; one call
    for a thousand, and one more for each record that also has another external id."""
    ids, found = sorted(names), dict[int, str]()
    for start in range(0, len(ids), _CHUNK):
        found |= client.external_ids(model, ids[start : start + _CHUNK])
    odd = [one for one in ids if found.get(one) != names[one]]
    return {one for one in odd if one not in found or not _leads_to(client, names[one], model, one)}


def _leads_to(client: OdooClient, name: str, model: str, one: int) -> bool:
    found = client.find_reference(name)
    return found is not None and (found.model, found.id) == (model, one)


def own_names(desk: Desk, keys: Mapping[int, str]) -> dict[int, str]:
    """Record -> the external id that we gave it. ``keys``: record -> key text."""
    entity = desk.load.entity.name
    return {one: external_id(desk.namespace, entity, key) for one, key in keys.items() if key}


def strange_rows(
    desk: Desk, batch: Batch, rows: Sequence[PlanRow], images: Mapping[int, Mapping[str, Any]]
) -> set[int]:
    """Ids of an update batch behind which there is another record by now. One that is written by
    its database id is known by the moment it was created, if an earlier load has read that."""
    there = {row.odoo_id: row for row in rows if row.odoo_id in images}
    if ".id" not in batch.fields:
        keys = {one: row.key for one, row in there.items() if one is not None}
        refs = {one: row.ref for one, row in there.items() if one is not None and row.ref}
        return strangers(desk.client, desk.load.odoo_model, own_names(desk, keys) | refs)
    known = [one for one, row in there.items() if one is not None and not row.origin]
    births = _births(desk, known)  # one that was just matched is new to us, whatever its id was
    return {one for one, birth in births.items() if is_other(birth, images[one].get(BIRTH))}


def is_other(known: Any, now: Any) -> bool:
    """Whether two moments of creation, as Odoo said them, are of two records."""
    return bool(known) and bool(now) and known != now


def _births(desk: Desk, ids: Sequence[int]) -> dict[int, Any]:
    images = Change.objects.filter(
        load__connection=desk.load.connection_id,
        odoo_model=desk.load.odoo_model,
        odoo_id__in=ids,
        before__has_key=BIRTH,
    )
    return dict(images.order_by("pk").values_list("odoo_id", f"before__{BIRTH}"))
