"""A sandbox server in this process and a project connected to it."""

from collections.abc import Iterator
from threading import Thread

import pytest

from importer.models import Project
from importer.odoo.sandbox.database import Database
from importer.odoo.sandbox.server import SandboxServer
from tests.engine.loading import Harbour, make_harbour


@pytest.fixture(scope="session", params=[17])
def sandbox_server(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    database = Database(request.param)
    server = SandboxServer(("127.0.0.1", 0), database)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def harbour(transactional_db: None, sandbox_server: SandboxServer) -> Harbour:
    sandbox_server.database.reset()
    return make_harbour(sandbox_server, Project.objects.create(name="Harbour"))
