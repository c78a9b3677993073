"""Hangs the undo into the engine: its kinds of batches and its steps. Import it and they work."""

from importer.choices import LoadKind, LoadState
from importer.engine.send_step import send_next
from importer.engine.steps import register_steps
from importer.engine.undoing import removing, restoring
from importer.engine.undoing.ending import verify_undo
from importer.engine.undoing.opening import open_undo, settle_original
from importer.engine.undoing.plan_step import plan_undo

__all__ = ("open_undo", "removing", "restoring")

register_steps(
    LoadKind.UNDO,
    {
        LoadState.PENDING: settle_original,
        LoadState.PREPARING: settle_original,
        LoadState.PLANNING: plan_undo,
        LoadState.SENDING: send_next,
        LoadState.VERIFYING: verify_undo,
    },
)
