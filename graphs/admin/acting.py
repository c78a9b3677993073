"""What a person may do with a run, in which states, and what the button says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from graphs import runs
from graphs.abandoning import abandon_run, doubt_in_numbers
from graphs.choices import OnBusy, RunKind, RunStatus
from graphs.models import GraphRun
from graphs.progress import progress_of
from graphs.reconciliations import reconcile_run
from importer.models import User

_Posted = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RunAction:
    """One button: ``right`` is the verb in the table of rights."""

    name: str
    right: str
    label: str | Promise
    says: str | Promise
    done: str
    states: tuple[str, ...]
    act: Callable[[GraphRun, User, _Posted], GraphRun]


def _cancel(run: GraphRun, by: User, _posted: _Posted) -> GraphRun:
    return runs.cancel_run(run, by=by)


def _retry(run: GraphRun, by: User, posted: _Posted) -> GraphRun:
    on_busy = OnBusy.WAIT if "wait" in posted else OnBusy.REFUSE
    return runs.retry_run(run, by=by, winner=posted.get("winner", ""), on_busy=on_busy)


def _pause(run: GraphRun, by: User, _posted: _Posted) -> GraphRun:
    return runs.pause_run(run, by=by)


def _resume(run: GraphRun, by: User, posted: _Posted) -> GraphRun:
    return runs.resume_run(run, by=by, vanished=posted.get("vanished", ""))


def _abandon(run: GraphRun, by: User, _posted: _Posted) -> GraphRun:
    return abandon_run(run, by=by)


def _reconcile(run: GraphRun, by: User, _posted: _Posted) -> GraphRun:
    return reconcile_run(run, by=by).run


def _rollback(run: GraphRun, by: User, posted: _Posted) -> GraphRun:
    return runs.start_rollback(
        run,
        by=by,
        archive="archive" in posted,
        without_later="without_later" in posted,
        remove_edited="remove_edited" in posted,
    )


ACTIONS = {
    action.name: action
    for action in (
        RunAction(
            "cancel",
            "cancel_run",
            _("Cancel"),
            _(
                "Nothing new is sent. What was sent and not answered is settled first; "
                "records already created stay until you roll back."
            ),
            "Cancelling: the run ends as soon as nothing is in doubt.",
            RunStatus.unfinished(),
            _cancel,
        ),
        RunAction(
            "retry",
            "retry_run",
            _("Retry failed rows"),
            _("Only the rows that failed or were blocked are sent again, from the same dataset."),
            "The failed rows are on their way again.",
            RunStatus.retryable(),
            _retry,
        ),
        RunAction(
            "pause",
            "pause_run",
            _("Pause"),
            _(
                "The batches under way end, nothing new is sent until somebody resumes the run. "
                "It keeps its connection meanwhile."
            ),
            "Pausing: the run stops after the batches that are under way.",
            (RunStatus.PENDING, RunStatus.RUNNING),
            _pause,
        ),
        RunAction(
            "resume",
            "resume_run",
            _("Resume"),
            _("The run goes on where it was paused."),
            "The run goes on.",
            (RunStatus.PAUSED,),
            _resume,
        ),
        RunAction(
            "abandon",
            "abandon_run",
            _("Abandon"),
            _(
                "The run ends without knowing whether Odoo kept these rows; each of them is "
                "listed. Roll the run back or retry it when Odoo answers again."
            ),
            "Abandoned: the rows left in doubt are listed, and the run ends.",
            (RunStatus.PAUSED, RunStatus.RUNNING),
            _abandon,
        ),
        RunAction(
            "reconcile",
            "reconcile_run",
            _("Reconcile now"),
            _(
                "Every mapped field of every record is read from Odoo and held against the sheets. "
                "Nothing is sent and nothing is changed."
            ),
            "The report is being made; its link stands on this page.",
            RunStatus.can_be_rolled_back(),
            _reconcile,
        ),
        RunAction(
            "rollback",
            "rollback_run",
            _("Roll back"),
            _(
                "Records that this run created are removed, fields it changed get their former "
                "values back. Records that somebody else uses or edited since are kept and listed."
            ),
            "The rollback is on its way.",
            RunStatus.can_be_rolled_back(),
            _rollback,
        ),
    )
}


def in_numbers(run: GraphRun, name: str) -> str:
    """What an action will do to how many rows; "" for what has numbers of its own."""
    nodes = progress_of(run)["progress"]["nodes"]
    done, total = (sum(node[count] for node in nodes) for count in ("rows_done", "rows_total"))
    failed, blocked = (sum(node[count] for node in nodes) for count in ("failed", "blocked"))
    if name == "abandon":
        doubt = doubt_in_numbers(run)
        return _("%(rows)s rows in %(batches)s batches are left in doubt.") % {
            "rows": f"{doubt['rows']:,}",
            "batches": f"{doubt['batches']:,}",
        }
    if name in ("cancel", "resume"):
        numbers = {"done": f"{done:,}", "total": f"{total:,}", "left": f"{total - done:,}"}
        return _("%(done)s of %(total)s rows are done, %(left)s are left.") % numbers
    if name == "retry":
        numbers = {"failed": f"{failed:,}", "blocked": f"{blocked:,}"}
        return _("%(failed)s rows failed, %(blocked)s were blocked by those.") % numbers
    return ""


def offered(run: GraphRun, may: Callable[[str], bool]) -> list[RunAction]:
    """The buttons that fit the run's state and the user's rights."""
    return [
        action
        for action in ACTIONS.values()
        if run.status in action.states
        and may(action.right)
        and not (action.name in ("rollback", "reconcile") and run.kind == RunKind.ROLLBACK)
        and not (action.name in ("rollback", "retry", "reconcile") and run.dry_run)
        and not (action.name == "abandon" and not _may_abandon(run))
        and not (action.name == "pause" and (run.waiting_since or run.cancel_requested_at))
    ]


def asks_vanished(run: GraphRun) -> bool:
    """Whether the paused run waits for a word about rows that vanished."""
    return run.node_runs.filter(load__vanished__asks=True).exists()


def _may_abandon(run: GraphRun) -> bool:
    is_waiting = run.status == RunStatus.PAUSED or run.cancel_requested_at is not None
    return is_waiting and doubt_in_numbers(run)["rows"] > 0


def follow_link(run: GraphRun, may: Callable[[str], bool]) -> str:
    """Where a corrected dataset is run after this one; empty where that cannot be."""
    undone = (RunStatus.ROLLING_BACK, RunStatus.ROLLED_BACK)
    is_followable = run.kind == RunKind.LOAD and not run.dry_run and run.is_finished
    if not is_followable or run.status in undone or not may("start_run"):
        return ""
    page = reverse("admin:graphs_graph_do", args=(run.version.graph_id, "start"))
    return f"{page}?follows={run.pk}"
