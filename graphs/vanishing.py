"""What a run is told about rows that vanished from the file, where that is not what its mappings
say: ``{entity: policy}``. Sends nothing.
"""

from collections.abc import Mapping
from typing import Any

from graphs.examining import cached_facts
from graphs.models import GraphRun
from graphs.progress import nodes_of
from importer.choices import VanishedPolicy
from importer.data.vanished import cannot_archive
from importer.engine.vanishing import rows_of
from importer.errors import Refused
from importer.models import Connection

Policies = dict[str, str]
DECISIONS = ("archive", "keep")


def read_policies(
    value: object, mappings: Mapping[str, Mapping[str, Any]], connection: Connection
) -> Policies:
    """Raises Refused for another shape, an entity that the graph does not load, an unknown policy,
    and records that cannot be archived. ``mappings``: the release's, by node."""
    if not value:
        return {}
    if not isinstance(value, Mapping):
        raise Refused(
            'What becomes of rows that vanished is said per entity, for example {"customer": '
            '"archive"}.'
        )
    models = {one["entity"]["name"]: one["entity"]["odoo_model"] for one in mappings.values()}
    return {
        str(entity): _policy(str(entity), policy, models, connection)
        for entity, policy in value.items()
    }


def _policy(entity: str, policy: object, models: Mapping[str, str], target: Connection) -> str:
    if entity not in models:
        raise Refused(f"The graph loads no {entity}; it loads {', '.join(sorted(models))}.")
    if policy not in VanishedPolicy.values:
        choices = ", ".join(VanishedPolicy.values)
        raise Refused(f"“{policy}” is no policy for rows that vanished. There are: {choices}.")
    facts = cached_facts(target, models[entity])
    if policy == VanishedPolicy.ARCHIVE and facts and (sentence := cannot_archive(facts)):
        raise Refused(sentence)
    return str(policy)


def typed_policies(text: str) -> Policies | None:
    """``entity: policy`` a line, as people type it; None for no line at all."""
    typed: Policies = {}
    for number, line in enumerate(text.splitlines(), start=1):
        entity, colon, policy = (part.strip() for part in line.partition(":"))
        if not entity and not colon:
            continue
        if not entity or not policy:
            raise Refused(f"Line {number} of the policies must look like “customer: archive”.")
        typed[entity] = policy.lower()
    return typed or None


def check_decision(decision: str) -> None:
    """Raises Refused unless it is empty, ``archive`` or ``keep``."""
    if decision and decision not in DECISIONS:
        raise Refused(f"“{decision}” decides nothing; say “archive” or “keep”.")


def vanished_rows(run: GraphRun, *, offset: int = 0, limit: int = 100) -> dict[str, Any]:
    """What each node found, and a page of the records: ``{count, nodes: [{node, policy, count,
    known, asks}], rows: [{node, model, odoo_id, key}]}``."""
    nodes, rows, skipped = [], list[dict[str, Any]](), 0
    for node in nodes_of(run):
        said = node.load.vanished if node.load else {}
        if node.load is None or "count" not in said:
            continue
        named = ("policy", "count", "known", "asks")
        nodes.append({"node": node.node_id, **{name: said.get(name) for name in named}})
        start = max(0, offset - skipped)
        if len(rows) < limit and start < said["count"]:
            found = rows_of(node.load, offset=start, limit=limit - len(rows))
            rows += [
                {"node": node.node_id, "model": node.odoo_model, "odoo_id": one, "key": key}
                for key, one in found
            ]
        skipped += said["count"]
    return {"count": skipped, "nodes": nodes, "rows": rows}
