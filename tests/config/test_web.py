"""The web process put together: health, static files, queue pages, live sockets."""

import httpx
import pytest
from django.test import Client
from redis import Redis
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from importer.models import User
from tests.processes import StartProcess, start_site


def test_health_is_good_when_database_and_queue_answer(live_site: str) -> None:
    answer = httpx.get(f"{live_site}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "queue": "ok"})


def test_health_names_what_is_away(start_process: StartProcess) -> None:
    nowhere = start_site(
        start_process,
        REDIS_URL="redis://127.0.0.1:1/0",
        DATABASE_URL="postgresql://me:hidden@127.0.0.1:1/goods",
    )
    answer = httpx.get(f"{nowhere}/healthz")
    assert (answer.status_code, answer.json()) == (503, {"database": "away", "queue": "away"})


def test_the_first_page_leads_to_the_admin(live_site: str) -> None:
    answer = httpx.get(live_site, follow_redirects=True)
    assert answer.status_code == 200
    assert answer.url.path == "/admin/login/"
    assert "Stowage" in answer.text


@pytest.mark.parametrize(
    "path",
    ["unfold/css/styles.css", "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"],
)
def test_static_files_come_from_the_process_itself(client: Client, path: str) -> None:
    answer = client.get(f"/static/{path}")
    assert answer.status_code == 200
    assert not answer.streaming
    assert int(answer.headers["content-length"]) == len(answer.content) > 1000
    stamp = answer.headers["last-modified"]
    unchanged = client.get(f"/static/{path}", headers={"if-modified-since": stamp})
    assert unchanged.status_code == 304


def test_a_foreign_host_name_is_refused(live_site: str) -> None:
    answer = httpx.get(f"{live_site}/admin/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400


@pytest.mark.parametrize("origin", ["http://localhost", "http://evil.example"])
def test_a_socket_that_nobody_answers_to_is_closed(live_site: str, origin: str) -> None:
    address = live_site.replace("http", "ws", 1) + "/ws/nothing"
    with (
        pytest.raises((ConnectionClosed, InvalidStatus)),
        connect(address, additional_headers={"Origin": origin}) as socket,
    ):
        socket.recv(5)


QUEUE_PAGES = [
    "/admin/queues/",
    "/admin/queues/queues/0/",
    "/admin/queues/workers/0/",
    "/admin/queues/stats.json",
]


@pytest.mark.parametrize("path", QUEUE_PAGES)
def test_queue_pages_are_for_superusers(client: Client, valkey: Redis, db: None, path: str) -> None:
    staff = User.objects.create_user("staff", password="a long password", is_staff=True)
    boss = User.objects.create_superuser("boss", password="a long password")
    assert client.get(path).headers["location"].startswith("/admin/login/")
    client.force_login(staff)
    assert client.get(path).status_code == 403
    assert client.post("/admin/queues/queues/0/empty/").status_code == 403
    client.force_login(boss)
    assert client.get(path).status_code == 200
