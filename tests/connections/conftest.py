"""A real server on loopback to connect to, fresh for each test."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from importer.connections import add_connection
from importer.models import Connection, Project, User
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

AddConnection = Callable[..., Connection]


@pytest.fixture(scope="package")
def server() -> Iterator[str]:
    with sandbox("19") as url:
        yield url


@pytest.fixture
def odoo(server: str) -> str:
    httpx.post(f"{server}/sandbox/reset").raise_for_status()
    return server


@pytest.fixture
def admin(make_member: Callable[..., User], project: Project) -> User:
    return make_member("admin", project=project)


@pytest.fixture
def add(admin: User, project: Project, odoo: str) -> AddConnection:
    """Adds a connection to the server; any part may be another one."""

    def make(**changes: object) -> Connection:
        parts: dict[str, object] = {
            "name": "Main",
            "url": odoo,
            "database": DATABASE,
            "login": LOGIN,
            "secret": SECRET,
            "environment": "sandbox",
        }
        return add_connection(by=admin, project=project, **(parts | changes))  # type: ignore[arg-type]

    return make
