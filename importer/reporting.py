"""How the importer tells whoever runs it what happened, without knowing who that is.

A reporter is called inside the transaction that commits the batch, so that log, counters and
batch are one.
"""

from typing import Protocol

from importer.models import Load


class Reporter(Protocol):
    """Implemented by graphs (log, events); a Load never runs without one."""

    def log(
        self,
        level: str,
        message: str,
        *,
        batch: int | None = None,
        error_type: str = "",
        traceback: str = "",
        once: bool = False,
    ) -> None:
        """One line for people. ``level``: debug, info, warning, error. ``once``: not again where
        whoever runs the load has said it already."""
        ...

    def progressed(self, load: Load) -> None:
        """The load's state or counters have just been changed in this transaction."""
        ...

    def pause(self, sentence: str) -> None:
        """A person must act before this load can go on (key refused, batch stalled)."""
        ...

    def is_stopping(self) -> bool:
        """Whether somebody asked to cancel or pause: claim nothing new."""
        ...
