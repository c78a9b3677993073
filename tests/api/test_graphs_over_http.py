"""Graphs are made, changed, checked, planned and released over HTTP."""

import uuid

from graphs.models import GraphVersion
from graphs.runs import start_run
from tests.api.conftest import Harbour, client_of, messages


def test_a_graph_is_made_read_changed_and_deleted(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    made = client.post("/api/graphs", {"name": "New", "spec": {"nodes": []}}, format="json")
    assert made.status_code == 201
    address = f"/api/graphs/{made.json()['id']}"
    changed = client.patch(address, {"dataset": str(harbour.dataset.pk)}, format="json")
    assert changed.status_code == 200
    read = client.get(address).json()
    assert (read["name"], read["spec"], read["dataset"]) == (
        "New",
        {"nodes": []},
        str(harbour.dataset.pk),
    )
    replaced = client.put(address, {"name": "Newer", "spec": {"edges": []}}, format="json")
    assert (replaced.status_code, replaced.json()["spec"]) == (200, {"edges": []})
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_a_name_in_use_is_refused(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    answer = client.post("/api/graphs", {"name": "Goods", "spec": {}}, format="json")
    assert answer.status_code == 400
    assert "Goods" in messages(answer)[0]


def test_a_graph_with_runs_is_kept(harbour: Harbour) -> None:
    start_run(harbour.graph, by=harbour.operator)
    answer = client_of(harbour.operator).delete(f"/api/graphs/{harbour.graph.pk}")
    assert answer.status_code == 400
    assert "has runs" in messages(answer)[0]


def test_validation_names_every_problem_at_once(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    address = f"/api/graphs/{harbour.graph.pk}"
    fine = client.post(f"{address}/validate").json()
    assert (fine["valid"], fine["errors"]) == (True, [])
    node = {"id": "a", "type": "load", "data": {"mapping": "Nothing"}}
    spec = {"nodes": [node, node], "edges": [{"source": "a", "target": "ghost"}]}
    client.patch(address, {"spec": spec}, format="json")
    answer = client.post(f"{address}/validate")
    assert answer.status_code == 200
    codes = {problem["code"] for problem in answer.json()["errors"]}
    assert {"duplicate_id", "unknown_node"} <= codes
    assert len(codes) > 2
    assert not answer.json()["valid"]


def test_the_plan_is_in_topological_order_and_shows_added_edges(harbour: Harbour) -> None:
    answer = client_of(harbour.operator).get(f"/api/graphs/{harbour.graph.pk}/plan").json()
    assert answer["order"] == ["categories", "products"]
    assert answer["levels"] == [["categories"], ["products"]]
    assert answer["added_edges"] == [{"source": "categories", "target": "products"}]
    assert answer["nodes"][1]["parents"] == ["categories"]
    assert set(answer) == {"order", "levels", "nodes", "added_edges", "errors", "warnings"}


def test_publishing_freezes_and_the_same_draft_is_the_same_release(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    first = client.post(f"/api/graphs/{harbour.graph.pk}/publish").json()
    again = client.post(f"/api/graphs/{harbour.graph.pk}/publish").json()
    assert first["number"] == again["number"] == 1
    assert GraphVersion.objects.get().sha256 == first["sha256"]


def test_a_graph_with_problems_is_not_published(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    client.patch(f"/api/graphs/{harbour.graph.pk}", {"spec": {"nodes": []}}, format="json")
    answer = client.post(f"/api/graphs/{harbour.graph.pk}/publish")
    assert answer.status_code == 400
    assert "no nodes" in messages(answer)[0]
    assert not GraphVersion.objects.exists()


def test_an_unknown_graph_is_a_404_everywhere(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    for nobody in (str(uuid.uuid4()), "what", "1"):
        assert client.get(f"/api/graphs/{nobody}").status_code == 404
        assert client.post(f"/api/graphs/{nobody}/run").status_code == 404
        assert messages(client.get(f"/api/graphs/{nobody}/plan"))
