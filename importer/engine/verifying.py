"""Reads back after a load: how many of its records are in Odoo, and the control totals of both
sides. A difference is said, never repaired.
"""

from array import array
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from importer.choices import IssueLevel, IssueStage, LoadState
from importer.data.companies import has_row_companies
from importer.data.duck import open_duck, quote
from importer.data.storage import local_path
from importer.engine.closing import close_images, look_again
from importer.engine.contexts import company_context, read_context
from importer.engine.desk import Desk
from importer.engine.extracts import copy_out
from importer.engine.issues import RowProblem, add_problems
from importer.engine.leases import claim_step, end_step, release_target
from importer.engine.stored import CODE as STORED
from importer.engine.undoing.usage import CHUNK, chunks
from importer.models import Issue

_CENT = Decimal("0.01")
_LOOKED_AT = 5000
"""Records of which the write dates are asked at once."""


def verify_load(desk: Desk) -> bool:
    """Whether this hand verified and so ended the load; False when another one is at it."""
    if not claim_step(desk.load, (LoadState.VERIFYING,), LoadState.VERIFYING, desk.worker):
        return False
    places = _record_ids(desk)
    found, edited = 0, list[RowProblem]()
    for chunk in (chunk for ids in places.values() for chunk in chunks(ids, _LOOKED_AT)):
        n_there, problems = look_again(desk, chunk)
        found, edited = found + n_there, edited + problems
    close_images(desk)
    totals = _totals(desk, places) if desk.load.keys is None else {}
    expected = sum(len(ids) for ids in places.values())
    _keep(desk, {"expected": expected, "in_odoo": found}, totals, edited)
    return True


def _record_ids(desk: Desk) -> dict[int, Sequence[int]]:
    """Company -> the records behind the rows of this load's plans that the key map knows, by rising
    id; all under 0 where rows name no company."""
    folder = desk.folder / f"verify_{uuid4().hex}"
    folder.mkdir()
    known = copy_out(
        "SELECT source_key, odoo_id FROM importer_keymap WHERE connection_id = %s "
        "AND entity_id = %s AND state <> 'gone'",
        [desk.load.connection_id, desk.load.entity_id],
        folder / "known.csv",
    )
    plans = [local_path(plan.stored_as) for plan in desk.load.plans.all()]
    files = ", ".join(quote(str(path)) for path in plans)
    is_split = has_row_companies(desk.load.mapping)
    rows = (
        f"SELECT key{_COMPANY if is_split else ', 0'} AS company FROM read_parquet([{files}]) "
        "WHERE verdict <> 'archive'"
    )
    with open_duck(folder, readable=plans) as duck:
        found = duck.execute(
            f"""SELECT DISTINCT p.company, k.id FROM read_csv({quote(str(known))}, header = false,
              auto_detect = false, delim = ',', quote = '"', escape = '"',
              columns = {{'key': 'VARCHAR', 'id': 'BIGINT'}}) AS k
            JOIN ({rows} GROUP BY key) AS p USING (key) ORDER BY 1, 2"""
        )
        places: dict[int, array[int]] = {}
        while some := found.fetchmany(_LOOKED_AT):
            for company, one in some:
                places.setdefault(company, array("q")).append(one)
    return dict(places)


_COMPANY = ", arg_min(company, CAST(code = 'prepare' AS INTEGER))"
"""That of the row which was sent, not of one that has the same key by mistake."""


def _totals(desk: Desk, places: Mapping[int, Sequence[int]]) -> dict[str, dict[str, str]]:
    source = desk.load.verification.get("source", {})
    compared = {}
    for total in desk.load.mapping.get("control_totals") or ():
        ours = Decimal(source.get(total["name"], "0"))
        sums = (
            _sum(desk, chunk, total["field"], company)
            for company, ids in places.items()
            for chunk in chunks(ids, CHUNK)
        )
        theirs = sum(sums, Decimal(0))
        compared[total["name"]] = {
            "field": total["field"],
            "source": str(ours.quantize(_CENT)),
            "odoo": str(theirs.quantize(_CENT)),
            "difference": str((theirs - ours).quantize(_CENT)),
        }
    return compared


def _sum(desk: Desk, ids: list[int], field: str, company: int) -> Decimal:
    context = read_context(desk.load.mapping, company_context(company))
    records = desk.client.read(desk.load.odoo_model, ids, [field], context=context)
    return sum((Decimal(str(record[field] or 0)) for record in records), Decimal(0))


def _keep(
    desk: Desk,
    records: dict[str, int],
    totals: dict[str, dict[str, str]],
    edited: Sequence[RowProblem],
) -> None:
    load = desk.load
    verification: dict[str, Any] = {
        **{name: load.verification[name] for name in ("source", "issues")},
        "records": records,
        "totals": totals,
        "edited_during_run": len(edited),
        "stored_differently": Issue.objects.filter(load=load, code=STORED).count(),
    }
    said = _differences(records, totals)
    with transaction.atomic():
        if not end_step(
            load,
            LoadState.VERIFYING,
            desk.worker,
            state=LoadState.DONE,
            verification=verification,
            ended_at=timezone.now(),
        ):
            return
        release_target(load)
        Issue.objects.filter(load=load, stage=IssueStage.VERIFY).delete()
        add_problems(load, IssueStage.VERIFY, [*map(_issue, said), *edited])
        for text in said:
            desk.reporter.log("warning", text)
        if edited:
            desk.reporter.log("warning", f"{len(edited)} records were edited during the run.")
        if verification["stored_differently"]:
            desk.reporter.log("info", _stored(verification["stored_differently"]))
        desk.reporter.progressed(load)


def _differences(records: dict[str, int], totals: dict[str, dict[str, str]]) -> list[str]:
    said = []
    if records["expected"] != records["in_odoo"]:
        missing = records["expected"] - records["in_odoo"]
        said.append(f"{missing} of {records['expected']} records are not in Odoo any more.")
    said += [
        f"The control total “{name}” differs: {both['source']} in the sheet, "
        f"{both['odoo']} in Odoo ({both['difference']})."
        for name, both in totals.items()
        if Decimal(both["difference"])
    ]
    return said


def _stored(count: int) -> str:
    return (
        f"{count} values were stored otherwise than they were sent, as Odoo rounds, trims, cleans "
        "or computes; each is listed."
    )


def _issue(text: str) -> RowProblem:
    return RowProblem(-1, 0, "", "verification", text, level=IssueLevel.WARNING)
