"""Pages promise nothing that a role may not do, call a plan a plan, and ask in numbers."""

from itertools import product
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client

from graphs.admin.showing import counts_of
from graphs.choices import RunStatus
from graphs.models import GraphRun, RunLog
from graphs.runs import start_run
from graphs.versions import publish_graph
from importer.choices import IssueLevel
from importer.models import Dataset, Entity, Issue, Load, Project
from tests.admin.conftest import Visit
from tests.api.conftest import Harbour


def load_of(run: GraphRun, node_id: str, **counters: int) -> Load:
    node = run.node_runs.get(node_id=node_id)
    load = Load.objects.create(
        project=run.project, connection=run.connection, entity=Entity.objects.all()[0],
        odoo_model=node.odoo_model, dry_run=run.dry_run, **counters,
    )  # fmt: skip
    run.node_runs.filter(pk=node.pk).update(load=load)
    return load


def test_the_first_steps_lead_only_where_the_role_may_go(project: Project, visit: Visit) -> None:
    for role, can, cannot in (
        ("viewer", [], ["dataset/add", "connection/add", "mapping/add", "from-file"]),
        ("operator", ["dataset/add", "mapping/add", "from-file"], ["connection/add"]),
        ("admin", ["dataset/add", "connection/add", "mapping/add", "from-file"], []),
    ):
        client = visit(role)
        page = client.get("/admin/").content.decode()
        for part in can:
            assert f'{part}/"' in page, (role, part)
        for part in cannot:
            assert f'{part}/"' not in page, (role, part)
        assert ("one of its admins can do it" in page) is bool(cannot)


def test_a_dry_run_says_what_is_to_be_done_not_what_was(harbour: Harbour, visit: Visit) -> None:
    run = start_run(harbour.graph, by=harbour.operator, dry_run=True)
    load = load_of(run, "products", created=1200, unchanged=3)
    Load.objects.filter(pk=load.pk).update(verification={"source": {}, "issues": {}})
    assert counts_of(run) == "1,200 to create, 3 unchanged"
    client = visit()
    page = client.get(f"/admin/graphs/graphrun/{run.pk}/change/").content.decode()
    assert ">To create<" in page
    assert ">Created<" not in page
    assert ">Verified<" not in page
    assert "(dry run)" in client.get("/admin/graphs/graphrun/").content.decode()


def test_cancel_and_retry_are_asked_about_in_numbers(harbour: Harbour, visit: Visit) -> None:
    client, run = visit(), start_run(harbour.graph, by=harbour.operator)
    page = client.get(f"/admin/graphs/graphrun/{run.pk}/do/cancel/").content.decode()
    assert "0 of 5 rows are done, 5 are left." in page
    load_of(run, "products", failed=1200, blocked=7)
    GraphRun.objects.update(status=RunStatus.COMPLETED_WITH_ERRORS)
    page = client.get(f"/admin/graphs/graphrun/{run.pk}/do/retry/").content.decode()
    assert "1,200 rows failed, 7 were blocked" in page


def test_what_does_not_fit_the_runs_state_is_not_asked_about(
    harbour: Harbour, visit: Visit
) -> None:
    client, run = visit(), start_run(harbour.graph, by=harbour.operator)
    for status, kind in product(RunStatus.values, ("load", "rollback")):
        GraphRun.objects.update(status=status, kind=kind)
        _look_at_each_action(client, run)


def _look_at_each_action(client: Client, run: GraphRun) -> None:
    page = client.get(f"/admin/graphs/graphrun/{run.pk}/change/").content.decode()
    for verb in ("cancel", "retry", "resume", "rollback"):
        address = f"/admin/graphs/graphrun/{run.pk}/do/{verb}/"
        answer = client.get(address)
        if f'{verb}/"' in page:
            assert answer.status_code == 200, verb
        else:
            told = " ".join(str(one) for one in get_messages(answer.wsgi_request))
            assert answer.status_code == 302 and "does not fit" in told, verb


def test_the_start_page_says_which_release_runs_and_how_many_rows(
    harbour: Harbour, visit: Visit
) -> None:
    client = visit()
    address = f"/admin/graphs/graph/{harbour.graph.pk}/do/start/"
    assert "releases it as version 1" in client.get(address).content.decode()
    publish_graph(harbour.graph, by=harbour.operator)
    page = client.get(address).content.decode()
    assert "Release 1 of" in page
    assert "5 rows" in page
    other = Dataset.objects.create(project=harbour.project, name="b", state="ready", sha256="2")
    page = client.get(f"{address}?dataset={other.pk}").content.decode()
    assert "5 rows" not in page
    assert client.get(f"{address}?dataset=what").status_code == 200


def test_people_are_named_without_a_page_that_only_superusers_see(
    harbour: Harbour, visit: Visit
) -> None:
    publish_graph(harbour.graph, by=harbour.operator)
    client = visit()
    for page in (f"importer/dataset/{harbour.dataset.pk}", f"graphs/graph/{harbour.graph.pk}"):
        content = client.get(f"/admin/{page}/change/").content.decode()
        assert harbour.operator.username in content
        assert "/admin/importer/user/" not in content


def test_no_pattern_is_searched_for_from_the_address(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    for odd in ("importer/dataset/?name__regex=[", "importer/keymap/?source_key__iregex=("):
        assert client.get(f"/admin/{odd}").status_code == 400


def test_the_newest_problems_come_first_and_logs_tell_seconds(
    harbour: Harbour, visit: Visit
) -> None:
    run = start_run(harbour.graph, by=harbour.operator)
    loads = [load_of(run, "categories"), load_of(run, "products")]
    mine: dict[str, Any] = {"project": harbour.project, "stage": "plan", "position": 0,
                            "level": IssueLevel.ERROR, "code": "c", "group_key": "g"}  # fmt: skip
    for load, sheet, row in ((loads[0], "older", 2), (loads[1], "newer", 9)):
        Issue.objects.create(**mine, load=load, sheet=sheet, row=row, message="It is missing.")
    client = visit()
    page = client.get("/admin/importer/issue/").content.decode()
    assert page.index(">newer<") < page.index(">older<")
    at = RunLog.objects.all()[0].at
    assert f"{at:%H:%M:%S}" in client.get("/admin/graphs/runlog/").content.decode()


def test_an_empty_list_says_whether_anything_hides_what_is_there(
    harbour: Harbour, visit: Visit
) -> None:
    client = visit()
    empty = client.get("/admin/graphs/graphrun/").content.decode()
    assert "nothing here yet" in empty
    assert "Show all" not in empty
    for asked in ("mapping/?q=nothing", "mapping/?on_existing__exact=create",
                  "issue/?load__id__in=1"):  # fmt: skip
        hidden = client.get(f"/admin/importer/{asked}").content.decode()
        assert "Nothing fits" in hidden, asked
        assert 'href="?"' in hidden, asked
    assert "Show all" not in client.get("/admin/importer/mapping/").content.decode()
