"""What RQ calls: an id in, one verb, nothing out. Safe to run twice."""

from uuid import UUID

from graphs.execution import advance_run, work_node
from graphs.rehearsals import take_step


def advance(run_id: str) -> None:
    """Take the run's next steps, and go on with a node that they start."""
    own = advance_run(UUID(run_id))
    if own is not None:
        work_node(own)


def work(node_run_id: int) -> None:
    """Work on a node for a while."""
    work_node(node_run_id)


def rehearse(rehearsal_id: str) -> None:
    """Take the rehearsal's next step."""
    take_step(UUID(rehearsal_id))
