"""What starting a load and starting a rollback share: holding the target, writing the rows of a
run, asking for hands. Called by the verbs only, inside their transaction.
"""

from collections.abc import Iterable
from uuid import UUID

from graphs.choices import OnBusy
from graphs.hands import ask_advance
from graphs.models import GraphRun, NodeRun
from graphs.waiting import rivals_of
from importer.choices import ConnectionState
from importer.errors import Busy, Refused
from importer.models import Connection


def hold_connection(
    connection: Connection,
    *,
    dry_run: bool,
    besides: UUID | None = None,
    on_busy: str = OnBusy.REFUSE,
) -> str:
    """Raise Busy while another unfinished run writes to this connection, or, where the run is to
    wait, give the sentence that says for whom; empty when it is free. A dry run writes nothing and
    disturbs nobody. Locks the connection until the verb commits, so that two starts at once see
    each other."""
    held = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    if held.state == ConnectionState.CHANGED:
        raise Refused(
            f"“{held}” answers like another database than before. Say on its page whether it "
            "was restored or is another database, then start again."
        )
    rivals = rivals_of(held, besides=besides).select_related("version__graph")
    rival = None if dry_run else rivals.first()
    if rival is None:
        return ""
    state = str(rival.get_status_display()).lower()
    who = f"the run {rival.pk.hex[:8]} of “{rival.version.graph}”, which is {state}"
    if on_busy == OnBusy.WAIT:
        return f"Waits until “{held}” is free: it is in use by {who}."
    raise Busy(f"“{held}” is in use by {who}. Wait for it or cancel it.")


def write_run(run: GraphRun, nodes: Iterable[NodeRun]) -> GraphRun:
    """Insert a run with its nodes and ask for its first step."""
    run.save(force_insert=True)
    NodeRun.objects.bulk_create(nodes)
    ask_advance(run)
    return run
