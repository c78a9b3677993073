"""What the commands about a run share: following it, writing it, and the exit codes.

Exit codes: 0 done, 1 refused or ended badly, 2 wrong arguments, 3 done with errors, 4 paused.
"""

from typing import Any

from graphs.choices import RunStatus
from graphs.display import first_issues, first_stubs, is_over, show_summary, watch
from graphs.management.terminal import console
from graphs.models import GraphRun
from graphs.progress import progress_of
from importer.management.verb_command import VerbCommand
from importer.models import Issue

_EXIT_CODES = {
    RunStatus.COMPLETED.value: 0,
    RunStatus.ROLLED_BACK.value: 0,
    RunStatus.COMPLETED_WITH_ERRORS.value: 3,
    RunStatus.ROLLBACK_INCOMPLETE.value: 3,
    RunStatus.PAUSED.value: 4,
}


class RunCommand(VerbCommand):
    """A command about a run, which may wait for its end."""

    def answer_run(self, run: GraphRun, options: dict[str, Any], *, wait: bool) -> int:
        """Follow the run if asked to and write it; the exit code says how it stands."""
        shown = console(self.stdout)
        if wait and not options["json"]:
            run = watch(run.pk, shown)
        elif wait:
            run = watch(run.pk, console(self.stderr))
        if options["json"]:
            self.write_json(run_answer(run))
        elif is_over(run):
            show_summary(run, shown)
        else:
            self.stdout.write(f"Run {run.pk}: {run.get_status_display()}.")
        return _EXIT_CODES.get(run.status, 1) if is_over(run) else 0


def run_answer(run: GraphRun, *, bad_rows: int = 20) -> dict[str, Any]:
    """The run's progress with the first rows that did not arrive, and the first stubs."""
    return progress_of(run) | {
        "issues": [_issue(one) for one in first_issues(run, bad_rows)],
        "stubs": [_issue(one) for one in first_stubs(run, bad_rows)],
    }


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "sheet": issue.sheet,
        "row": issue.row,
        "column": issue.column,
        "value": issue.value,
        "code": issue.code,
        "message": issue.message,
    }
