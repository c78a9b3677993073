"""Tells a run what its loads do: log lines, counters and events, in the engine's own commit."""

from functools import cached_property

from django.db import transaction
from django.utils import timezone

from graphs.active import halting_node
from graphs.choices import EventKind, LogLevel, NodeStatus, RunStatus
from graphs.definition import Definition
from graphs.hands import ask_hands
from graphs.journal import write_event, write_log, write_node_event, write_run_event
from graphs.models import GraphRun, NodeRun, RunLog
from graphs.progress import node_progress, nodes_of, raise_percentage
from graphs.states import definition_of, node_states
from importer import loads
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
        with transaction.atomic(savepoint=False):
            nodes = nodes_of(self._run)
            node = next(one for one in nodes if one.pk == self._node.pk)
            data = node_progress(node)
            write_event(self._run, EventKind.BATCH, node_id=node.node_id, data=data)
            if load.state in _SENDING and node.status == NodeStatus.PREPARING:
                self._show_running(node, load)
            raise_percentage(self._run, nodes)

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
        run = GraphRun.objects.only("status", "cancel_requested_at", "kind").get(pk=self._run.pk)
        if run.cancel_requested_at is not None or run.status != RunStatus.RUNNING:
            return True
        return halting_node(node_states(run, definition=self._definition)) is not None

    @cached_property
    def _definition(self) -> Definition:
        return definition_of(self._run)  # of a release, which never changes

    def _show_running(self, node: NodeRun, load: Load) -> None:
        shown = NodeRun.objects.filter(pk=node.pk, status=NodeStatus.PREPARING).update(
            status=NodeStatus.RUNNING
        )
        if shown:
            node.status = NodeStatus.RUNNING
            write_node_event(self._run, node)
            # One hand has prepared and planned; sending can use more where batches are free.
            if load.state == LoadState.SENDING and not loads.early_hands(load):
                ask_hands(node, hands=max(0, loads.hands_wanted(load, timezone.now()) - 1))
