"""Bad rows of a run are corrected, cell by cell or in a workbook that went out and came back; a run
that follows loads what failed, and the first dataset stays as it is."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from graphs.fixing import RunRows, fix_and_run
from graphs.models import GraphRun
from graphs.progress import progress_of
from graphs.recipes import create_from_recipe
from graphs.runs import start_run
from graphs.versions import publish_graph, save_graph
from importer.bad_rows import Wanted
from importer.checking import CheckedRows
from importer.connections import refresh_schema
from importer.corrections import CellEdit, correct_cells, make_corrected, newest_of, rows_now
from importer.data.storage import local_path
from importer.datasets import delete_dataset, sample_rows, upload_dataset
from importer.errors import Invalid, NotAllowed, Refused
from importer.jobs import execute_job
from importer.models import Correction, Dataset, Job, Mapping, Project, ReturnedWorkbook
from importer.rechecking import recheck
from importer.workbooks import (
    apply_workbook,
    export_workbook,
    preview_workbook,
    receive_workbook,
    said_now,
)
from tests.graphs.harbour import Harbour, harbour

pytestmark = pytest.mark.django_db(transaction=True)

RECIPE: dict[str, Any] = {
    "name": "People",
    "mappings": [
        {
            "name": "People",
            "entity": {"name": "person", "odoo_model": "res.partner", "key_columns": ["Code"]},
            "sheet_name": "people",
            "fields": [
                {"target": "name", "source": "column", "spec": {"column": "Name"}},
                {"target": "phone", "source": "column", "spec": {"column": "Phone"}},
                {
                    "target": "country_id",
                    "source": "lookup",
                    "spec": {
                        "model": "res.country",
                        "by": [["code"]],
                        "inputs": [{"column": "Country"}],
                    },
                },
            ],
        }
    ],
    "nodes": [{"id": "people", "type": "load", "data": {"mapping": "People"}}],
    "edges": [],
}
PEOPLE = """Code,Name,Phone,Country,Note
A,Ann,+49 30 1,DE,=1+1
B,,+49 30 2,XX,007
C,Cyd,,YY,2024-01-02
C,Dan,,DE,"two
lines"
E,Eve,,ZZ,
F,Fay,,FR,
"""


@pytest.fixture
def port(project: Project, asked: Any) -> Iterator[Harbour]:
    with harbour(project, only=("categories",)) as made:
        yield made


def first_run(port: Harbour, drain: Any, *, dry_run: bool = False) -> GraphRun:
    files = [("people.csv", io.BytesIO(PEOPLE.encode()))]
    dataset, _ = upload_dataset(by=port.admin, project=port.project, files=files)
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    graph = create_from_recipe(
        RECIPE, by=port.admin, project=port.project, connection=port.connection, dataset=dataset
    )
    run = start_run(graph, by=port.admin, dataset=dataset, dry_run=dry_run)
    drain()
    run.refresh_from_db()
    return run


def counts(run: GraphRun) -> tuple[int, int, int]:
    run.refresh_from_db()
    (node,) = progress_of(run)["progress"]["nodes"]
    return node["created"], node["unchanged"], node["failed"]


def texts(dataset: Dataset) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in sample_rows(dataset.sheets.get())]


def edited(path: Path, target: Path, **cells: str | None) -> Path:
    book = openpyxl.load_workbook(path)
    for place, text in cells.items():
        book["people"][place].value = text
    book.save(target)
    return target


def test_a_row_is_corrected_checked_at_once_and_loaded_by_the_run_that_follows(
    port: Harbour, drain: Any, make_member: Any
) -> None:
    run = first_run(port, drain)
    rows = RunRows(run)
    dataset = rows.dataset
    before = texts(dataset)
    assert counts(run) == (2, 0, 4)
    assert rows.counts() == {"people": 4}
    assert rows.rows("people", 0, 50) == [3, 4, 5, 6]
    assert rows.rows("people", 1, 2) == [4, 5]
    cause = RunRows(run, Wanted(column="Country", value="ZZ"))
    assert (cause.counts(), cause.rows("people", 0, 9)) == ({"people": 1}, [6])

    with pytest.raises(Refused, match="corrected yet"):
        fix_and_run(run, by=port.admin)
    viewer = make_member("viewer", project=port.project)
    good = [
        CellEdit("people", 3, "Name", None, "Bob"),
        CellEdit("people", 3, "Country", "XX", "DE"),
    ]
    with pytest.raises(NotAllowed):
        correct_cells(dataset, by=viewer, edits=good)
    wrong = [
        *good,
        CellEdit("people", 99, "Name", None, "x"),
        CellEdit("people", 4, "Nome", None, "x"),
        CellEdit("else", 4, "Name", None, "x"),
        CellEdit("people", 6, "Country", "AA", "FR"),
    ]
    with pytest.raises(Invalid) as refused:
        correct_cells(dataset, by=port.admin, edits=wrong)
    assert [one.code for one in refused.value.problems] == [
        "no_row", "no_column", "changed_meanwhile", "no_sheet",
    ]  # fmt: skip
    assert not Correction.objects.exists()

    correct_cells(dataset, by=port.admin, edits=good)
    assert recheck(dataset, "people", [3], rows.rules) == []
    correct_cells(dataset, by=port.admin, edits=[CellEdit("people", 3, "Country", "DE", "QQ")])
    (issue,) = recheck(dataset, "people", [3], rows.rules)
    assert (issue.column, issue.value) == ("Country", "QQ")
    correct_cells(dataset, by=port.admin, edits=[CellEdit("people", 3, "Country", "QQ", "DE")])
    doubled = {one.code for one in recheck(dataset, "people", [5], rows.rules)}
    assert doubled == {"duplicate"}
    edits = [CellEdit("people", 5, "Code", "C", "D"), CellEdit("people", 6, "", None, "yes")]
    correct_cells(dataset, by=port.admin, edits=edits)
    assert recheck(dataset, "people", [5, 6], rows.rules) == []
    assert 6 not in rows_now(dataset.sheets.get(), [5, 6])
    assert [one.row for one in said_now(rows, dataset, "people", [3, 4, 5, 6])] == [4]

    after = fix_and_run(run, by=port.admin)
    drain()
    assert counts(after) == (2, 2, 1)
    made = newest_of(dataset)
    assert (after.dataset, after.follows, made.derived_from) == (made, run, dataset)
    assert texts(dataset) == before
    assert [row[0] for row in texts(made)] == [2, 3, 4, 5, 7]
    assert texts(made)[1] == (3, "B", "Bob", "+49 30 2", "DE", "007")
    kept = list(Correction.objects.filter(made=made).values_list("row", "column", "old", "new"))
    assert kept == [
        (3, "Name", None, "Bob"), (3, "Country", "XX", "DE"), (5, "Code", "C", "D"),
        (6, "", None, None),
    ]  # fmt: skip
    with pytest.raises(Refused, match="cannot be deleted"):
        delete_dataset(by=port.admin, dataset=dataset)
    again = make_corrected(dataset, by=port.admin)
    assert again == made


def test_a_workbook_goes_to_the_client_and_comes_back(
    port: Harbour, drain: Any, tmp_path: Path
) -> None:
    run = first_run(port, drain, dry_run=True)
    rows = RunRows(run)
    dataset = rows.dataset
    path = tmp_path / "out.xlsx"
    exported = export_workbook(rows, by=port.admin, path=path)
    assert (exported.n_rows, exported.dataset) == (4, dataset)
    sheet = openpyxl.load_workbook(path)["people"]
    assert [cell.value for cell in sheet[1]][1:] == [
        "[row]", "[status]", "[reason]", "[leave out]", "Code", "Name", "Phone", "Country", "Note",
    ]  # fmt: skip
    assert sheet["B2"].value == "3" and sheet["C2"].value == "error"
    assert sorted(line.split(":")[0] for line in sheet["D2"].value.split("\n")) == [
        "Column “Country”", "Column “Name”",
    ]  # fmt: skip
    red = [cell.coordinate for cell in sheet[2] if cell.fill.fgColor.rgb == "FFFFC7CE"]
    assert red == ["G2", "I2"]

    def back(file: Path) -> ReturnedWorkbook:
        return receive_workbook(dataset, by=port.admin, name=file.name, source=file)

    same = back(edited(path, tmp_path / "same.xlsx", C2="ok", D2="I changed the reason"))
    found = preview_workbook(same, by=port.admin)
    assert (found.changes, found.conflicts, found.remarks, found.n_rows) == ([], [], [], 4)
    with pytest.raises(Refused, match="changes nothing"):
        apply_workbook(same, by=port.admin)

    ids = [str(sheet.cell(row, 1).value) for row in range(2, 6)]
    broken = edited(
        path, tmp_path / "broken.xlsx", A2=ids[1], G2="Other", A4="forged", A5=None, J1="Mine",
    )  # fmt: skip
    found = preview_workbook(back(broken), by=port.admin)
    assert found.changes == []
    assert sorted(one.code for one in found.remarks) == [
        "changed_row_id", "duplicate_row_id", "missing_column", "no_row_id", "unknown_column",
    ]  # fmt: skip

    client = back(
        edited(path, tmp_path / "client.xlsx", G2="'=Bob", I2="DE", I3="FR", E4="yes", J2=None)
    )
    found = preview_workbook(client, by=port.admin)
    assert [(one.row, one.column, one.new) for one in found.changes] == [
        (3, "Name", "=Bob"), (3, "Country", "DE"), (3, "Note", None), (4, "Country", "FR"),
        (5, "", "yes"),
    ]  # fmt: skip
    assert (found.n_changed_rows, found.remarks) == (3, [])
    # Meanwhile somebody corrects one of the same cells, and one of another row.
    theirs = [
        CellEdit("people", 3, "Country", "XX", "FR"),
        CellEdit("people", 6, "Country", "ZZ", "DE"),
    ]
    correct_cells(dataset, by=port.admin, edits=theirs)
    corrected = make_corrected(dataset, by=port.admin)
    found = preview_workbook(client, by=port.admin)
    assert [(one.given, one.now, one.new) for one in found.conflicts] == [("XX", "FR", "DE")]
    with pytest.raises(Invalid, match="went out as “XX”, somebody made “FR” of it"):
        apply_workbook(client, by=port.admin)
    made = apply_workbook(client, by=port.admin, answers={("people", 3, "Country"): "workbook"})
    assert (made.derived_from, newest_of(dataset)) == (corrected, made)
    assert texts(made) == [
        (2, "A", "Ann", "+49 30 1", "DE", "=1+1"), (3, "B", "=Bob", "+49 30 2", "DE", None),
        (4, "C", "Cyd", None, "FR", "2024-01-02"), (6, "E", "Eve", None, "DE", None),
        (7, "F", "Fay", None, "FR", None),
    ]  # fmt: skip
    with pytest.raises(Refused, match="changes nothing"):
        apply_workbook(client, by=port.admin)
    with pytest.raises(Refused, match="no row left to correct"):
        export_workbook(rows, by=port.admin, path=tmp_path / "none.xlsx")

    told = {"vanished": {"person": "report"}}
    GraphRun.objects.filter(pk=run.pk).update(options=told)
    run = GraphRun.objects.get(pk=run.pk)
    graph = run.version.graph
    nodes = [{**node, "data": {**node["data"], "maxErrors": 7}} for node in graph.spec["nodes"]]
    spec = {**graph.spec, "nodes": nodes}
    publish_graph(save_graph(graph, by=port.admin, spec=spec), by=port.admin)
    after = fix_and_run(run, by=port.admin)
    assert (after.options, after.version) == (told, run.version)  # all as in the first one
    drain()
    assert (after.dry_run, counts(after)) == (True, (5, 0, 0))

    correct_cells(dataset, by=port.admin, edits=[CellEdit("people", 7, "Name", "Fay", "Faye")])
    last = make_corrected(dataset, by=port.admin)
    delete_dataset(by=port.admin, dataset=last)
    assert newest_of(dataset) == made and texts(made)[-1][2] == "Fay"
    assert local_path(dataset.files.get().stored_as).exists()
    with pytest.raises(FileNotFoundError):
        local_path(f"datasets/{last.pk}/sheets/0.parquet")


def test_rows_are_checked_again_with_the_sheets_that_transforms_look_into(
    port: Harbour,
) -> None:
    own = {"name": "lookup", "sheet": "people", "key": "Code", "column": "Name"}
    towns = {"name": "lookup", "sheet": "towns", "key": "Code", "column": "Town"}
    fields = [
        {"target": "name", "source": "column", "spec": {"column": "Name"}},
        *(
            {"target": target, "source": "column", "spec": {"column": column, "transforms": [one]}}
            for target, column, one in (("city", "Town", towns), ("street", "Boss", own))
        ),
    ]
    recipe = {**RECIPE, "mappings": [{**RECIPE["mappings"][0], "fields": fields}]}
    files = [
        ("people.csv", io.BytesIO(b"Code,Name,Town,Boss\nA,Ann,HB,\nB,Ben,HB,A\nC,Cyd,XX,Q\n")),
        ("towns.csv", io.BytesIO(b"Code,Town\nHB,Harbour\n")),
    ]
    dataset, _ = upload_dataset(by=port.admin, project=port.project, files=files)
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    refresh_schema(port.connection, ["res.partner"])
    create_from_recipe(
        recipe, by=port.admin, project=port.project, connection=port.connection, dataset=dataset
    )
    bad = CheckedRows(
        dataset, Mapping.objects.get(project=port.project, name="People"), port.connection
    )
    assert (bad.counts(), bad.rows("people", 0, 9)) == ({"people": 1}, [4])
    assert recheck(dataset, "people", [3], bad.rules) == []
    columns = [one.column for one in recheck(dataset, "people", [4], bad.rules)]
    assert columns == ["Boss", "Town"]
