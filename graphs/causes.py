"""A run's problems grouped by cause, those first that block most rows: rows of their own, and rows
of every node that wait for these, however far down. Reads only.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from graphs.causes_sql import BY_VALUE, CAUSES, WAITING
from graphs.causes_words import advice_of, headline_of, title_of
from graphs.models import GraphRun, NodeRun
from importer.data.holding import is_link
from importer.data.skipping import CODE as LEFT_OUT
from importer.data.stubs import is_stub

VALUES_SHOWN = 20
Cause = dict[str, Any]


def run_causes(run: GraphRun, *, limit: int = 50, offset: int = 0) -> dict[str, Any]:
    """``{count, headline, causes}``; each cause ``{node, entity, model, code, field, column, sheet,
    first_row, message, title, summary, own_rows, blocked_rows, blocked: [{node, entity, rows}],
    n_values, values: [{value, own_rows, blocked_rows, first_row}], mapping, actions}``. A row is
    counted once for each cause, among ``own_rows`` or ``blocked_rows``. ``actions``: see
    ``causes_words.advice_of``. The last causes are rows that wait for a record of which this run
    says nothing."""
    nodes = list(run.node_runs.exclude(load=None).select_related("load__entity", "load__sheet"))
    if not nodes:
        return {"count": 0, "headline": "", "causes": []}
    found = _asked(nodes, limit, offset)
    by_load = {node.load_id: node for node in nodes}
    causes = [_cause(one, found, by_load) for one in _of_kind(found, "cause")]
    count = next((place for kind, _, place, _ in found if kind == "totals"), 0)
    rest = [_rest(said, by_load) for _, said in _of_kind(found, "rest")]
    if offset + limit >= count:
        causes += sorted(rest, key=lambda one: -int(one["own_rows"]))
    whole = count + len(rest)
    return {"count": whole, "headline": headline_of(causes), "causes": causes}


_Found = Sequence[tuple[str, str, int, dict[str, Any]]]


def _asked(nodes: Sequence[NodeRun], limit: int, offset: int) -> _Found:
    edges = list(dict.fromkeys(_edges(nodes)))
    values: dict[str, Any] = {
        "loads": [node.load_id for node in nodes],
        "children": [child for child, _, _ in edges],
        "fields": [field for _, field, _ in edges],
        "parents": [parent for _, _, parent in edges],
        "documents": [n.load_id for n in nodes if n.load and n.load.mapping.get("nested")],
        "by_value": list(BY_VALUE),
        "waiting": list(WAITING),
        "left_out": LEFT_OUT,
        "limit": limit,
        "offset": offset,
        "values": VALUES_SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(CAUSES, values)
        return [(*head, json.loads(said)) for *head, said in cursor.fetchall()]


def _edges(nodes: Sequence[NodeRun]) -> Iterator[tuple[int, str, int]]:
    """(load, field, load whose rows it refers to by that field); without a field: the load that
    makes the records of this one's rows."""
    first: dict[str, list[int]] = {}
    for node in nodes:
        if node.load is not None and node.load_id and not is_link(node.load.mapping):
            first.setdefault(node.load.entity.name, []).append(node.load_id)
    for node in nodes:
        if node.load is None or node.load_id is None:
            continue
        mapping, own = node.load.mapping, node.load.entity.name
        for field in mapping.get("fields") or ():
            if field["source"] == "reference":
                for parent in first.get(str(field["spec"]["entity"]), ()):
                    yield node.load_id, str(field["target"]), parent
        if is_link(mapping):
            for parent in first.get(own, ()):
                yield node.load_id, "", parent


def _of_kind(found: _Found, kind: str) -> list[tuple[str, dict[str, Any]]]:
    some = [(place or 0, cause, said) for one, cause, place, said in found if one == kind]
    return [(cause, said) for _, cause, said in sorted(some, key=lambda one: one[0])]


def _cause(
    one: tuple[str, dict[str, Any]], found: _Found, by_load: Mapping[int | None, NodeRun]
) -> Cause:
    cause, said = one
    loads = [row for name, row in _of_kind(found, "load") if name == cause]
    values = [row for name, row in _of_kind(found, "value") if name == cause]
    blocked = [
        {**_place(by_load[row["load_id"]]), "rows": row["blocked_rows"]}
        for row in sorted(loads, key=lambda row: by_load[row["load_id"]].position)
        if row["blocked_rows"]
    ]
    own_rows = sum(row["own_rows"] for row in loads)
    return _worded(
        {
            **_described(said, by_load),
            "own_rows": own_rows,
            "blocked_rows": sum(one["rows"] for one in blocked),
            "blocked": blocked,
            "n_values": said["n_values"] if said["is_valued"] else 0,
            "values": [
                {name: row[name] for name in ("value", "own_rows", "blocked_rows", "first_row")}
                for row in values
            ],
        },
        by_load[said["load_id"]],
    )


def _rest(said: dict[str, Any], by_load: Mapping[int | None, NodeRun]) -> Cause:
    numbers: Cause = {"blocked_rows": 0, "blocked": [], "n_values": 0, "values": []}
    whole = {**_described(said, by_load), "own_rows": said["own_rows"], **numbers}
    return _worded(whole, by_load[said["load_id"]])


def _described(said: Mapping[str, Any], by_load: Mapping[int | None, NodeRun]) -> Cause:
    names = ("code", "field", "column", "sheet", "first_row", "message")
    return {**_place(by_load[said["load_id"]]), **{name: said[name] for name in names}}


def _place(node: NodeRun) -> Cause:
    load = node.load
    entity = load.entity.name if load is not None else ""
    return {"node": node.node_id, "entity": entity, "model": node.odoo_model}


def _worded(cause: Cause, node: NodeRun) -> Cause:
    load = node.load
    mapping = load.mapping if load is not None else {}
    whole = mapping["stub"]["of"] if load is not None and is_stub(mapping) else mapping
    cause["load"] = node.load_id
    cause["mapping"] = str(whole.get("id") or "")
    cause["sheet_id"] = load.sheet_id if load is not None else None
    cause["title"] = title_of(cause)
    cause["summary"] = headline_of([cause])
    cause["actions"] = advice_of(cause, whole)
    return cause
