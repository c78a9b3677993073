"""manage.py run_show: how a run stands, its rows that did not arrive, the end of its log."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser

from graphs.display import show_summary
from graphs.journal import notices_of
from graphs.management.naming import run_named
from graphs.management.run_command import RunCommand, run_answer
from graphs.management.terminal import console
from graphs.models import GraphRun
from graphs.rehearsals import certificate_of
from importer.management.naming import asking_user
from importer.rights import require


def _lines(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"“{text}” is no number of lines")
    return int(text[:9])


class Command(RunCommand):
    help = "Show a run: status, counters per node, first bad rows, last lines of the log."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")
        parser.add_argument("--log", type=_lines, default=10, help="lines of the log (default 10)")
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def run_verb(self, options: dict[str, Any]) -> int:
        run = run_named(options["run"])
        require(asking_user(options["user"]), "view", run.project)
        if options["wait"]:
            return self.answer_run(run, options, wait=True)
        if options["json"]:
            self.write_json(run_answer(run) | {"certificate": _certificate(run)})
        else:
            show_summary(run, console(self.stdout))
            self._write_promises(run)
            self._write_log(run, options["log"])
        return 0

    def _write_promises(self, run: GraphRun) -> None:
        """What this run cannot promise, and whether it was rehearsed."""
        for notice in notices_of(run):
            self.stdout.write(f"Note: {notice}")
        if certificate := _certificate(run):
            self.stdout.write(
                "Rehearsed on “{connection}”, nothing differed.".format(**certificate)
            )

    def _write_log(self, run: GraphRun, lines: int) -> None:
        newest = list(run.logs.order_by("-id")[:lines])
        for line in reversed(newest):
            node = f" {line.node_id}:" if line.node_id else ""
            self.stdout.write(f"{line.at:%H:%M:%S} {line.level}{node} {line.message}")


def _certificate(run: GraphRun) -> dict[str, str] | None:
    """``{id, connection, ended_at}`` of the rehearsal that the run's release and dataset passed."""
    found = certificate_of(run)
    if found is None:
        return None
    ended = found.ended_at.isoformat() if found.ended_at else ""
    return {"id": str(found.pk), "connection": str(found.connection), "ended_at": ended}
