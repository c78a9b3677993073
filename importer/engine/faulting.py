"""A call that Odoo ended with an error which names no row. It may come from after Odoo's commit, so
first it is looked whether the rows are there; then they go on in halves, and a row is blamed only
where other calls were answered meanwhile. Where every call fails, the load stops instead.
"""

from collections.abc import Callable

from importer.choices import BatchState, Outcome
from importer.engine.desk import Desk
from importer.engine.faults import SUSPECT, Faults
from importer.engine.journaling import Sending
from importer.engine.outcomes import fail_load
from importer.engine.paces import FAULTS, move_faults
from importer.engine.plan_step import next_seq
from importer.engine.recording import close
from importer.engine.splitting import halves, split
from importer.engine.works import Ready
from importer.models import Batch, Load

Blame = Callable[[], None]


def go_on(
    desk: Desk, batch: Batch, sending: Sending, ready: Ready, sentence: str, blame: Blame
) -> None:
    """After a whole call failed and nothing of it is in Odoo. ``blame`` ends the one row that is
    left of it."""
    known = Faults.of(Load.objects.values_list("pace", flat=True).get(pk=desk.load.pk).get(FAULTS))
    if known.faulted().is_over(desk.load.rows_total):
        _stop(desk, batch, sending, sentence)
    elif len(ready.rows) > 1:
        _halve(desk, batch, sending, ready, sentence)
    elif known.in_a_row == 0 or known.ended > batch.refs.get(SUSPECT, known.ended):
        blame()
    elif _others_wait(batch):
        _let_others_go_first(desk, batch, sending, known, sentence)
    else:
        blame()


def _halve(desk: Desk, batch: Batch, sending: Sending, ready: Ready, sentence: str) -> None:
    def apply() -> dict[str, int]:
        move_faults(desk.load, Faults.faulted)
        split(batch, halves(ready.rows), by_depth=False)
        return {}

    said = f"The whole call failed; sent in halves. {sentence}"
    close(desk, batch, sending, BatchState.READY, Outcome.STOPPED, message=said, apply=apply)


def _others_wait(batch: Batch) -> bool:
    open_ones = Batch.objects.filter(plan=batch.plan_id, level=batch.level)
    return open_ones.filter(state__in=BatchState.open()).exclude(pk=batch.pk).exists()


def _let_others_go_first(
    desk: Desk, batch: Batch, sending: Sending, known: Faults, sentence: str
) -> None:
    """Nothing says yet that it is this row: nothing was answered since the errors began."""

    def apply() -> dict[str, int]:
        move_faults(desk.load, Faults.faulted)
        Load.objects.select_for_update().get(pk=batch.load_id)
        Batch.objects.filter(pk=batch.pk).update(
            seq=next_seq(batch.load), refs={**batch.refs, SUSPECT: known.ended}
        )
        return {}

    close(desk, batch, sending, BatchState.READY, Outcome.STOPPED, message=sentence, apply=apply)


def _stop(desk: Desk, batch: Batch, sending: Sending, sentence: str) -> None:
    told = (
        "Stopped: call after call of this load ended in an error of Odoo that names no row, so no "
        f"row is blamed. The last one: {sentence} Look at Odoo's log, then retry."
    )

    def apply() -> dict[str, int]:
        move_faults(desk.load, lambda faults: Faults())
        fail_load(desk, told)
        return {}

    close(desk, batch, sending, BatchState.READY, Outcome.STOPPED, message=sentence, apply=apply)


def say_kept(desk: Desk, batch: Batch, sentence: str) -> None:
    desk.reporter.log(
        "warning",
        f"Odoo answered batch {batch.seq} with an error, but had kept it: {sentence}",
        batch=batch.pk,
    )
