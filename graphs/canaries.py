"""The third depth of a dry run: a few rows of each node of a plan are really loaded into a sandbox
database by the run engine, and rolled back. Its steps are those of a rehearsal (rehearsals.py).
"""

import json

from django.db import transaction

from graphs.choices import LogLevel, RehearsalState
from graphs.hands import ask_rehearsal
from graphs.journal import write_log
from graphs.models import GraphRun, Rehearsal
from graphs.plans import check_is_plan, planned_nodes
from graphs.runs import start_run
from importer.canary_rows import referred_keys, spread_keys
from importer.choices import Environment
from importer.data.stubs import is_stub
from importer.errors import Refused
from importer.models import Connection, Load, User
from importer.rights import require

MOST_ROWS = 1000


@transaction.atomic
def try_canary(
    plan: GraphRun, *, by: User, connection: Connection | None = None, rows: int = 5
) -> Rehearsal:
    """Load ``rows`` rows of each node of a finished dry run, and what they refer to, into a sandbox
    connection, then roll them back; returns at once. Without ``connection``: that of the plan.

    Raises NotAllowed, Refused (no plan, no sandbox), Busy."""
    require(by, "rehearse_run", plan.project)
    check_is_plan(plan)
    target = connection or plan.connection
    if target.environment != Environment.SANDBOX:
        raise Refused(
            f"“{target}” is no sandbox. A canary writes, even though it is rolled back: name a "
            "connection whose environment is sandbox."
        )
    if not 1 <= rows <= MOST_ROWS:
        raise Refused(f"A canary has 1 to {MOST_ROWS} rows of each node.")
    keys = _keys(plan, rows)
    if not keys:
        raise Refused("The plan has no row that would be sent, so there is nothing to try.")
    run = start_run(
        plan.version.graph,
        by=by,
        dataset=plan.dataset,
        connection=target,
        keys={entity: [json.loads(key) for key in sorted(own)] for entity, own in keys.items()},
        side_effects=plan.options.get("side_effects") or (),
        release=plan.version,
    )
    assert run.dataset is not None
    canary = Rehearsal.objects.create(
        project=plan.project,
        plan=plan,
        rows_a_node=rows,
        version=run.version,
        dataset=run.dataset,
        connection=target,
        run=run,
        state=RehearsalState.RUNNING,
        version_sha256=run.version.sha256,
        dataset_sha256=run.dataset.sha256,
        started_by=by,
    )
    write_log(run, LogLevel.INFO, f"Canary of the plan {plan.pk.hex[:8]}: it is rolled back.")
    write_log(plan, LogLevel.INFO, f"{by} asked for a canary of {rows} rows a node on “{target}”.")
    ask_rehearsal(canary)
    return canary


def _keys(plan: GraphRun, rows: int) -> dict[str, set[str]]:
    """Entity -> keys: some rows of each node, and the rows of other nodes that these refer to."""
    loads = [node.load for node, one in planned_nodes(plan) if node.load is not None and one]
    loads = [load for load in loads if not is_stub(load.mapping)]
    chosen: dict[str, set[str]] = {}
    for load in loads:
        chosen.setdefault(load.entity.name, set()).update(spread_keys(load, rows))
    waiting = {entity: set(keys) for entity, keys in chosen.items()}
    while any(waiting.values()):
        waiting = _more(loads, waiting, chosen)
    return {entity: keys for entity, keys in chosen.items() if keys}


def _more(
    loads: list[Load], waiting: dict[str, set[str]], chosen: dict[str, set[str]]
) -> dict[str, set[str]]:
    """What the waiting rows refer to and was not chosen yet, of entities that the plan loads."""
    found: dict[str, set[str]] = {}
    for load in loads:
        for entity, keys in referred_keys(load, waiting.get(load.entity.name, ())).items():
            if entity in chosen:
                found.setdefault(entity, set()).update(keys - chosen[entity])
    for entity, keys in found.items():
        chosen[entity] |= keys
    return found
