"""What a page leaves out for some, and that a form does what it says."""

from typing import Any

from graphs.admin.acting import offered
from graphs.admin.showing import causes_of
from graphs.choices import RunStatus
from graphs.models import GraphRun, RunLog
from graphs.runs import start_run
from importer.models import ConnectionSecret, Mapping, Membership, Project
from importer.secrets import seal
from tests.admin.conftest import Visit
from tests.api.conftest import Harbour, read_dataset
from tests.api.test_what_belongs_to_whom import make_issue


def test_a_dry_run_asked_for_on_the_page_is_one(harbour: Harbour, visit: Visit) -> None:
    chosen = {"dataset": harbour.dataset.pk, "connection": harbour.connection.pk, "dry_run": "on"}
    visit().post(f"/admin/graphs/graph/{harbour.graph.pk}/do/start/", chosen)
    assert GraphRun.objects.get().dry_run is True


def test_side_effects_are_ticked_one_by_one_and_shown(harbour: Harbour, visit: Visit) -> None:
    chosen = {"dataset": harbour.dataset.pk, "connection": harbour.connection.pk, "dry_run": "on"}
    page = f"/admin/graphs/graph/{harbour.graph.pk}/do/start/"
    visit().post(page, chosen | {"side_effects": ["tracking"]})
    run = GraphRun.objects.get()
    assert run.options == {"side_effects": ["tracking"]}
    shown = visit().get(f"/admin/graphs/graphrun/{run.pk}/change/").content.decode()
    assert "Track changes in the chatter" in shown


def test_a_dry_run_offers_neither_retry_nor_rollback(harbour: Harbour) -> None:
    run = start_run(harbour.graph, by=harbour.operator, dry_run=True)
    run.status = RunStatus.FAILED
    assert [action.name for action in offered(run, lambda verb: True)] == []
    run.dry_run = False
    assert {"retry", "rollback"} <= {action.name for action in offered(run, lambda verb: True)}


def test_a_run_that_is_being_rolled_back_still_moves(harbour: Harbour, visit: Visit) -> None:
    run = start_run(harbour.graph, by=harbour.operator)
    address = f"/admin/graphs/graphrun/{run.pk}/change/"
    for status, moves in ((RunStatus.ROLLING_BACK, True), (RunStatus.ROLLED_BACK, False)):
        GraphRun.objects.update(status=status)
        assert ('hx-trigger="every 2s"' in visit_once(visit, address)) is moves


def visit_once(visit: Visit, address: str, role: str = "operator") -> str:
    return visit(role).get(address).content.decode()


def test_the_causes_on_a_runs_page_are_its_own(harbour: Harbour) -> None:
    first = start_run(harbour.graph, by=harbour.operator)
    make_issue(harbour, first, "First.")
    GraphRun.objects.update(status=RunStatus.FAILED)
    second = start_run(harbour.graph, by=harbour.operator)
    make_issue(harbour, second, "Second.")
    for run, message in ((first, "First."), (second, "Second.")):
        assert [(one["message"], one["rows"]) for one in causes_of(run)] == [(message, 1)]


def test_the_login_is_for_those_who_may_change_it(harbour: Harbour, visit: Visit) -> None:
    ConnectionSecret.objects.update_or_create(
        connection=harbour.connection,
        is_default=True,
        defaults={"project": harbour.project, "login": "loader@odoo", "secret": seal("hidden")},
    )
    address = f"/admin/importer/connection/{harbour.connection.pk}/change/"
    assert "loader@odoo" in visit_once(visit, address, "admin")
    for role in ("operator", "viewer"):
        assert "loader@odoo" not in visit_once(visit, address, role)


def test_a_traceback_is_for_superusers(harbour: Harbour, visit: Visit) -> None:
    run = start_run(harbour.graph, by=harbour.operator)
    RunLog.objects.filter(run=run).update(traceback="ZeroDivisionError at line 7")
    line = RunLog.objects.filter(run=run).latest("id")
    address = f"/admin/graphs/runlog/{line.pk}/change/"
    assert "at line 7" in visit_once(visit, address, "superuser")
    assert "at line 7" not in visit_once(visit, address, "admin")


def test_a_preview_offers_no_sheet_of_another_project(
    harbour: Harbour, visit: Visit, other_project: Project, make_member: Any
) -> None:
    theirs = read_dataset(
        make_member("operator", project=other_project), other_project, "elsewhere"
    )
    mapping = Mapping.objects.get(name="Products")
    address = f"/admin/importer/mapping/{mapping.pk}/do/preview/"
    sheet = theirs.sheets.get(name="products")
    shown = visit("operator").get(f"{address}?sheet={sheet.pk}")
    assert [one.dataset for one in shown.context["sheets"]] == [harbour.dataset] * 2
    assert shown.context["chosen"].dataset == harbour.dataset


def test_another_user_in_a_members_line_takes_the_place(
    visit: Visit, project: Project, other_project: Project, make_member: Any
) -> None:
    client = visit("admin")
    leaves = make_member("viewer", project=project)
    comes = make_member("viewer", project=other_project)
    boss, line = Membership.objects.filter(project=project).order_by("pk")
    posted = {
        "name": project.name,
        "memberships-TOTAL_FORMS": "2",
        "memberships-INITIAL_FORMS": "2",
        "memberships-0-id": boss.pk,
        "memberships-0-project": project.pk,
        "memberships-0-user": boss.user.username,
        "memberships-0-role": "admin",
        "memberships-1-id": line.pk,
        "memberships-1-project": project.pk,
        "memberships-1-user": comes.username,
        "memberships-1-role": "operator",
    }
    answer = client.post(f"/admin/importer/project/{project.pk}/change/", posted)
    assert answer.status_code == 302
    roles = dict(project.memberships.values_list("user__username", "role"))
    assert roles == {boss.user.username: "admin", comes.username: "operator"}
    assert leaves.username not in roles
