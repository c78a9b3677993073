"""A connection that no run has used can be deleted; any other is kept, and the page says why."""

from typing import Any

from graphs.runs import start_run
from importer.choices import KeyMapOrigin
from importer.models import Connection, ConnectionSecret, Entity, KeyMap, OdooModel
from tests.admin.conftest import Visit, said
from tests.api.conftest import Harbour
from tests.graphs.building import make_connection


def address(connection: Connection, what: str) -> str:
    return f"/admin/importer/connection/{connection.pk}/{what}/"


def map_a_key(harbour: Harbour) -> None:
    KeyMap.objects.create(
        project=harbour.project, connection=harbour.connection, entity=Entity.objects.all()[0],
        key_hash=b"x" * 16, source_key='["P1"]', odoo_model="product.template", odoo_id=7,
        origin=KeyMapOrigin.CREATED,
    )  # fmt: skip


def test_an_unused_connection_is_deleted_with_its_login_and_schema(
    harbour: Harbour, visit: Visit
) -> None:
    client, connection = visit("admin"), harbour.connection
    mine: dict[str, Any] = {"project": harbour.project, "connection": connection}
    ConnectionSecret.objects.create(**mine, login="a", secret=b"s")
    OdooModel.objects.create(**mine, name="res.partner", taken_at="2026-01-01T00:00Z")
    asked = client.get(address(connection, "delete")).content.decode()
    assert "Are you sure" in asked
    assert Connection.objects.exists()
    client.post(address(connection, "delete"), {"post": "yes"})
    assert not Connection.objects.exists()
    assert not ConnectionSecret.objects.exists()
    harbour.graph.refresh_from_db()
    assert harbour.graph.connection is None


def test_a_used_connection_is_kept_and_the_page_says_why(harbour: Harbour, visit: Visit) -> None:
    client = visit("admin")
    map_a_key(harbour)
    answer = client.get(address(harbour.connection, "delete"))
    assert "runs have used it" in said(client, answer)
    answer = client.post(address(harbour.connection, "delete"), {"post": "yes"})
    assert "runs have used it" in said(client, answer)
    KeyMap.objects.all().delete()
    start_run(harbour.graph, by=harbour.operator)
    answer = client.post(address(harbour.connection, "delete"), {"post": "yes"})
    assert "runs have used it" in said(client, answer)
    assert Connection.objects.exists()
    assert KeyMap.objects.count() == 0


def test_who_is_no_admin_deletes_no_connection(harbour: Harbour, visit: Visit) -> None:
    for role in ("viewer", "operator", "approver"):
        answer = visit(role).post(address(harbour.connection, "delete"), {"post": "yes"})
        assert answer.status_code == 403


def test_a_refused_bulk_deletion_deletes_none_and_writes_no_history(
    harbour: Harbour, visit: Visit
) -> None:
    map_a_key(harbour)
    make_connection(harbour.project, name="Aaa")
    ids = list(Connection.objects.order_by("name").values_list("pk", flat=True))
    posted = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
    client = visit("admin")
    assert "runs have used it" in said(client, client.post("/admin/importer/connection/", posted))
    assert Connection.objects.count() == 2
    history = client.get(f"/admin/importer/connection/{ids[0]}/history/").content.decode()
    assert "Deleted" not in history
