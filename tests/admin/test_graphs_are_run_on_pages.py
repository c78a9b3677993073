"""A graph is made, checked and released; its run is started, followed, cancelled, rolled back."""

import json

from django.core.files.uploadedfile import SimpleUploadedFile

from graphs.choices import RunStatus
from graphs.models import Graph, GraphRun
from graphs.runs import start_run
from importer.models import Mapping, Project
from tests.admin.conftest import Visit, said
from tests.api.conftest import RECIPE, Harbour


def test_a_graph_is_made_from_a_file(visit: Visit, project: Project) -> None:
    client = visit()
    recipe = json.dumps(RECIPE).encode()
    answer = client.post(
        "/admin/graphs/graph/from-file/", {"file": SimpleUploadedFile("g.json", recipe)}
    )
    assert answer.status_code == 302
    graph = Graph.objects.get()
    assert answer["location"] == f"/admin/graphs/graph/{graph.pk}/change/"
    assert Mapping.objects.count() == 2
    for odd in (b"{", b"\xff", b"[]", b'{"nodes": [], "name": 5}', recipe):
        refused = client.post(
            "/admin/graphs/graph/from-file/", {"file": SimpleUploadedFile("g.json", odd)}
        )
        assert refused.status_code == 200, odd
        assert list(refused.context["messages"]) or refused.context["form"].errors
    assert Graph.objects.count() == 1
    assert visit("viewer").get("/admin/graphs/graph/from-file/").status_code == 403


def test_a_graph_is_changed_checked_and_released(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    base = f"/admin/graphs/graph/{harbour.graph.pk}"
    assert "not been read" in said(client, client.post(f"{base}/do/validate/"))
    assert "version 1" in said(client, client.post(f"{base}/do/publish/"))
    posted = {"name": "Goods", "description": "", "spec": '{"nodes": []}',
              "versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}  # fmt: skip
    assert client.post(f"{base}/change/", posted).status_code == 302
    assert "no nodes" in said(client, client.post(f"{base}/do/publish/"))
    for odd in ("{", "[]", '"x"', "null"):
        assert client.post(f"{base}/change/", {**posted, "spec": odd}).status_code == 200
    Graph.objects.create(project=harbour.project, name="Taken")
    taken = client.post(f"{base}/change/", {**posted, "name": "Taken"})
    assert (taken.status_code, "already" in taken.content.decode()) == (200, True)


def test_a_run_is_started_cancelled_and_rolled_back_on_pages(
    harbour: Harbour, visit: Visit
) -> None:
    client = visit()
    start = f"/admin/graphs/graph/{harbour.graph.pk}/do/start/"
    assert "after categories" in client.get(start).content.decode()
    chosen = {"dataset": harbour.dataset.pk, "connection": harbour.connection.pk}
    answer = client.post(start, chosen)
    run = GraphRun.objects.get()
    assert answer["location"] == f"/admin/graphs/graphrun/{run.pk}/change/"
    page = client.get(answer["location"]).content.decode()
    assert 'hx-trigger="every 2s"' in page
    busy = client.post(start, chosen)
    assert "Target" in said(client, busy)
    base = f"/admin/graphs/graphrun/{run.pk}"
    assert "stay until you roll back" in client.get(f"{base}/do/cancel/").content.decode()
    assert "Cancelling" in said(client, client.post(f"{base}/do/cancel/"))
    GraphRun.objects.update(status=RunStatus.COMPLETED)
    assert 'hx-trigger="every 2s"' not in client.get(f"{base}/change/").content.decode()
    confirm = client.get(f"{base}/do/rollback/").content.decode()
    assert "Records to remove" in confirm
    assert GraphRun.objects.count() == 1
    rolled = client.post(f"{base}/do/rollback/", {"archive": "on"})
    undo = GraphRun.objects.get(kind="rollback")
    assert rolled["location"] == f"/admin/graphs/graphrun/{undo.pk}/change/"
    assert undo.options["archive"] is True
    again = client.post(f"{base}/do/rollback/")
    assert again.status_code == 302
    assert GraphRun.objects.count() == 2
    assert client.get(f"{base}/do/what/").status_code == 404


def test_the_log_of_a_run_is_filtered(harbour: Harbour, visit: Visit) -> None:
    run = start_run(harbour.graph, by=harbour.operator)
    address = f"/admin/graphs/graphrun/{run.pk}/logs/"
    client = visit("viewer")
    assert "asked for by" in client.get(address).content.decode()
    assert "No line fits" in client.get(f"{address}?level=error").content.decode()
    assert "asked for by" in client.get(f"{address}?level=what").content.decode()
    assert "No line fits" in client.get(f"{address}?text=%25&node=x").content.decode()
