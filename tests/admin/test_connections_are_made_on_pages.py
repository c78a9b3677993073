"""A connection is made, tested, changed and confirmed; its secret is never shown again."""

from graphs.models import GraphVersion
from importer.models import Connection, Project
from tests.admin.conftest import Visit, said
from tests.api.conftest import Harbour
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET

CONNECTION = {"name": "Odoo", "database": DATABASE, "environment": "sandbox", "login": LOGIN}


def test_a_connection_is_made_tested_and_never_shows_its_secret(
    visit: Visit, project: Project, odoo: str
) -> None:
    client = visit("admin")
    posted = {**CONNECTION, "url": odoo, "secret": SECRET}
    made = client.post("/admin/importer/connection/add/", posted)
    assert made.status_code == 302, made.context["errors"]
    connection = Connection.objects.get()
    page = f"/admin/importer/connection/{connection.pk}/change/"
    tested = client.post(f"/admin/importer/connection/{connection.pk}/do/test/")
    assert "Connected to Odoo" in said(client, tested)
    changed = {**posted, "name": "Main", "secret": "xyzzy-4711", "streams": 2,
               "answer_limit_seconds": 60, "answer_target_seconds": 8}  # fmt: skip
    assert client.post(page, changed).status_code == 302
    connection.refresh_from_db()
    assert (connection.name, connection.answer_limit_seconds) == ("Main", 60)
    wrong = client.post(f"/admin/importer/connection/{connection.pk}/do/test/")
    assert "Connected" not in said(client, wrong)
    for address in (page, "/admin/importer/connection/", f"{page[:-7]}history/", "/admin/"):
        content = client.get(address).content.decode()
        assert "xyzzy-4711" not in content
    client.post(page, {**changed, "secret": ""})
    assert "xyzzy-4711" not in client.post(page, {**changed, "url": "what"}).content.decode()


def test_a_test_is_no_get(harbour: Harbour, visit: Visit) -> None:
    client = visit("admin")
    client.get(f"/admin/importer/connection/{harbour.connection.pk}/do/test/")
    client.get(f"/admin/graphs/graph/{harbour.graph.pk}/do/publish/")
    harbour.connection.refresh_from_db()
    assert harbour.connection.tested_at is None
    assert not GraphVersion.objects.exists()


def test_a_refused_connection_keeps_what_was_typed(harbour: Harbour, visit: Visit) -> None:
    client = visit("admin")
    twin = {**CONNECTION, "url": harbour.connection.url, "database": "odoo", "secret": "s"}
    for posted in (twin, {**twin, "name": "Target", "database": "x"}):
        answer = client.post("/admin/importer/connection/add/", posted)
        assert answer.status_code == 200
        assert "already" in answer.content.decode()
        assert str(posted["name"]) in answer.content.decode()
    assert Connection.objects.count() == 1


def test_a_changed_fingerprint_is_asked_about_before_anything_is_forgotten(
    harbour: Harbour, visit: Visit
) -> None:
    client = visit("admin")
    other = f"/admin/importer/connection/{harbour.connection.pk}/do/other/"
    assert client.get(other).status_code == 404
    Connection.objects.update(state="changed", fingerprint_seen="b")
    assert "cannot be taken back" in client.get(other).content.decode()
    harbour.connection.refresh_from_db()
    assert harbour.connection.state == "changed"
    client.post(other)
    harbour.connection.refresh_from_db()
    assert (harbour.connection.state, harbour.connection.fingerprint) == ("untested", "b")
