"""Runs are started, followed and ended over HTTP, in the shapes that clients rely on."""

import uuid
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from graphs.choices import NodeStatus, RunStatus
from graphs.models import GraphRun, GraphVersion, RunLog
from importer.choices import LoadState
from importer.models import Entity, Issue, Load
from tests.api.conftest import Api, Harbour, client_of, messages

STARTED = {"id", "status", "task_id", "message"}
NODE = {
    "id", "model", "status", "rows_done", "rows_total", "created", "updated", "adopted",
    "unchanged", "skipped", "archived", "failed", "blocked", "stubs",
}  # fmt: skip


@pytest.fixture
def client(harbour: Harbour) -> APIClient:
    return client_of(harbour.operator)


def begin(client: APIClient, harbour: Harbour, **body: Any) -> Any:
    return client.post(f"/api/graphs/{harbour.graph.pk}/run", body, format="json")


def begun(client: APIClient, harbour: Harbour, **body: Any) -> GraphRun:
    return GraphRun.objects.get(pk=begin(client, harbour, **body).json()["id"])


def half_done(run: GraphRun) -> Load:
    """The first node has created 2 of its 3 rows, one failed."""
    node = run.node_runs.get(node_id="categories")
    load = Load.objects.create(
        project=run.project,
        connection=run.connection,
        entity=Entity.objects.get(name="category"),
        odoo_model="product.category",
        state=LoadState.SENDING,
        rows_total=4,
        created=2,
        failed=1,
    )
    node.load, node.status = load, NodeStatus.RUNNING
    node.save()
    for row in (3, 4):
        Issue.objects.create(
            project=run.project,
            load=load,
            stage="prepare",
            position=row,
            sheet="categories",
            row=row,
            column="Name",
            value="",
            code="required" if row == 3 else "too_long",
            message="The name is missing.",
            group_key="g",
        )
    GraphRun.objects.filter(pk=run.pk).update(
        status=RunStatus.RUNNING, started_at=timezone.now(), percentage=50.0
    )
    return load


def test_starting_answers_202_with_exactly_four_things(client: APIClient, harbour: Harbour) -> None:
    answer = begin(client, harbour)
    assert answer.status_code == 202
    body = answer.json()
    assert set(body) == STARTED
    assert body["status"] == "pending"
    run = GraphRun.objects.get(pk=body["id"])
    assert body["task_id"] == str(run.pk)
    assert GraphVersion.objects.get() == run.version
    assert run.started_by == harbour.operator


def test_what_is_named_in_the_body_wins_over_the_graph(client: APIClient, harbour: Harbour) -> None:
    run = begun(
        client,
        harbour,
        dataset_id=str(harbour.dataset.pk),
        connection_id=str(harbour.connection.pk),
        dry_run=True,
        keys={"category": ["C1"]},
    )
    assert (run.dry_run, run.keys) == (True, {"category": ['["C1"]']})
    assert client.get("/api/runs?dry_run=true").json()["count"] == 1


def test_side_effects_are_off_unless_the_body_names_them(
    client: APIClient, harbour: Harbour
) -> None:
    run = begun(client, harbour, dry_run=True, side_effects=["mails"])
    assert run.options == {"side_effects": ["mails"]}
    assert client.get(f"/api/runs/{run.pk}").json()["options"] == {"side_effects": ["mails"]}
    assert begun(client, harbour, dry_run=True).options == {}
    answer = begin(client, harbour, side_effects=["fireworks"])
    assert (answer.status_code, "fireworks" in messages(answer)[0]) == (400, True)


def test_runs_can_also_be_posted_to_their_list(client: APIClient, harbour: Harbour) -> None:
    answer = client.post("/api/runs", {"graph_id": str(harbour.graph.pk)}, format="json")
    assert (answer.status_code, set(answer.json())) == (202, STARTED)
    missing = client.post("/api/runs", {}, format="json")
    assert (missing.status_code, "graph_id" in messages(missing)[0]) == (400, True)


def test_what_does_not_exist_is_404(client: APIClient, harbour: Harbour) -> None:
    nobody = str(uuid.uuid4())
    assert client.post(f"/api/graphs/{nobody}/run").status_code == 404
    for name in ("dataset", "connection"):
        answer = begin(client, harbour, **{f"{name}_id": nobody})
        assert answer.status_code == 404
        assert name in messages(answer)[0]
    assert client.get(f"/api/graph-runs/{nobody}/progress").status_code == 404


def test_a_graph_with_problems_is_400_and_names_them_all(
    client: APIClient, harbour: Harbour
) -> None:
    node = {"id": "a", "type": "what", "data": {}}
    harbour.graph.spec = {"nodes": [node, node], "edges": [{"source": "a", "target": "b"}]}
    harbour.graph.save()
    answer = begin(client, harbour)
    assert answer.status_code == 400
    assert len(messages(answer)) >= 3
    assert {error["node"] for error in answer.json()["errors"]} == {"a", ""}
    assert not GraphRun.objects.exists()


def test_who_only_looks_may_not_start(api: Api, harbour: Harbour) -> None:
    answer = begin(api("viewer"), harbour)
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "not_allowed"


def test_a_busy_target_is_409(client: APIClient, harbour: Harbour) -> None:
    begin(client, harbour)
    answer = begin(client, harbour)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["code"] == "busy"
    assert GraphRun.objects.count() == 1


@pytest.mark.parametrize("keys", [[], "C1", {}, {"category": "C1"}, {"category": [{}]}, {"x": [1]}])
def test_odd_keys_are_refused_with_a_sentence(
    client: APIClient, harbour: Harbour, keys: Any
) -> None:
    answer = begin(client, harbour, keys=keys)
    assert answer.status_code == 400
    assert messages(answer)


def test_progress_has_exactly_the_promised_shape(client: APIClient, harbour: Harbour) -> None:
    run = begun(client, harbour)
    half_done(run)
    body = client.get(f"/api/graph-runs/{run.pk}/progress").json()
    assert set(body) == {
        *("id", "status", "progress", "stats", "notices", "error_message"),
        *("started_at", "completed_at"),
    }
    progress = body["progress"]
    assert set(progress) == {
        "current_node", "current_nodes", "current_index", "total_nodes", "percentage", "nodes",
    }  # fmt: skip
    assert set(body["stats"]) == {
        "nodes_executed", "nodes_failed", "total_records", "stubs", "node_results",
    }  # fmt: skip
    assert [set(node) for node in progress["nodes"]] == [NODE, NODE]
    assert (progress["current_node"], progress["current_index"]) == ("categories", 1)
    assert (progress["total_nodes"], progress["percentage"]) == (2, 50.0)
    first = progress["nodes"][0]
    assert (first["rows_done"], first["rows_total"], first["created"]) == (3, 4, 2)
    assert progress["nodes"][1]["rows_total"] == 2  # the sheet's rows until prepared
    assert (body["status"], body["completed_at"]) == ("running", None)
    assert body["started_at"]
    assert client.get(f"/api/runs/{run.pk}/progress").json() == body
    assert client.get(f"/api/runs/{run.pk}/steps").json() == progress["nodes"]


def test_runs_are_listed_newest_first_and_filtered(client: APIClient, harbour: Harbour) -> None:
    first = begun(client, harbour, dry_run=True)
    second = begun(client, harbour, dry_run=True)
    rows = client.get("/api/runs").json()["results"]
    assert [row["id"] for row in rows] == [str(second.pk), str(first.pk)]
    assert rows[0]["graph_name"] == "Goods"
    assert client.get(f"/api/runs?graph={harbour.graph.pk}&status=pending").json()["count"] == 2
    assert client.get("/api/runs?status=completed").json()["count"] == 0
    odd = client.get("/api/runs?status=what")
    assert (odd.status_code, "status" in messages(odd)[0]) == (400, True)
    assert client.get(f"/api/runs/{first.pk}").json()["version"] == 1


def test_a_run_is_cancelled_once_it_has_not_ended(client: APIClient, harbour: Harbour) -> None:
    run = begun(client, harbour)
    answer = client.post(f"/api/runs/{run.pk}/cancel")
    assert (answer.status_code, set(answer.json())) == (202, STARTED)
    run.refresh_from_db()
    assert run.cancel_requested_at is not None
    GraphRun.objects.update(status=RunStatus.COMPLETED)
    late = client.post(f"/api/runs/{run.pk}/cancel")
    assert (late.status_code, "ended already" in messages(late)[0]) == (400, True)


def test_a_failed_run_is_retried_as_its_next_attempt(client: APIClient, harbour: Harbour) -> None:
    run = begun(client, harbour)
    assert client.post(f"/api/runs/{run.pk}/retry").status_code == 400
    GraphRun.objects.update(status=RunStatus.FAILED)
    answer = client.post(f"/api/runs/{run.pk}/retry")
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert client.get(f"/api/runs/{run.pk}").json()["attempt"] == 2


def test_a_retry_names_who_wins_conflicts_or_is_refused(
    client: APIClient, harbour: Harbour
) -> None:
    run = begun(client, harbour)
    GraphRun.objects.update(status=RunStatus.FAILED)
    wrong = client.post(f"/api/runs/{run.pk}/retry", {"winner": "me"}, format="json")
    assert (wrong.status_code, "winner" in messages(wrong)[0]) == (400, True)
    right = client.post(f"/api/runs/{run.pk}/retry", {"winner": "odoo"}, format="json")
    assert right.status_code == 202


def test_a_paused_run_is_resumed(client: APIClient, harbour: Harbour) -> None:
    run = begun(client, harbour)
    assert client.post(f"/api/runs/{run.pk}/resume").status_code == 400
    GraphRun.objects.update(status=RunStatus.PAUSED)
    assert client.post(f"/api/runs/{run.pk}/resume").json()["status"] == "running"


def test_a_rollback_is_a_run_of_its_own(client: APIClient, harbour: Harbour) -> None:
    run = begun(client, harbour)
    assert client.post(f"/api/runs/{run.pk}/rollback").status_code == 400  # it is at work
    half_done(run)
    GraphRun.objects.update(status=RunStatus.COMPLETED)
    answer = client.post(f"/api/runs/{run.pk}/rollback", {"archive": True}, format="json")
    assert (answer.status_code, set(answer.json())) == (202, STARTED)
    undo = GraphRun.objects.get(pk=answer.json()["id"])
    assert (undo.kind, undo.reverts, undo.options["archive"]) == ("rollback", run, True)
    assert client.get(f"/api/runs?reverts={run.pk}").json()["count"] == 1
    nodes = client.get(f"/api/runs/{undo.pk}/steps").json()
    assert {"removed", "restored", "archived", "kept"} <= set(nodes[0])


def test_logs_are_paged_and_filtered(client: APIClient, harbour: Harbour) -> None:
    run = begun(client, harbour)
    RunLog.objects.bulk_create(
        RunLog(
            project=run.project,
            run=run,
            node_id="products" if number % 2 else "",
            level="warning" if number % 2 else "info",
            message=f"line {number}",
            traceback="never shown",
            at=timezone.now(),
        )
        for number in range(120)
    )
    first = client.get(f"/api/runs/{run.pk}/logs")
    assert (first.json()["count"], len(first.json()["results"])) == (121, 50)
    assert b"never shown" not in first.content
    assert len(client.get(f"/api/runs/{run.pk}/logs?page_size=100").json()["results"]) == 100
    last = client.get(f"/api/runs/{run.pk}/logs?page=3").json()
    assert len(last["results"]) == 21
    assert client.get(f"/api/runs/{run.pk}/logs?page=4").status_code == 404
    assert client.get(f"/api/runs/{run.pk}/logs?level=warning&node=products").json()["count"] == 60


def test_issues_say_sheet_row_column_and_value(client: APIClient, harbour: Harbour) -> None:
    run = begun(client, harbour)
    half_done(run)
    body = client.get(f"/api/runs/{run.pk}/issues").json()
    assert body["count"] == 2
    assert {"sheet", "row", "column", "value", "message", "code"} <= set(body["results"][0])
    assert body["results"][0]["row"] == 3
    assert client.get(f"/api/runs/{run.pk}/issues?code=too_long").json()["count"] == 1
