"""A project connected to a live Odoo, and what its external ids name there."""

import os
import uuid
from collections.abc import Iterable

from importer.connections import open_client
from importer.models import Connection, ConnectionSecret, Project
from importer.odoo.protocols import OdooClient
from importer.secrets import seal
from tests.engine.loading import Harbour


def harbour_of_environment() -> Harbour:
    """A new project on the server that ``ODOO_TEST_URL`` and ``ODOO_TEST_DB`` name; no login."""
    project = Project.objects.create(name=f"Live {uuid.uuid4().hex[:6]}")
    connection = Connection.objects.create(
        project=project,
        name="Live",
        url=os.environ["ODOO_TEST_URL"],
        database=os.environ["ODOO_TEST_DB"],
        environment="staging",
    )
    return Harbour(None, project, connection)  # type: ignore[arg-type]


def connect(harbour: Harbour, who: str) -> None:
    """Log in as ``<who>_LOGIN`` with ``<who>_SECRET`` from now on."""
    harbour.connection.secrets.all().delete()
    ConnectionSecret.objects.create(
        project=harbour.project,
        connection=harbour.connection,
        login=os.environ[f"{who}_LOGIN"],
        secret=seal(os.environ[f"{who}_SECRET"]),
    )
    open_client(harbour.connection).close()
    harbour.connection.refresh_from_db()


def ours(client: OdooClient, project: Project, model: str) -> list[int]:
    """Records of this model behind external ids of the project."""
    domain = [["module", "=", project.namespace], ["model", "=", model]]
    return [row["res_id"] for row in client.search_read("ir.model.data", domain, ["res_id"])]


def remove_ours(harbour: Harbour, models: Iterable[str]) -> None:
    """Delete what the project made, as the administrator."""
    connect(harbour, "ODOO_TEST")
    client = harbour.client()
    for model in models:
        if ids := ours(client, harbour.project, model):
            client.unlink(model, ids)
    client.close()
