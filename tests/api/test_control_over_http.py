"""Runs are paused, made to wait and followed over HTTP."""

import pytest
from rest_framework.test import APIClient

from graphs.choices import RunStatus
from graphs.models import GraphRun
from tests.api.conftest import Api, Harbour, client_of, messages, read_dataset


@pytest.fixture
def client(harbour: Harbour) -> APIClient:
    return client_of(harbour.operator)


def started(client: APIClient, harbour: Harbour, **more: object) -> GraphRun:
    answer = client.post(f"/api/graphs/{harbour.graph.pk}/run", more, format="json")
    assert answer.status_code == 202, answer.json()
    return GraphRun.objects.get(pk=answer.json()["id"])


def test_a_run_is_paused_and_resumed(client: APIClient, harbour: Harbour, api: Api) -> None:
    run = started(client, harbour)
    base = f"/api/runs/{run.pk}"
    assert api("viewer").post(f"{base}/pause").status_code == 403
    answer = client.post(f"{base}/pause")
    assert (answer.status_code, answer.json()["status"]) == (202, "paused")
    assert "Only a run at work" in messages(client.post(f"{base}/pause"))[0]
    assert client.post(f"{base}/resume").json()["status"] == "running"


def test_a_run_with_nothing_in_doubt_is_not_abandoned(
    client: APIClient, harbour: Harbour, api: Api
) -> None:
    run = started(client, harbour)
    base = f"/api/runs/{run.pk}"
    assert api("operator").post(f"{base}/abandon").status_code == 403
    assert client.post(f"{base}/pause").status_code == 202
    refused = api("admin").post(f"{base}/abandon")
    assert refused.status_code in (400, 409)
    assert "in doubt" in messages(refused)[0]


def test_a_start_is_refused_or_waits_as_it_asks(client: APIClient, harbour: Harbour) -> None:
    first = started(client, harbour)
    url = f"/api/graphs/{harbour.graph.pk}/run"
    assert client.post(url).status_code == 409
    assert client.post(url, {"on_busy": "push"}, format="json").status_code == 400
    waiting = client.post(url, {"on_busy": "wait"}, format="json").json()
    assert waiting["status"] == "pending"
    assert first.pk.hex[:8] in waiting["message"]
    shown = client.get(f"/api/runs/{waiting['id']}").json()
    assert shown["waiting_since"] is not None
    assert first.pk.hex[:8] in shown["error_message"]


def test_a_corrected_dataset_follows(client: APIClient, harbour: Harbour) -> None:
    run = started(client, harbour)
    GraphRun.objects.update(status=RunStatus.FAILED)
    url = f"/api/graphs/{harbour.graph.pk}/run"
    asked = {"follows": str(run.pk)}
    assert "retry" in messages(client.post(url, asked, format="json"))[0]
    better = read_dataset(harbour.operator, harbour.project, name="better", more=b"C4,Hooks,\n")
    after = started(client, harbour, dataset_id=str(better.pk), **asked)
    assert (after.follows, after.version) == (run, run.version)
    assert client.get(f"/api/runs?follows={run.pk}").json()["count"] == 1
    ghost = client.post(url, {"follows": str(better.pk)}, format="json")
    assert ghost.status_code == 404
