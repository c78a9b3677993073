"""Staff pause runs, let them wait, and run a corrected dataset after a run that ended badly."""

from django.urls import reverse

from graphs.choices import RunStatus
from graphs.journal import write_log
from graphs.models import GraphRun
from graphs.runs import start_run
from importer.engine.fencing import OPEN_WINDOW
from tests.admin.conftest import Visit, said
from tests.api.conftest import Harbour, read_dataset


def test_a_run_is_paused_on_its_page(harbour: Harbour, visit: Visit) -> None:
    run = start_run(harbour.graph, by=harbour.operator)
    client = visit()
    base = f"/admin/graphs/graphrun/{run.pk}"
    assert f"{base}/do/pause/" in client.get(f"{base}/change/").content.decode()
    assert "Pausing" in said(client, client.post(f"{base}/do/pause/"))
    page = client.get(f"{base}/change/").content.decode()
    assert f"{base}/do/resume/" in page
    assert f"{base}/do/pause/" not in page


def test_a_start_waits_where_that_is_ticked(harbour: Harbour, visit: Visit) -> None:
    start_run(harbour.graph, by=harbour.operator)
    client = visit()
    chosen = {
        "dataset": harbour.dataset.pk,
        "connection": harbour.connection.pk,
        "wait": "on",
    }
    answer = client.post(f"/admin/graphs/graph/{harbour.graph.pk}/do/start/", chosen)
    page = client.get(answer["location"]).content.decode()
    assert "Waits until" in page
    assert "waits since" in page
    assert "/do/pause/" not in page
    assert "/do/cancel/" in page


def test_a_corrected_dataset_is_run_after_a_run(harbour: Harbour, visit: Visit) -> None:
    run = start_run(harbour.graph, by=harbour.operator)
    client = visit()
    address = f"/admin/graphs/graphrun/{run.pk}/change/"
    link = reverse("admin:graphs_graph_do", args=(harbour.graph.pk, "start"))
    link = f"{link}?follows={run.pk}"
    assert link not in client.get(address).content.decode()
    GraphRun.objects.update(status=RunStatus.FAILED)
    assert link in client.get(address).content.decode()
    better = read_dataset(harbour.operator, harbour.project, name="better", more=b"C4,Hooks,\n")
    form = client.get(link).content.decode()
    assert f'value="{harbour.dataset.pk}"' not in form
    chosen = {"dataset": better.pk, "connection": harbour.connection.pk}
    answer = client.post(link, chosen)
    after = GraphRun.objects.get(follows=run)
    assert after.dataset == better
    assert "follows" in client.get(answer["location"]).content.decode()
    odd = client.get(f"{link.partition('=')[0]}=abc")
    assert odd.status_code == 200


def test_only_some_keys_are_started_on_the_page(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    start = f"/admin/graphs/graph/{harbour.graph.pk}/do/start/"
    chosen = {"dataset": harbour.dataset.pk, "connection": harbour.connection.pk}
    odd = client.post(start, {**chosen, "keys": "C1"})
    assert "Line 1 of the keys must look like" in odd.content.decode()
    assert not GraphRun.objects.exists()
    client.post(start, {**chosen, "keys": "category: C1"})
    assert GraphRun.objects.get().keys == {"category": ['["C1"]']}


def test_a_retry_waits_where_that_is_ticked(harbour: Harbour, visit: Visit) -> None:
    run = start_run(harbour.graph, by=harbour.operator)
    GraphRun.objects.filter(pk=run.pk).update(status=RunStatus.FAILED)
    start_run(harbour.graph, by=harbour.operator)
    client = visit()
    page = f"/admin/graphs/graphrun/{run.pk}/do/retry/"
    assert 'name="wait"' in client.get(page).content.decode()
    assert "in use by the run" in said(client, client.post(page))
    client.post(page, {"wait": "on"})
    run.refresh_from_db()
    assert (run.status, run.waiting_since is not None) == (RunStatus.PENDING, True)


def test_what_a_run_cannot_promise_stands_on_its_page(harbour: Harbour, visit: Visit) -> None:
    run = start_run(harbour.graph, by=harbour.operator)
    client = visit()
    address = f"/admin/graphs/graphrun/{run.pk}/live/"
    assert "carry no fence" not in client.get(address).content.decode()
    write_log(run, "warning", OPEN_WINDOW, node_id="categories")
    assert 'role="note"' in client.get(address).content.decode()
