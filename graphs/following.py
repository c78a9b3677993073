"""Whether a run with a corrected dataset may follow an earlier one: same graph, release and
connection, so that what has not changed is seen to be there already.
"""

from graphs.choices import RunKind, RunStatus
from graphs.models import Graph, GraphRun
from importer.errors import Refused
from importer.models import Connection, Dataset

_UNDONE = (RunStatus.ROLLING_BACK, RunStatus.ROLLED_BACK)


def followed_connection(
    follows: GraphRun, graph: Graph, dataset: Dataset | None, connection: Connection | None
) -> Connection:
    """The connection to use again. Raises Refused where the run cannot be followed so."""
    if follows.kind != RunKind.LOAD or follows.dry_run:
        raise Refused("Only a run that has loaded something can be followed.")
    if follows.version.graph_id != graph.pk:
        raise Refused(f"The run {follows.pk.hex[:8]} is one of “{follows.version.graph}”.")
    if not follows.is_finished:
        raise Refused(f"The run {follows.pk.hex[:8]} has not ended yet; wait for it or cancel it.")
    if follows.status in _UNDONE:
        raise Refused(
            f"The run {follows.pk.hex[:8]} is {follows.get_status_display()}; start a new one."
        )
    if dataset is None or dataset.pk == follows.dataset_id:
        raise Refused(
            "Choose the corrected dataset. To send the same one again, retry the run instead."
        )
    if connection is not None and connection.pk != follows.connection_id:
        raise Refused(f"A run that follows goes to the same connection, “{follows.connection}”.")
    return follows.connection
