"""Orphans on a real Odoo: ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and
``ODOO_TEST_SECRET`` say which; ``ODOO_TEST_LOW_LOGIN`` and ``ODOO_TEST_LOW_SECRET`` name a login
that may not write external ids. All records go in the end.
"""

import os
import uuid
from collections.abc import Iterator

import pytest

from importer.connections import open_client
from importer.models import Connection, ConnectionSecret, Project
from importer.odoo.protocols import OdooClient
from importer.secrets import seal
from tests.engine.loading import Harbour
from tests.engine.orphans import SAID, is_carried, wake_too_late

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]
LOGINS = [
    who
    for who in ("ODOO_TEST", "ODOO_TEST_LOW")
    if who == "ODOO_TEST" or f"{who}_LOGIN" in os.environ
]


def connect(harbour: Harbour, who: str) -> None:
    harbour.connection.secrets.all().delete()
    ConnectionSecret.objects.create(
        project=harbour.project,
        connection=harbour.connection,
        login=os.environ[f"{who}_LOGIN"],
        secret=seal(os.environ[f"{who}_SECRET"]),
    )
    open_client(harbour.connection).close()
    harbour.connection.refresh_from_db()


@pytest.fixture
def live(transactional_db: None) -> Iterator[Harbour]:
    project = Project.objects.create(name=f"Live {uuid.uuid4().hex[:6]}")
    connection = Connection.objects.create(
        project=project,
        name="Live",
        url=os.environ["ODOO_TEST_URL"],
        database=os.environ["ODOO_TEST_DB"],
        environment="staging",
    )
    harbour = Harbour(None, project, connection)  # type: ignore[arg-type]
    yield harbour
    connect(harbour, "ODOO_TEST")
    client = harbour.client()
    client.unlink("res.partner", ours(client, project, "res.partner"))
    client.close()


def ours(client: OdooClient, project: Project, model: str) -> list[int]:
    """Records of this model behind external ids of the project."""
    domain = [["module", "=", project.namespace], ["model", "=", model]]
    return [row["res_id"] for row in client.search_read("ir.model.data", domain, ["res_id"])]


@pytest.mark.parametrize("stage", ["before", "inside"])
@pytest.mark.parametrize("who", LOGINS)
def test_an_orphan_that_wakes_up_late_changes_nothing(live: Harbour, who: str, stage: str) -> None:
    connect(live, who)
    is_fenced = who == "ODOO_TEST"
    loads = wake_too_late(
        live,
        seconds_into_the_call=0.1 if stage == "inside" else 0,
        is_update_open=not is_fenced,
    )
    assert is_carried(*loads) is is_fenced
    assert len([line for _, line in live.notes.lines if SAID in line]) == (0 if is_fenced else 1)
    connect(live, "ODOO_TEST")
    client = live.client()
    assert ours(client, live.project, "res.users") == []
    client.close()
