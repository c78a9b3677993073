"""A request with a slip in it is refused; it never does more than was meant."""

from typing import Any

import httpx
import pytest

from graphs.models import GraphRun
from importer.models import Connection
from tests.api.conftest import Api, Harbour, client_of, messages

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


@pytest.mark.parametrize(
    "body", [{"dryrun": True}, {"dry_run": True, "key": {}}, {"graph_id": "x"}, {"": 1}]
)
def test_a_field_that_nobody_knows_starts_no_run(harbour: Harbour, body: dict[str, Any]) -> None:
    client = client_of(harbour.operator)
    answer = client.post(f"/api/graphs/{harbour.graph.pk}/run", body, format="json")
    assert answer.status_code == 400
    assert "no such field" in messages(answer)[0]
    assert "dry_run" in messages(answer)[0]
    assert not GraphRun.objects.exists()


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"dry_run": true}', FORM, 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="dry',
            "multipart/form-data; boundary=x",
            415,
        ),
        (b"\xef\xbb\xbf{}", "application/json", 400),
        (b"Infinity", "application/json", 400),
    ],
)
def test_a_body_of_another_form_than_it_says_starts_no_run(
    harbour: Harbour, content: bytes, kind: str, status: int
) -> None:
    address = f"/api/graphs/{harbour.graph.pk}/run"
    answer = client_of(harbour.operator).post(address, content, content_type=kind)
    assert answer.status_code == status
    assert messages(answer)[0].endswith(".")
    assert not GraphRun.objects.exists()


def test_what_is_null_is_as_if_it_were_not_there(harbour: Harbour) -> None:
    body = {"dataset_id": None, "connection_id": None, "keys": None, "dry_run": True}
    client = client_of(harbour.operator)
    answer = client.post(f"/api/graphs/{harbour.graph.pk}/run", body, format="json")
    assert answer.status_code == 202
    run = GraphRun.objects.get()
    assert (run.dataset, run.connection, run.keys) == (harbour.dataset, harbour.connection, None)


def test_a_misspelled_option_starts_no_rollback(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    run = client.post(f"/api/graphs/{harbour.graph.pk}/run", {}, format="json").json()["id"]
    GraphRun.objects.update(status="completed")
    answer = client.post(f"/api/runs/{run}/rollback", {"without-later": True}, format="json")
    assert (answer.status_code, "no such field" in messages(answer)[0]) == (400, True)
    assert GraphRun.objects.count() == 1


def test_a_connection_is_not_changed_by_a_field_it_has_not(harbour: Harbour, api: Api) -> None:
    address = f"/api/connections/{harbour.connection.pk}"
    answer = api("admin").patch(address, {"name": "New", "enviroment": "production"}, format="json")
    assert answer.status_code == 400
    assert not Connection.objects.filter(name="New").exists()


def test_what_was_read_may_be_sent_back(harbour: Harbour) -> None:
    client = client_of(harbour.operator)
    address = f"/api/graphs/{harbour.graph.pk}"
    read = client.get(address).json()
    assert client.put(address, read | {"description": "x"}, format="json").status_code == 200
    made = client.post("/api/value-maps", {"name": "V", "entries": {"a": "b"}}, format="json")
    same = client.put(f"/api/value-maps/{made.json()['id']}", made.json(), format="json")
    assert same.status_code == 200


def test_a_body_that_is_too_large_is_refused_unread(harbour: Harbour, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    client = client_of(harbour.operator)
    for kind in ("application/json", FORM):
        answer = client.post("/api/graphs", b"a" * (1024 * 1024 + 1), content_type=kind)
        assert (answer.status_code, "larger than 1 MB" in messages(answer)[0]) == (413, True)


@pytest.mark.parametrize("query", ["runs?dry_run=maybe", "runs/{run}/logs?level=loud"])
def test_a_filter_that_means_nothing_is_refused(harbour: Harbour, query: str) -> None:
    client = client_of(harbour.operator)
    body = {"dry_run": True}
    run = client.post(f"/api/graphs/{harbour.graph.pk}/run", body, format="json").json()["id"]
    answer = client.get(f"/api/{query.format(run=run)}")
    assert answer.status_code == 400
    assert messages(answer)
    for fine in ("runs?dry_run=true", f"runs/{run}/logs?level=info"):
        assert client.get(f"/api/{fine}").json()["count"] == 1
    assert client.get("/api/runs?dry_run=false").json()["count"] == 0


def test_a_key_that_is_no_text_is_refused(harbour: Harbour) -> None:
    address = f"/api/graphs/{harbour.graph.pk}/run"
    answer = client_of(harbour.operator).post(
        address, {"keys": {"category": [True]}}, format="json"
    )
    assert (answer.status_code, "must be a text" in messages(answer)[0]) == (400, True)


def test_a_line_break_in_an_address_is_a_404_like_any_other(live_site: str) -> None:
    for path in ("/api/runs/a%0Ab/cancel", "/api"):
        answer = httpx.get(f"{live_site}{path}")
        assert answer.status_code in (401, 404)
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["errors"]
