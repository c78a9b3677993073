"""A mapping with texts in further languages: one more node for each, after the one that makes the
records, loaded and rolled back on a real sandbox.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphs.examining import examine
from graphs.models import Graph, GraphRun
from graphs.progress import progress_of
from graphs.recipes import create_from_recipe
from graphs.runs import start_rollback, start_run
from graphs.versions import execution_plan
from importer.choices import Role
from importer.connections import add_connection, open_client, refresh_schema
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Batch, FieldMapping, Issue, Job, Membership, Project, User
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox

pytestmark = pytest.mark.django_db(transaction=True)

SHEET = "Code,Name,Nom,Bezeichnung\nP1,Chair,Chaise,Stuhl\nP2,Table,,Tisch\n"


class Shop:
    """Products with names in three languages."""

    def __init__(self, project: Project, url: str, folder: Path) -> None:
        self.admin = User.objects.create_user("head", password="a long password")
        Membership.objects.create(project=project, user=self.admin, role=Role.ADMIN)
        self.connection = add_connection(
            by=self.admin,
            project=project,
            name="Sandbox",
            url=url,
            database=DATABASE,
            login=LOGIN,
            secret=SECRET,
            environment="sandbox",
        )
        refresh_schema(self.connection, ["product.template"])
        path = folder / "products.csv"
        path.write_text(SHEET, encoding="utf-8")
        dataset, _ = upload_dataset(
            by=self.admin, project=project, files=[("products.csv", path)], name="first"
        )
        execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
        dataset.refresh_from_db()
        self.dataset, self.project = dataset, project
        self.graph: Graph = create_from_recipe(
            RECIPE, by=self.admin, project=project, connection=self.connection
        )

    def activate(self, *codes: str) -> None:
        client = open_client(self.connection)
        everywhere = {"active_test": False}
        ids = client.search("res.lang", [["code", "in", codes]], context=everywhere)
        client.write("res.lang", ids, {"active": True})
        client.close()

    def run(self, drain: Any, **more: Any) -> GraphRun:
        run = start_run(self.graph, by=self.admin, dataset=self.dataset, **more)
        drain()
        run.refresh_from_db()
        return run

    def names(self, lang: str) -> list[str]:
        client = open_client(self.connection)
        try:
            found = client.search_read("product.template", [], ["name"], context={"lang": lang})
            return [one["name"] for one in found]
        finally:
            client.close()


def _field(target: str, column: str, **more: Any) -> dict[str, Any]:
    return {"target": target, "source": "column", "spec": {"column": column}, **more}


RECIPE: dict[str, Any] = {
    "name": "Shop",
    "mappings": [
        {
            "name": "Products",
            "entity": {
                "name": "product",
                "odoo_model": "product.template",
                "key_columns": ["Code"],
            },
            "sheet_name": "products",
            "fields": [
                _field("name", "Name", lang="en_US"),
                _field("name", "Nom", lang="fr_FR"),
                _field("name", "Bezeichnung", lang="de_DE"),
            ],
        }
    ],
    "nodes": [{"id": "products", "type": "load", "data": {"mapping": "Products"}}],
    "edges": [],
}


@pytest.fixture
def shop(project: Project, tmp_path: Path, asked: Any) -> Iterator[Shop]:
    with sandbox("19") as url:
        yield Shop(project, url, tmp_path)
    asked.clear()


def nodes(run: GraphRun) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in progress_of(run)["progress"]["nodes"]}


def test_each_further_language_is_a_node_of_its_own(shop: Shop) -> None:
    plan = execution_plan(shop.graph)
    assert plan["order"] == ["products", "products:fr_FR", "products:de_DE"]
    assert [step["waits_for"] for step in plan["steps"]] == [
        [],
        ["products"],
        ["products:fr_FR"],
    ]


def test_a_run_writes_every_language_and_its_rollback_removes_all(shop: Shop, drain: Any) -> None:
    shop.activate("fr_FR", "de_DE")
    run = shop.run(drain)
    assert run.status == "completed", (run.error_message, nodes(run))
    found = nodes(run)
    assert [found[one]["created"] for one in found] == [2, 0, 0]
    assert [found[one]["updated"] for one in found] == [0, 1, 2]
    assert shop.names("en_US") == ["Chair", "Table"]
    assert shop.names("fr_FR") == ["Chaise", "Table"]
    assert shop.names("de_DE") == ["Stuhl", "Tisch"]

    again = nodes(shop.run(drain))
    assert [again[one]["unchanged"] for one in again] == [2, 2, 2]

    rollback = start_rollback(run, by=shop.admin)
    drain()
    rollback.refresh_from_db()
    assert rollback.status == "completed", rollback.error_message
    assert shop.names("en_US") == []


def test_a_dry_run_says_what_each_language_would_write(shop: Shop, drain: Any) -> None:
    shop.activate("fr_FR", "de_DE")
    found = nodes(shop.run(drain, dry_run=True))
    assert [found[one]["created"] for one in found] == [2, 0, 0]
    assert [found[one]["updated"] for one in found] == [0, 1, 2]
    assert shop.names("en_US") == []


def test_a_language_that_is_not_active_is_named_and_the_rest_is_loaded(
    shop: Shop, drain: Any
) -> None:
    shop.activate("fr_FR")
    run = shop.run(drain)
    german = run.node_runs.get(node_id="products:de_DE")
    assert german.status == "failed"
    assert "in de_DE, which is not active in the database (active: en_US, fr_FR)" in (
        german.error_message
    )
    assert shop.names("fr_FR") == ["Chaise", "Table"]
    assert not Issue.objects.exists()


def test_what_cannot_be_is_said_when_the_graph_is_checked(shop: Shop, drain: Any) -> None:
    shop.activate("fr_FR")
    shop.run(drain)
    shop.connection.refresh_from_db()
    FieldMapping.objects.create(
        project=shop.project,
        mapping=FieldMapping.objects.filter(lang="fr_FR").get().mapping,
        target="list_price",
        source="column",
        spec={"column": "Nom"},
        lang="fr_FR",
    )
    found = examine(shop.graph.spec, project=shop.project, connection=shop.connection).errors
    assert {problem.code for problem in found} == {"unknown_language", "not_translated"}
    mapping = FieldMapping.objects.first().mapping  # type: ignore[union-attr]
    mapping.on_existing = "create_only"
    mapping.save()
    found = examine(shop.graph.spec, project=shop.project, connection=shop.connection).errors
    assert "languages_create_only" in [problem.code for problem in found]


def test_a_node_works_in_the_company_it_names(shop: Shop, drain: Any) -> None:
    shop.activate("fr_FR", "de_DE")
    client = open_client(shop.connection)
    client.call("res.company", "create", arguments={"vals_list": {"name": "Branch"}})
    client.close()
    nodes_of = RECIPE["nodes"][0]
    data = nodes_of["data"] | {"company": "Branch"}
    shop.graph.spec = {**shop.graph.spec, "nodes": [nodes_of | {"data": data}]}
    shop.graph.save()
    run = shop.run(drain)
    assert run.status == "completed", run.error_message
    contexts = [
        node.load.mapping["context"]["allowed_company_ids"]
        for node in run.node_runs.all()
        if node.load
    ]
    assert contexts == [[2], [2], [2]]
    shop.graph.spec = {
        **shop.graph.spec,
        "nodes": [nodes_of | {"data": data | {"company": "Moon Ltd"}}],
    }
    shop.connection.refresh_from_db()
    found = examine(shop.graph.spec, project=shop.project, connection=shop.connection).errors
    assert [problem.code for problem in found] == ["unknown_company"]


def test_rows_name_their_companies_in_every_node_of_their_mapping(shop: Shop, drain: Any) -> None:
    shop.activate("fr_FR", "de_DE")
    client = open_client(shop.connection)
    client.call("res.company", "create", arguments={"vals_list": {"name": "Branch"}})
    client.close()
    mapping = FieldMapping.objects.first().mapping  # type: ignore[union-attr]
    mapping.row_company = {"sql": "CASE WHEN \"Code\" = 'P1' THEN 'Branch' END"}
    mapping.save()
    run = shop.run(drain)
    assert run.status == "completed", run.error_message
    batches = Batch.objects.filter(load__in=run.node_runs.values("load"))
    sent_in = [(one.load.mapping.get("lang", ""), one.context) for one in batches]
    branch: dict[str, Any] = {"allowed_company_ids": [2]}
    assert sorted(sent_in, key=str) == sorted(
        [("", {}), ("", branch), ("fr_FR", branch), ("de_DE", {}), ("de_DE", branch)], key=str
    )
    assert sorted(shop.names("fr_FR")) == ["Chaise", "Table"]
    undone = start_rollback(run, by=shop.admin)
    drain()
    undone.refresh_from_db()
    assert (undone.status, shop.names("en_US")) == ("completed", [])
