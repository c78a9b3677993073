"""A mapping says which column names the company of a row: kept, checked, frozen and previewed."""

from pathlib import Path
from typing import Any

import pytest

from importer.data.checking import check_mapping
from importer.data.companies import company_of, ids_by_text, in_company
from importer.data.storage import store_file
from importer.errors import Invalid, Refused
from importer.mappings import create_mapping, freeze_mapping, preview, save_value_map
from importer.models import Connection, Dataset, DatasetFile, Project, Sheet
from importer.schema_cache import keep_model
from tests.mappings.tables import column, fact, facts, mapping, write_sheet

COMPANIES = [[1, "Harbour Ltd", "base.main_company"], [7, "Branch", ""]]
PARTNER = facts("res.partner", fact("name"))


def spec(row_company: Any) -> dict[str, Any]:
    return {
        "name": "People",
        "entity": {"name": "person", "odoo_model": "res.partner", "key_columns": ["id"]},
        "row_company": row_company,
        "fields": [column("name", "name")],
    }


def test_a_company_has_three_names_and_none_that_another_has_too() -> None:
    assert ids_by_text(COMPANIES) == {
        **{"harbour ltd": 1, "1": 1, "base.main_company": 1},
        **{"branch": 7, "7": 7},
    }
    assert ids_by_text([*COMPANIES, [8, "BRANCH", ""]])["8"] == 8
    assert "branch" not in ids_by_text([*COMPANIES, [8, "BRANCH", ""]])
    found = [company_of(one, COMPANIES) for one in ("base.main_company", "Branch", "7", "")]
    assert found == [1, 7, 7, None]


def test_those_who_ask_for_stubs_know_the_companies_too() -> None:
    asker = mapping("order", "sale.order", ["id"], [], row_company={"column": "firm"})
    frozen = in_company({"stub": {"of": asker, "fields": ["partner_id"]}}, COMPANIES)
    assert frozen["stub"]["of"]["companies"] == COMPANIES
    assert "companies" not in frozen


def test_what_is_wrong_with_the_company_of_the_row_is_named() -> None:
    def said(row_company: Any, **more: Any) -> list[str]:
        frozen = mapping(
            "person", "res.partner", ["id"], [column("name", "name")], row_company=row_company
        )
        found = check_mapping({**frozen, **more}, facts=PARTNER, columns=["id", "name", "firm"])
        return [problem.code for problem in found]

    assert said({"column": "firm"}) == []
    assert said({"sql": 'upper("firm")'}) == []
    assert said({"column": "gone"}) == ["unknown_column"]
    assert said({"sql": "random()"}) == ["row_company"]
    assert said({"sql": '"gone"'}) == ["expression"]
    assert said({"value": "7"}) == ["row_company"]
    lines = {"parent_inputs": [{"column": "id"}]}
    assert said({"column": "firm"}, **lines) == ["row_company"]


def test_it_is_frozen_with_its_value_map(make_member: Any, project: Project) -> None:
    operator = make_member("operator", project=project)
    save_value_map(by=operator, project=project, name="Firms", entries={"N": "Branch"})
    given = {"column": "firm", "value_map": "Firms"}
    kept = create_mapping(by=operator, project=project, spec=spec(given))
    values = {"name": "Firms", "entries": {"N": "Branch"}, "ignore_case": True}
    assert freeze_mapping(kept)["row_company"] == {"column": "firm", "value_map": values}
    kept.row_company = given | {"value_map": "Gone"}
    with pytest.raises(Refused, match="company of the row of mapping “People” uses the value map"):
        freeze_mapping(kept)
    kept.row_company = {}
    assert "row_company" not in freeze_mapping(kept)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"value": "x"}, "The company of the row is given as"),
        ({"column": "firm", "value_map": {"entries": [1]}}, "row_company"),
        ({"column": "firm", "value_map": {"N": "Branch"}}, "The company of the row is given as"),
        ({"sql": "random()"}, "random"),
        ("firm", "must be an object"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    make_member: Any, project: Project, given: Any, words: str
) -> None:
    operator = make_member("operator", project=project)
    with pytest.raises(Invalid, match=words):
        create_mapping(by=operator, project=project, spec=spec(given))


def test_a_preview_names_rows_whose_company_is_unknown(
    make_member: Any, project: Project, tmp_path: Path
) -> None:
    operator = make_member("operator", project=project)
    connection = Connection.objects.create(
        project=project, name="c", url="http://127.0.0.1:1", database="d", companies=COMPANIES
    )
    keep_model(connection, PARTNER)
    columns = ["id", "name", "firm"]
    rows: list[list[str | None]] = [["A", "Anna", "N"], ["B", "Ben", "Moon Ltd"], ["C", "Cy", None]]
    path = write_sheet(tmp_path / "s.parquet", columns, rows)
    dataset = Dataset.objects.create(project=project, name="d", sha256="0" * 64)
    file = DatasetFile.objects.create(
        project=project, dataset=dataset, name="d.csv", size=1, sha256="0" * 64, stored_as="-"
    )
    sheet = Sheet.objects.create(
        project=project,
        dataset=dataset,
        file=file,
        name="people",
        position=0,
        columns=[{"name": one, "header": one} for one in columns],
        n_rows=3,
        stored_as=store_file(path, "sheets/s.parquet"),
        sha256="0" * 64,
    )
    given = {"column": "firm", "value_map": {"entries": {"N": "Branch"}}}
    kept = create_mapping(by=operator, project=project, spec=spec(given))
    shown = preview(kept, sheet, connection, by=operator)
    assert [bool(row["issues"]) for row in shown["rows"]] == [False, True, False]
    (issue,) = shown["rows"][1]["issues"]
    assert (issue["code"], issue["sheet_row"], issue["value"]) == ("unknown_company", 3, "Moon Ltd")
    assert "(it has: Harbour Ltd, Branch)" in issue["message"]
