"""Fixtures for every test. The services behind them are in ``tests/own_services.py``.

Database: ``@pytest.mark.django_db`` and ``transactional_db`` work as usual, on PostgreSQL and as
the app's role (so ``reset_sequences=True`` does not: only an owner can). Each xdist worker has a
database and a Valkey number of its own.

- ``valkey``: a client of this worker's Valkey number, emptied before and after the test.
- ``start_process``: a function; ``start_process("rqworker", "runs", "jobs")`` starts a real
  ``manage.py`` subprocess attached to the test database and Valkey. Its answer has ``pid``,
  ``output``, ``wait_for(text)``, ``stop()`` and ``kill_all()`` (kill -9 with its children).
- ``worker_process``: one running ``manage.py rqworker runs jobs``, ready for work.
- ``live_site``: the address of a real web process on the test database, sockets included.
- ``page``: a playwright page in a real Chromium, for tests marked ``browser`` (and
  ``tests.chromium.sign_in``); the test fails when the page asks another host for anything.
- ``wait_until`` (import it from ``tests.processes``): waits for a condition without sleeping on.
- ``project``, ``other_project``; ``make_member(role, project=...)`` makes a user with that role.
"""

import gc
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker
from redis import Redis

from importer import heartbeats
from tests import own_services
from tests.chromium import browser_page
from tests.emptying import empty_quickly
from tests.processes import ManageProcess, StartProcess, manage_processes, start_site


def pytest_collection_finish() -> None:
    """What thousands of collected tests hold is never free: no use looking at it again and again,
    which took a quarter of the time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> None:
    """Stands in for pytest-django's own: the database is made by our owner role, not by Django."""
    with django_db_blocker.unblock():
        own_services.make_database()
    empty_quickly()


@pytest.fixture(autouse=True)
def _no_heartbeat_beside_a_transaction(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A heartbeat has a connection of its own, so it cannot see what a test that is rolled back
    has written: work of more than three seconds would be told that its lease is lost."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (
        marker is not None and marker.kwargs.get("transaction", False)
    )
    if not commits:
        monkeypatch.setattr(heartbeats, "BEAT_SECONDS", 3600.0)


@pytest.fixture
def valkey() -> Iterator[Redis]:
    own_services.ensure_started()
    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()


@pytest.fixture
def start_process(transactional_db: None, valkey: Redis, tmp_path: Path) -> Iterator[StartProcess]:
    with manage_processes(tmp_path) as start:
        yield start


@pytest.fixture
def worker_process(start_process: StartProcess) -> ManageProcess:
    worker = start_process("rqworker", "runs", "jobs")
    worker.wait_for("Listening on")
    return worker


@pytest.fixture
def live_site(start_process: StartProcess) -> str:
    return start_site(start_process)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    # Playwright's event loop runs in this thread, which Django takes for async code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with browser_page() as page:
        yield page


@pytest.fixture
def project(db: None) -> Any:
    from importer.models import Project

    return Project.objects.create(name="Harbour")


@pytest.fixture
def other_project(db: None) -> Any:
    from importer.models import Project

    return Project.objects.create(name="Lighthouse")


@pytest.fixture
def make_member(db: None) -> Callable[..., Any]:
    from importer.models import Membership, User

    numbers = itertools.count(1)

    def make(role: str, *, project: Any) -> User:
        user = User.objects.create_user(f"{role}{next(numbers)}", password="a long password")
        Membership.objects.create(user=user, project=project, role=role)
        return user

    return make
