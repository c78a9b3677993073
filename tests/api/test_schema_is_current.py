"""The committed OpenAPI schema is what the code says; `make openapi` writes it."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from importer.models import Project
from tests.api.conftest import Api
from tests.own_services import PROJECT

SCHEMA = PROJECT / "docs" / "openapi.yaml"


def test_the_schema_has_no_warning_and_is_the_committed_one(tmp_path: Path) -> None:
    fresh = tmp_path / "openapi.yaml"
    call_command(
        "spectacular", fail_on_warn=True, validate=True, file=str(fresh), stdout=StringIO()
    )
    assert fresh.read_text() == SCHEMA.read_text(), "run `make openapi` and commit it"


def test_every_operation_needs_a_login_but_the_one_that_gives_tokens(db: None) -> None:
    schema: dict[str, Any] = Client().get("/api/schema/?format=json").json()
    open_ones = {
        path
        for path, operations in schema["paths"].items()
        for operation in operations.values()
        if {} in operation.get("security", [{}])
    }
    assert open_ones == {"/api/auth/token"}


@pytest.mark.parametrize("role", ["viewer"])
def test_the_docs_page_and_the_schema_are_served(api: Api, project: Project, role: str) -> None:
    client = api(role)
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert b"https://" not in page.content.split(b"<body")[0]
