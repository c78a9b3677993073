"""Staff pause runs, let them wait, and run a corrected dataset after a run that ended badly."""

from django.urls import reverse

from graphs.choices import RunStatus
from graphs.models import GraphRun
from graphs.runs import start_run
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
