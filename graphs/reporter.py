"""Tells a run what its loads do: log lines, counters and events, in the engine's own commit."""

from django.db import transaction

from graphs.active import halting_node
from graphs.choices import EventKind, LogLevel, NodeStatus, RunStatus
from graphs.hands import ask_hands
from graphs.journal import write_event, write_log, write_node_event, write_run_event
from graphs.models import GraphRun, NodeRun, RunLog
from graphs.progress import node_progress, raise_percentage
from graphs.states import node_states
from importer.choices import LoadState
from importer.models import Load

_SENDING = (LoadState.SENDING, LoadState.VERIFYING)


class RunReporter:
    """The importer's Reporter for one node of a run."""

    def __init__(self, node: NodeRun) -> None:
        self._node = node
        self._run = node.run

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
        with transaction.atomic():
            if once and self._has_said(message):
                return
            write_log(
                self._run,
                level,
                message,
                node_id=self._node.node_id,
                batch=batch,
                error_type=error_type,
                traceback=traceback,
            )

    def _has_said(self, message: str) -> bool:
        """Locks the run, so that two hands do not say it at once."""
        GraphRun.objects.select_for_update().get(pk=self._run.pk)
        return RunLog.objects.filter(run=self._run, message=message).exists()

    def progressed(self, load: Load) -> None:
        """Order of locks here and in execution: the load first, the run last."""
        with transaction.atomic():
            node = NodeRun.objects.select_related("load", "run").get(pk=self._node.pk)
            data = node_progress(node)
            write_event(self._run, EventKind.BATCH, node_id=node.node_id, data=data)
            if load.state in _SENDING:
                self._show_running(node)
            self._run.refresh_from_db(fields=("percentage", "status"))
            raise_percentage(self._run)

    def pause(self, sentence: str) -> None:
        """Claims nothing new until a person resumes; what is under way may end."""
        with transaction.atomic():
            paused = GraphRun.objects.filter(pk=self._run.pk, status=RunStatus.RUNNING).update(
                status=RunStatus.PAUSED, error_message=sentence
            )
            if paused:
                self.log(LogLevel.ERROR, f"Paused: {sentence}")
                write_run_event(self._run.pk)

    def is_stopping(self) -> bool:
        run = GraphRun.objects.get(pk=self._run.pk)
        if run.cancel_requested_at is not None or run.status != RunStatus.RUNNING:
            return True
        return halting_node(node_states(run)) is not None

    def _show_running(self, node: NodeRun) -> None:
        shown = NodeRun.objects.filter(pk=node.pk, status=NodeStatus.PREPARING).update(
            status=NodeStatus.RUNNING
        )
        if shown:
            node.status = NodeStatus.RUNNING
            write_node_event(self._run, node)
            # One hand has prepared and planned; sending can use as many as there are streams.
            ask_hands(node, hands=self._run.connection.streams - 1)
