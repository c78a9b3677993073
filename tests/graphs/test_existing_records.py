"""A whole run meets a record that Odoo has already, and its rollback leaves it there."""

from typing import Any

import duckdb
import pytest

from graphs.progress import progress_of
from graphs.runs import start_rollback, start_run
from graphs.versions import publish_graph
from importer.connections import open_client
from importer.data.storage import local_path
from importer.models import KeyMap, Mapping, Project, Sheet
from tests.graphs.harbour import Harbour, harbour

pytestmark = pytest.mark.django_db(transaction=True)
COUNTED = ("created", "adopted", "unchanged", "failed", "blocked")


def company_of_a_contact(port: Harbour) -> dict[str, str]:
    """A company of the workbook to which a contact refers, and its number."""
    sheets = {one.name: local_path(one.stored_as) for one in Sheet.objects.all()}
    column = Mapping.objects.get(name="Contacts").fields.get(target="parent_id")
    number = column.spec["inputs"][0]["column"]
    ref = Mapping.objects.get(name="Companies").fields.get(target="ref").spec["column"]
    with duckdb.connect() as duck:
        found = duck.execute(
            f'SELECT c."{ref}", c."Number" FROM \'{sheets["Companies"]}\' AS c '
            f'JOIN \'{sheets["Contacts"]}\' AS p ON p."{number}" = c."Number" '
            f'WHERE c."{ref}" IS NOT NULL ORDER BY 2 LIMIT 1'
        ).fetchone()
    assert found is not None
    return {"ref": found[0], "number": found[1]}


def test_a_run_adopts_and_its_rollback_gives_back(project: Project, asked: Any, drain: Any) -> None:
    with harbour(project, only=("companies", "contacts")) as port:
        asked.clear()
        company = company_of_a_contact(port)
        client = open_client(port.connection)
        there = client.create_record("res.partner", {"name": "Old", "ref": company["ref"]})
        Mapping.objects.filter(name="Companies").update(match_rules=[{"fields": ["ref"]}])
        publish_graph(port.graph, by=port.admin)
        before = port.counts()
        run = start_run(port.graph, by=port.admin)
        drain()
        run.refresh_from_db()
        companies, contacts = progress_of(run)["progress"]["nodes"]
        assert companies["adopted"] == 1, companies
        assert contacts["failed"] + contacts["blocked"] < contacts["created"], contacts
        children = client.search("res.partner", [["parent_id", "=", there]])
        assert children
        assert KeyMap.objects.get(odoo_id=there).origin == "adopted"
        start_rollback(run, by=port.admin)
        drain()
        assert port.counts() == before
        assert client.read("res.partner", [there], ["name"]) == [{"id": there, "name": "Old"}]
        assert not KeyMap.objects.exists()
        client.close()
