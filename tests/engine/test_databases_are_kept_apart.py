"""What was loaded by one connection is not known of another one of the same project."""

from importer.choices import Environment
from importer.connections import refresh_schema
from importer.models import Connection, ConnectionSecret
from importer.secrets import seal
from tests.engine.loading import Harbour, column, partners, refer


def beside(harbour: Harbour) -> Harbour:
    """The same project with another connection."""
    connection = Connection.objects.create(
        project=harbour.project,
        name="Other",
        url=harbour.server.url.replace("127.0.0.1", "localhost"),
        database="sandbox",
        environment=Environment.SANDBOX,
    )
    ConnectionSecret.objects.create(
        project=harbour.project, connection=connection, login="admin", secret=seal("admin")
    )
    refresh_schema(connection, ["res.partner"])
    return Harbour(harbour.server, harbour.project, connection)


def test_rows_loaded_elsewhere_are_not_known_here(harbour: Harbour) -> None:
    """The other connection leads to the same server, so Odoo is asked and finds them."""
    customer = harbour.entity("customer", "res.partner")
    harbour.load(customer, partners(3))
    plan = beside(harbour).load(customer, partners(3), dry_run=True)
    assert (plan.updated, plan.unchanged, plan.rows_done) == (3, 0, 3)


def test_a_parent_loaded_elsewhere_is_no_parent_here(harbour: Harbour) -> None:
    harbour.load(harbour.entity("customer", "res.partner"), partners(1))
    contact = harbour.entity("contact", "res.partner")
    rows = [{"code": "1", "name": "QC", "of": "Q0000"}]
    fields = [column("name"), refer("parent_id", "customer", "of")]
    plan = beside(harbour).load(contact, rows, fields, dry_run=True)
    assert (plan.created, plan.failed) == (0, 1)
    assert harbour.load(contact, rows, fields, dry_run=True).created == 1
