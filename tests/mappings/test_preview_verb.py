"""The preview verb: from rows of the database to the first prepared rows."""

from pathlib import Path
from typing import Any

import pytest

from importer.data.storage import store_file
from importer.errors import NotAllowed
from importer.mappings import create_mapping, preview
from importer.models import Connection, Dataset, DatasetFile, Project, Sheet
from importer.schema_cache import keep_model
from tests.mappings.tables import column, fact, facts, write_sheet


@pytest.fixture
def sheet(project: Project, tmp_path: Path) -> Sheet:
    path = write_sheet(tmp_path / "s.parquet", ["id", "name"], [["A", "Anna"], ["B", "-"]])
    dataset = Dataset.objects.create(
        project=project, name="d", sha256="0" * 64, options={"empty_words": ["-"]}
    )
    file = DatasetFile.objects.create(
        project=project, dataset=dataset, name="d.csv", size=1, sha256="0" * 64, stored_as="-"
    )
    return Sheet.objects.create(
        project=project,
        dataset=dataset,
        file=file,
        name="people",
        position=0,
        columns=[{"name": "id", "header": "id"}, {"name": "name", "header": "name"}],
        n_rows=2,
        stored_as=store_file(path, "sheets/s.parquet"),
        sha256="0" * 64,
    )


@pytest.fixture
def connection(project: Project) -> Connection:
    connection = Connection.objects.create(
        project=project, name="c", url="http://127.0.0.1:1", database="d"
    )
    keep_model(connection, facts("res.partner", fact("name"), fact("ref")))
    return connection


def test_a_preview_applies_the_datasets_empty_words(
    make_member: Any, project: Project, sheet: Sheet, connection: Connection
) -> None:
    operator = make_member("operator", project=project)
    spec = {
        "name": "People",
        "entity": {"name": "person", "odoo_model": "res.partner", "key_columns": ["id"]},
        "fields": [column("name", "name"), column("ref", "id")],
    }
    mapping = create_mapping(by=operator, project=project, spec=spec)
    shown = preview(mapping, sheet, connection, by=operator, limit=10)
    assert [row["cells"] for row in shown["rows"]] == [
        {"name": "Anna", "ref": "A"},
        {"name": None, "ref": "B"},
    ]
    (issue,) = shown["rows"][1]["issues"]
    assert (issue["sheet"], issue["sheet_row"], issue["code"]) == ("people", 3, "required")
    with pytest.raises(NotAllowed):
        preview(mapping, sheet, connection, by=make_member("viewer", project=project))
