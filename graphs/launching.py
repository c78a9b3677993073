"""What starting a load and starting a rollback share: holding the target, writing the rows of a
run, asking for hands. Called by the verbs only, inside their transaction.
"""

from collections.abc import Iterable
from uuid import UUID

from graphs.choices import RunStatus
from graphs.hands import ask_advance
from graphs.models import GraphRun, NodeRun
from importer.choices import ConnectionState
from importer.errors import Busy, Refused
from importer.models import Connection


def hold_connection(connection: Connection, *, dry_run: bool, besides: UUID | None = None) -> None:
    """Raise Busy while another unfinished run writes to this connection. A dry run writes nothing
    and disturbs nobody. Locks the connection until the verb commits, so that two starts at once
    see each other."""
    held = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    if held.state == ConnectionState.CHANGED:
        raise Refused(
            f"“{held}” answers like another database than before. Say on its page whether it "
            "was restored or is another database, then start again."
        )
    if dry_run:
        return
    unfinished = RunStatus.unfinished()
    rivals = GraphRun.objects.filter(connection=held, status__in=unfinished, dry_run=False)
    if besides is not None:
        rivals = rivals.exclude(pk=besides)
    rival = rivals.select_related("version__graph").first()
    if rival is not None:
        state = str(rival.get_status_display()).lower()
        raise Busy(
            f"“{held}” is in use by the run {rival.pk.hex[:8]} of “{rival.version.graph}”, "
            f"which is {state}. Wait for it or cancel it."
        )


def write_run(run: GraphRun, nodes: Iterable[NodeRun]) -> GraphRun:
    """Insert a run with its nodes and ask for its first step."""
    run.save(force_insert=True)
    NodeRun.objects.bulk_create(nodes)
    ask_advance(run)
    return run
