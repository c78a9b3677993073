"""How long work rested after a process was killed."""

from collections.abc import Sequence
from datetime import datetime

from graphs.models import GraphRun
from importer.models import Batch


def rests(run: GraphRun, kills: Sequence[datetime]) -> list[float]:
    """For each kill in a run the seconds until the next batch ended, or the run. Where kills follow
    each other closely, the first of them waits longest: it is counted too."""
    done = Batch.objects.filter(load__node_run__run=run, ended_at__isnull=False)
    ends = [*done.values_list("ended_at", flat=True), run.ended_at]
    found = []
    for kill in kills:
        later = [one for one in ends if one is not None and one > kill]
        if later:
            found.append((min(later) - kill).total_seconds())
    return found
