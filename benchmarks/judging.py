"""What a run must have in common with one that nobody disturbed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.records import Snapshot, differences
from graphs.choices import RunKind
from graphs.models import GraphRun
from graphs.progress import progress_of
from importer.choices import BatchState, LoadState
from importer.models import Attempt, Batch, Load, TargetLease

_COUNTED = ("rows_total", "created", "adopted", "updated", "unchanged", "skipped")
_ALSO_COUNTED = ("failed", "blocked")
Counts = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Calm:
    """The run that nobody disturbed."""

    seconds: float
    status: str
    counts: Counts
    records: Snapshot


def counts_of(run: GraphRun) -> Counts:
    """Node -> how many rows ended how. Which records an undo writes itself and which another one's
    address reaches first depends on the order of calls: there both are one number."""
    nodes = progress_of(run)["progress"]["nodes"]
    if run.kind == RunKind.ROLLBACK:
        for node in nodes:
            node["unchanged"] += node["restored"]
    return {node["id"]: tuple(node[name] for name in (*_COUNTED, *_ALSO_COUNTED)) for node in nodes}


def faults_of(run: GraphRun, found: Snapshot, calm: Calm) -> list[str]:
    """What is wrong, a phrase each."""
    wrong = differences(calm.records, found)
    if run.status != calm.status:
        wrong.append(f"ended as {run.status}: {run.error_message}")
    counts = counts_of(run)
    wrong += [
        f"{node} counted {counts[node]}, not {expected}"
        for node, expected in calm.counts.items()
        if counts[node] != expected
    ]
    return wrong + stuck_in(run)


def stuck_in(run: GraphRun) -> list[str]:
    """What has not come to an end."""
    open_states = (*BatchState.open(), BatchState.STALLED)
    batches = Batch.objects.filter(load__node_run__run=run)
    loads = Load.objects.filter(node_run__run=run)
    left = {
        "batches": batches.filter(state__in=open_states).count(),
        "attempts": Attempt.objects.filter(batch__in=batches, outcome="").count(),
        "loads": loads.exclude(state__in=LoadState.ended()).count(),
        "leases": TargetLease.objects.filter(load__in=loads).count(),
    }
    return [f"{count} {what} stuck" for what, count in left.items() if count]
