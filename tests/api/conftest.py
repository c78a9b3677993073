"""``harbour``: a project with a read workbook, a connection and a graph of two nodes, ready to run;
``api``: a client that logs in by token as a member with that role."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from graphs.models import Graph
from graphs.recipes import create_from_recipe
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Connection, Dataset, Job, Project, User
from tests.graphs.building import make_connection

Api = Callable[..., APIClient]

CSV = b'Code,Name,Parent\nC1,Ropes,\nC2,Chains,C1\nC3,"Anchors, small",C1\n'
PRODUCTS = b"Sku,Title,Category\nP1,Rope 8 mm,C1\nP2,Chain,C2\n"

RECIPE: dict[str, Any] = {
    "name": "Goods",
    "value_maps": {"Countries": {"UK": "GB"}},
    "mappings": [
        {
            "name": "Categories",
            "entity": {
                "name": "category",
                "odoo_model": "product.category",
                "key_columns": ["Code"],
            },
            "sheet_name": "categories",
            "fields": [{"target": "name", "source": "column", "spec": {"column": "Name"}}],
        },
        {
            "name": "Products",
            "entity": {
                "name": "product",
                "odoo_model": "product.template",
                "key_columns": ["Sku"],
            },
            "sheet_name": "products",
            "fields": [
                {"target": "name", "source": "column", "spec": {"column": "Title"}},
                {
                    "target": "categ_id",
                    "source": "reference",
                    "spec": {"entity": "category", "inputs": [{"column": "Category"}]},
                },
            ],
        },
    ],
    "nodes": [
        {
            "id": "categories",
            "type": "load",
            "data": {"odooModel": "product.category", "mapping": "Categories"},
        },
        {
            "id": "products",
            "type": "load",
            "data": {"odooModel": "product.template", "mapping": "Products"},
        },
    ],
    "edges": [],
}


@dataclass(frozen=True, slots=True)
class Harbour:
    """What most tests of the API begin with."""

    project: Project
    operator: User
    connection: Connection
    dataset: Dataset
    graph: Graph


def read_dataset(by: User, project: Project, name: str = "goods", *, more: bytes = b"") -> Dataset:
    """Two small sheets, uploaded and read; ``more``: further rows of the first."""
    files = [("categories.csv", io.BytesIO(CSV + more)), ("products.csv", io.BytesIO(PRODUCTS))]
    dataset, _ = upload_dataset(by=by, project=project, files=files, name=name)
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    assert dataset.state == "ready", dataset.error
    return dataset


def make_harbour(project: Project, operator: User) -> Harbour:
    connection = make_connection(project)
    dataset = read_dataset(operator, project)
    graph = create_from_recipe(
        RECIPE, by=operator, project=project, connection=connection, dataset=dataset
    )
    return Harbour(project, operator, connection, dataset, graph)


@pytest.fixture
def harbour(project: Project, make_member: Callable[..., Any]) -> Harbour:
    return make_harbour(project, make_member("operator", project=project))


def client_of(user: User) -> APIClient:
    _record, token = AuthToken.objects.create(user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.fixture
def api(project: Project, make_member: Callable[..., Any]) -> Api:
    def make(role: str = "operator", *, project: Project = project) -> APIClient:
        return client_of(make_member(role, project=project))

    return make


def messages(answer: Any) -> list[str]:
    """The sentences of an answer that is no success, whose shape is checked."""
    errors = answer.json()["errors"]
    assert errors
    for error in errors:
        assert set(error) == {"code", "node", "edge", "message"}
        assert all(isinstance(value, str) for value in error.values())
    return [error["message"] for error in errors]
