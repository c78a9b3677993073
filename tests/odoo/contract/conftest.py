"""The servers that the contract is held against: the sandbox as 15, 17 and 19, and, where
``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and ``ODOO_TEST_SECRET`` are set, a live
Odoo. Every test leaves a live database as it found it."""

import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from importer.odoo.client import Client, connect
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

SANDBOXES = ("15", "17", "19")
LIVE = ["live"] if os.environ.get("ODOO_TEST_URL") else []


@dataclass(frozen=True)
class OdooServer:
    """Where to log in; ``version`` is the major version asked for, None where the server says."""

    url: str
    database: str
    login: str
    secret: str = field(repr=False)
    version: int | None

    def connect(self) -> Client:
        return connect(self.url, self.database, self.login, self.secret)


@pytest.fixture(scope="session", params=[*SANDBOXES, *LIVE])
def odoo_server(request: pytest.FixtureRequest) -> Iterator[OdooServer]:
    if request.param == "live":
        yield OdooServer(
            os.environ["ODOO_TEST_URL"],
            os.environ["ODOO_TEST_DB"],
            os.environ["ODOO_TEST_LOGIN"],
            os.environ["ODOO_TEST_SECRET"],
            None,
        )
        return
    with sandbox(request.param) as url:
        yield OdooServer(url, DATABASE, LOGIN, SECRET, int(request.param))


@pytest.fixture(scope="session")
def odoo(odoo_server: OdooServer) -> Iterator[Client]:
    connected = odoo_server.connect()
    yield connected
    connected.close()


@dataclass
class Namespace:
    """External ids of one test; what they name is removed at the test's end."""

    odoo: Client
    module: str = field(default_factory=lambda: f"stowage_{uuid.uuid4().hex[:8]}")
    made: dict[str, set[int]] = field(default_factory=dict)

    def __call__(self, name: str) -> str:
        return f"{self.module}.{name}"

    def insert(self, model: str, fields: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
        """Inserts rows whose first column is a bare name; gives their ids."""
        named = [[self(row[0]), *row[1:]] for row in rows]
        answer = self.odoo.insert_if_absent(model, ["id", *fields], named)
        assert answer.ids is not None, answer.messages
        return self.keep(model, answer.ids)

    def keep(self, model: str, ids: Sequence[int]) -> list[int]:
        self.made.setdefault(model, set()).update(ids)
        return list(ids)

    def remove(self) -> None:
        for model, ids in reversed(self.made.items()):
            context = {"active_test": False}
            left = self.odoo.search(model, [["id", "in", sorted(ids)]], context=context)
            self.odoo.unlink(model, left)


@pytest.fixture
def ours(odoo: Client) -> Iterator[Namespace]:
    namespace = Namespace(odoo)
    yield namespace
    namespace.remove()
