"""The one process that owns all others of a checkout: starts them, restarts them, stops them.

Knows nothing of Django; what it runs is given to it as data.
"""

import logging
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.embedded.child import Child
from config.embedded.data_services import start_postgres, start_valkey
from config.embedded.errors import ServiceError
from config.embedded.layout import Layout
from config.embedded.leftovers import end_leftovers
from config.embedded.processes import Identity, tail
from config.embedded.program import Program
from config.embedded.state import Phase, State, only_supervisor, write_state
from config.embedded.wakeup import Wakeup

_IDLE_SECONDS = 60.0
_READY_SECONDS = 90.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Plan:
    """What to run. ``prepare`` are commands that run to their end before ``programs`` start."""

    layout: Layout
    programs: Sequence[Program]
    prepare: Sequence[tuple[str, ...]] = ()
    own_postgres: bool = True
    own_valkey: bool = True
    web: str = ""
    folder: Path | None = None


@dataclass(slots=True)
class Supervisor:
    """``announce`` gets a sentence for the person who watches."""

    plan: Plan
    announce: Callable[[str], None]
    wakeup: Wakeup = field(default_factory=Wakeup)
    data: list[Child] = field(default_factory=list)
    apps: list[Child] = field(default_factory=list)

    def run(self) -> None:
        """Serve until somebody asks to stop; ServiceError when the start is impossible."""
        with only_supervisor(self.plan.layout), self.wakeup.listening():
            left = end_leftovers(self.plan.layout)
            if left:
                self.announce(f"Ended what an interrupted run left behind: {', '.join(left)}.")
            try:
                self._start()
                self._keep_alive()
            finally:
                self._stop()

    def _start(self) -> None:
        self._write("starting")
        if self.plan.own_postgres:
            self.announce("Starting PostgreSQL")
            self.data.append(start_postgres(self.plan.layout))
        if self.plan.own_valkey:
            self.announce("Starting Valkey")
            self.data.append(start_valkey(self.plan.layout))
        self._write("starting")
        for argv in self.plan.prepare:
            self._run_to_its_end(argv)
        if self.wakeup.stops:
            return
        self.announce(f"Starting {', '.join(program.name for program in self.plan.programs)}")
        self.apps.extend(Child(program, self.plan.layout.logs) for program in self.plan.programs)
        for child in self.apps:
            child.start()
        self._write("starting")
        for child in self.apps:
            in_time = child.wait_ready(_READY_SECONDS, gave_up=lambda: self.wakeup.stops > 0)
            self._expect(child, in_time)
        for child in self.apps:
            self._expect(child, child.is_alive)
        if not self.wakeup.stops:
            self._write("ready")
            self.announce(f"Ready: {self.plan.web}" if self.plan.web else "Ready")

    def _run_to_its_end(self, argv: tuple[str, ...]) -> None:
        done = subprocess.run(
            argv, cwd=self.plan.folder, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            said = "\n".join(done.stderr.strip().splitlines()[-5:])
            raise ServiceError(f"`{' '.join(argv[1:3])}` failed:\n{said}")

    def _expect(self, child: Child, is_so: bool) -> None:
        """A start with a process that cannot run is no start: better to say so at once."""
        if not is_so and not self.wakeup.stops:
            raise ServiceError(
                f"The process “{child.program.name}” did not come up. Its log says:\n"
                f"{tail(child.log)}"
            )

    def _keep_alive(self) -> None:
        children = [*self.data, *self.apps]
        while not self.wakeup.stops:
            changed = [self._look_after(child) for child in children]
            if any(changed):
                self._write("ready")
            due = [child.due_at for child in children if child.process is None]
            pause = min(due) - time.monotonic() if due else _IDLE_SECONDS
            self.wakeup.wait(pause)

    def _look_after(self, child: Child) -> bool:
        """Start again what has died, once its pause is over. Whether anything changed."""
        code = child.note_death()
        if code is not None:
            _log.warning("%s ended with %s", child.program.name, code)
            self.announce(f"{child.program.name} ended ({code}); starting it again")
        if child.process is not None or time.monotonic() < child.due_at:
            return code is not None
        child.start()
        return True

    def _stop(self) -> None:
        """Workers finish their call to Odoo before the data they write to goes away.

        Who asks a second time does not want to wait: what has not ended by then is killed.
        """
        self._write("stopping")
        asked = self.wakeup.stops
        for children in (self.apps, [*reversed(self.data)]):
            for child in children:
                child.ask_to_stop()
            for child in children:
                child.wait_stopped(is_urgent=lambda: self.wakeup.stops > max(asked, 1))
        self.plan.layout.state_file.unlink(missing_ok=True)
        self.announce("Stopped")

    def _write(self, phase: Phase) -> None:
        processes = {
            child.program.name: identity
            for child in (*self.data, *self.apps)
            if (identity := child.identity()) is not None
        }
        layout = self.plan.layout
        write_state(
            layout,
            State(
                phase=phase,
                supervisor=Identity.of(os.getpid()),
                web=self.plan.web,
                database=layout.database_url() if self.plan.own_postgres else "",
                queue=layout.redis_url if self.plan.own_valkey else "",
                processes=processes,
            ),
        )
