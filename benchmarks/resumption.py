"""How long work rested after a process was killed."""

from collections.abc import Sequence
from datetime import datetime

from graphs.models import GraphRun
from importer.models import Batch

Span = tuple[datetime, datetime]


def rests(run: GraphRun, kills: Sequence[datetime], away: Sequence[Span] = ()) -> list[float]:
    """For each kill in a run the seconds until the next batch ended, or the run. Where kills follow
    each other closely, the first of them waits longest: it is counted too. ``away``: while Odoo
    itself was not there nobody could work, so that is left out."""
    done = Batch.objects.filter(load__node_run__run=run, ended_at__isnull=False)
    ends = [*done.values_list("ended_at", flat=True), run.ended_at]
    found = []
    for kill in kills:
        later = [one for one in ends if one is not None and one > kill]
        if later:
            found.append(_seconds(kill, min(later), away))
    return found


def _seconds(kill: datetime, resumed: datetime, away: Sequence[Span]) -> float:
    lost = sum(
        max(0.0, (min(resumed, end) - max(kill, begin)).total_seconds()) for begin, end in away
    )
    return (resumed - kill).total_seconds() - lost
