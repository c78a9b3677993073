"""Verbs about reconciliations: ask for one now, sign one, read one. A signature is a person's
word on a report that never changes again.
"""

from django.db import transaction
from django.utils import timezone

from graphs.choices import (
    LogLevel,
    ReconciliationOrigin,
    ReconciliationState,
    RunKind,
    RunStatus,
)
from graphs.journal import write_log
from graphs.models import GraphRun, Reconciliation
from graphs.progress import nodes_of
from graphs.reconciling import loaded_nodes, sha256_of_report
from importer.background import ask_for_job
from importer.choices import JobKind, Role
from importer.data.storage import local_path, sha256_of
from importer.errors import Refused
from importer.models import Membership, User
from importer.rights import VERBS, require, role_in

_SIGN = "sign_reconciliation"
_UNDONE = (RunStatus.ROLLING_BACK, RunStatus.ROLLED_BACK)


@transaction.atomic
def reconcile_run(run: GraphRun, *, by: User) -> Reconciliation:
    """A new report of the run, made by a worker; one that is asked for and not begun is that one.
    Refused where the run has nothing in Odoo to compare."""
    require(by, "reconcile_run", run.project)
    _refuse_reconciling(run)
    waiting = run.reconciliations.filter(
        origin=ReconciliationOrigin.ASKED, state=ReconciliationState.PENDING
    ).first()
    if waiting is not None:
        return waiting
    made = Reconciliation.objects.create(
        project_id=run.project_id,
        run=run,
        attempt=run.attempt,
        origin=ReconciliationOrigin.ASKED,
        asked_by=by,
    )
    ask_for_job(by=by, project=run.project, kind=JobKind.RECONCILE, object_id=made.pk)
    return made


def _refuse_reconciling(run: GraphRun) -> None:
    if run.kind != RunKind.LOAD or run.dry_run:
        raise Refused("Only a run that loads into Odoo can be reconciled with it.")
    if not run.is_finished:
        raise Refused("The run has not ended yet. Reconcile it when it has.")
    if run.status in _UNDONE:
        raise Refused("The run is undone, so there is nothing to reconcile.")
    if not loaded_nodes(nodes_of(run)):
        raise Refused("The run has prepared no rows, so there is nothing to reconcile.")


def newest_reconciliation(run: GraphRun) -> Reconciliation | None:
    """The newest report of a run, ready or not."""
    return run.reconciliations.select_related("signed_by", "asked_by").first()


@transaction.atomic
def sign_reconciliation(
    made: Reconciliation, *, by: User, comment: str = "", sha256: str = ""
) -> Reconciliation:
    """Sign a ready report, once and for ever. ``sha256``: of the report that the signer has seen.

    Refused: a report that is not the newest, not intact, or signed already; one with differences
    without a comment; and who started the run, where somebody else of the project may sign."""
    require(by, _SIGN, made.project)
    locked = Reconciliation.objects.select_for_update(of=("self",)).get(pk=made.pk)
    _refuse_signing(locked, comment.strip(), sha256)
    _refuse_own(locked, by)
    role = role_in(by, locked.project)
    Reconciliation.objects.filter(pk=locked.pk, signed_at=None).update(
        signed_by=by,
        signed_name=by.get_full_name() or by.username,
        signed_role=str(Role(role).label) if role else "Superuser",
        signed_at=timezone.now(),
        comment=comment.strip(),
    )
    locked.refresh_from_db()
    said = f"{locked.signed_name} signed the reconciliation {locked.sha256[:12]}."
    write_log(locked.run, LogLevel.INFO, said)
    return locked


def _refuse_signing(made: Reconciliation, comment: str, sha256: str) -> None:
    if made.is_signed:
        raise Refused(f"{made.signed_name} has signed this report already.")
    if made.state != ReconciliationState.READY:
        raise Refused("Only a report that is ready can be signed.")
    newest = made.run.reconciliations.filter(state=ReconciliationState.READY).first()
    if newest is not None and newest.pk != made.pk:
        raise Refused("There is a newer report of this run. Read and sign that one.")
    if made.run.status in _UNDONE:
        raise Refused("The run is undone, so what the report says is not in Odoo any more.")
    if not made.run.is_finished:
        raise Refused("The run has been taken up again. Sign its report when it has ended.")
    if sha256 and sha256 != made.sha256:
        raise Refused("This is not the report that you have read. Open it again.")
    if not is_intact(made):
        raise Refused("The stored report is not what it was when it was made. Reconcile again.")
    if not made.is_equal and not comment:
        raise Refused("Sheet and Odoo differ. Say in a comment why you sign all the same.")


def _refuse_own(made: Reconciliation, by: User) -> None:
    """Four eyes, wherever the project has them."""
    if made.run.started_by_id != by.pk:
        return
    others = Membership.objects.filter(
        project=made.project_id, role__in=VERBS[_SIGN], user__is_active=True
    ).exclude(user=by)
    if others.exists():
        raise Refused(
            "You started this run, so somebody else signs its reconciliation: an approver or "
            "admin of the project."
        )


def is_intact(made: Reconciliation) -> bool:
    """Whether report and differences are those over which the hash was taken."""
    if made.state != ReconciliationState.READY or sha256_of_report(made.report) != made.sha256:
        return False
    try:
        found = sha256_of(local_path(made.differences_as))
    except FileNotFoundError:
        return False
    return bool(found == made.report["differences"]["sha256"])
