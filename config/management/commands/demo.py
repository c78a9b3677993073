"""The main job from beginning to end on the sandbox Odoo, with the sample workbook."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console

from config import demonstration, serving
from config.embedded import control
from config.embedded.state import State, read_state
from graphs.choices import RunStatus
from graphs.display import show_summary, watch
from graphs.models import GraphRun
from graphs.runs import start_run
from graphs.versions import publish_graph

_SAMPLE = settings.BASE_DIR / "docs" / "examples" / "demo"
_GOOD_ENDS = (RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS)


class Command(BaseCommand):
    help = "Load a sample workbook into the sandbox Odoo and show how; then keep serving."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = Console()
        with self._services() as state:
            account = demonstration.make_account()
            run = self._main_job(account.user)
            self.console.print(f"\nAdmin: [bold]{state.web}/admin/[/bold]")
            self.console.print(f"User: {account.user.username}   Password: {account.password}")
            if run.status not in _GOOD_ENDS:
                sys.exit(1)
            if sys.stdin.isatty() and sys.stdout.isatty():
                self.console.print("\nServing until Ctrl-C.")
                _wait_for_interrupt()

    @contextmanager
    def _services(self) -> Iterator[State]:
        """Everything running; what the demo started it stops again."""
        layout = serving.layout()
        known = read_state(layout)
        was_running = known is not None and known.is_alive
        self._say("Starting PostgreSQL, Valkey, web, workers, dispatch and a sandbox Odoo ...")
        state = control.start(layout, serving.serve_command(), settings.BASE_DIR)
        self._say(f"Up: {', '.join(sorted(state.processes))}.")
        try:
            yield state
        finally:
            if not was_running:
                self._say("Stopping.")
                control.stop(layout)

    def _main_job(self, user: Any) -> GraphRun:
        project = demonstration.make_project(user)
        url = serving.sandbox_url()
        connection = demonstration.make_connection(user, project, url=url)
        self._say(f"Connected to {connection} at {url} (version {connection.version}).")
        dataset = demonstration.upload(user, project, _SAMPLE / "harbour.xlsx")
        sheets = ", ".join(f"{sheet.name} ({sheet.n_rows})" for sheet in dataset.sheets.all())
        self._say(f"Uploaded {dataset}: {sheets}.")
        graph = demonstration.make_graph(
            user, project, _SAMPLE / "graph.json", connection=connection, dataset=dataset
        )
        version = publish_graph(graph, by=user)
        self._say(f"Released {version}.\n")
        run = start_run(graph, by=user, dataset=dataset, connection=connection)
        run = watch(run.pk, self.console)
        show_summary(run, self.console)
        return run

    def _say(self, sentence: str) -> None:
        self.console.print(sentence, highlight=False, markup=False)


def _wait_for_interrupt() -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        stop.wait()
    except KeyboardInterrupt:
        return
