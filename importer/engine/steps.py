"""Which step a load is at, by its kind and state. Undo registers its own."""

from collections.abc import Callable, Mapping

from importer.choices import LoadKind, LoadState
from importer.engine.desk import Desk
from importer.engine.plan_step import plan_load
from importer.engine.prepare_step import prepare_load
from importer.engine.send_step import send_next
from importer.engine.trial.step import try_load
from importer.engine.verifying import verify_load

Step = Callable[[Desk], bool]
"""Does one piece of work; False when nothing is free for this hand now."""

_steps: dict[str, Mapping[LoadState, Step]] = {}


def register_steps(kind: LoadKind, steps: Mapping[LoadState, Step]) -> None:
    _steps[str(kind)] = steps


def step_of(desk: Desk) -> Step:
    return _steps[desk.load.kind][LoadState(desk.load.state)]


def _verify(desk: Desk) -> bool:
    """What follows on sending; in a dry run there was none, and Odoo tries the plan."""
    return try_load(desk) if desk.load.dry_run else verify_load(desk)


register_steps(
    LoadKind.LOAD,
    {
        LoadState.PENDING: prepare_load,
        LoadState.PREPARING: prepare_load,
        LoadState.PLANNING: plan_load,
        LoadState.SENDING: send_next,
        LoadState.VERIFYING: _verify,
    },
)
