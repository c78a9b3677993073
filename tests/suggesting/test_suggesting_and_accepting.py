"""Suggestions for uploaded sheets become ordinary mappings, and are remembered."""

from collections.abc import Callable
from typing import Any

import pytest

from importer.errors import NotAllowed, Refused
from importer.freezing import freeze_mapping
from importer.jobs import execute_job
from importer.mappings import check_mapping
from importer.models import Connection, Dataset, Mapping, OdooField, Project, Sheet, User
from importer.profiles import profile_dataset
from importer.schema_cache import schema_of
from importer.suggestions import accept_mapping, suggest_draft, suggest_mapping
from tests.suggesting.trade import read_files

pytestmark = pytest.mark.django_db


def sheet_of(dataset: Dataset, name: str) -> Sheet:
    return dataset.sheets.get(name=name)


def test_a_sheet_gets_model_key_and_fields_with_reasons(
    dataset: Dataset, connection: Connection, clerk: User
) -> None:
    said = suggest_mapping(sheet_of(dataset, "customers"), connection, by=clerk)
    assert (said.model, said.key) == ("res.partner", ("Customer ID",))
    targets = {one.column: str(one.target) for one in said.columns}
    assert targets == {
        "Customer ID": "ref",
        "Company Name": "name",
        "Street": "street",
        "Zip Code": "zip",
        "City": "city",
        "Country Code": "country_id.code",
        "E-mail": "email",
    }
    assert all(one.reason.endswith(".") and len(one.reason) > 20 for one in said.columns)
    assert Mapping.objects.count() == 0


def test_columns_that_hold_keys_of_another_sheet_become_references(
    dataset: Dataset, connection: Connection, clerk: User
) -> None:
    draft = suggest_draft(dataset, connection, by=clerk)
    assert {(e.sheet, e.column, e.to_sheet, e.field) for e in draft.edges} == {
        ("orders", "Customer ID", "customers", "partner_id"),
        ("order_lines", "Order Number", "orders", "order_id"),
    }


def test_what_is_accepted_is_an_ordinary_mapping_without_errors(
    dataset: Dataset, connection: Connection, clerk: User
) -> None:
    sheet = sheet_of(dataset, "customers")
    said = suggest_mapping(sheet, connection, by=clerk)
    targets = {one.column: str(one.target or "") for one in said.columns}
    made = accept_mapping(
        sheet, connection, by=clerk, model=said.model, key=said.key, targets=targets
    )
    assert (made.name, made.entity.name) == ("customers", "customer")
    country = made.fields.get(target="country_id")
    assert country.source == "lookup"
    assert country.spec == {
        "model": "res.country",
        "by": ["code"],
        "inputs": [{"column": "Country Code"}],
    }
    problems = check_mapping(
        freeze_mapping(made),
        facts=schema_of(connection, "res.partner"),
        columns=sheet.column_names,
    )
    assert [one for one in problems if one.is_error] == []


def test_a_person_may_alter_it_and_first_and_last_names_are_joined(
    project: Project, connection: Connection, clerk: User
) -> None:
    text = "Nr,Vorname,Nachname,Ort\n1,Eva,Brandt,Bremen\n2,Karl,Otto,Kiel\n"
    sheet = read_files(clerk, project, {"kontakte.csv": text}).sheets.get()
    said = suggest_mapping(sheet, connection, by=clerk)
    assert [str(said.column(name).target) for name in ("Vorname", "Nachname")] == [
        "name+first",
        "name+last",
    ]
    targets = {one.column: str(one.target or "") for one in said.columns} | {"Ort": ""}
    made = accept_mapping(
        sheet, connection, by=clerk, model=said.model, key=["Nr"], targets=targets, name="Leute"
    )
    assert made.name == "Leute"
    assert made.fields.get(target="name").spec == {"sql": 'concat_ws(\' \', "Vorname", "Nachname")'}
    assert not made.fields.filter(target="city").exists()


def test_what_was_mapped_before_comes_first(
    project: Project, dataset: Dataset, connection: Connection, clerk: User
) -> None:
    customers = sheet_of(dataset, "customers")
    accept_mapping(
        customers,
        connection,
        by=clerk,
        model="res.partner",
        key=["Customer ID"],
        targets={"Company Name": "name", "E-mail": "website"},
        name="Old ways",
    )
    text = "Number,company_name,E-Mail\n7,Eiche AG,mail@eiche.example\n"
    sheet = read_files(clerk, project, {"more.csv": text}).sheets.get()
    said = suggest_mapping(sheet, connection, by=clerk, model="res.partner")
    mail = said.column("E-Mail")
    assert str(mail.target) == "website"
    assert mail.reason == "Mapped so in “Old ways” before."
    assert mail.confidence > 0.9


def test_a_sheet_of_a_known_name_takes_the_model_of_its_mapping(
    project: Project, connection: Connection, clerk: User
) -> None:
    files = {"list.csv": "Code,Name\nA,Alpha\nB,Beta\n"}
    sheet = read_files(clerk, project, files).sheets.get()
    accept_mapping(
        sheet, connection, by=clerk, model="hr.department", key=["Code"], targets={"Name": "name"}
    )
    newer = {"list.csv": "Code,Name\nC,Gamma\n"}
    again = read_files(clerk, project, newer, "Newer").sheets.get()
    said = suggest_mapping(again, connection, by=clerk)
    assert said.model == "hr.department"
    assert "“list”" in said.model_reason


def test_labels_in_the_databases_languages_count(
    project: Project, connection: Connection, clerk: User
) -> None:
    sheet = read_files(
        clerk, project, {"kunder.csv": "Kundnummer,Namn,Gatuadress\n1,Ek AB,Storgatan 1\n"}
    ).sheets.get()
    before = suggest_mapping(sheet, connection, by=clerk, model="res.partner")
    assert before.column("Gatuadress").target is None
    fields = OdooField.objects.filter(odoo_model__connection=connection)
    fields.filter(odoo_model__name="res.partner", name="street").update(
        labels=[["sv_SE", "Gatuadress"]]
    )
    said = suggest_mapping(sheet, connection, by=clerk, model="res.partner").column("Gatuadress")
    assert str(said.target) == "street"
    assert "sv_SE" in said.reason


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"targets": {"City": "town"}}, "has no field “town”"),
        ({"targets": {"City": "street", "Street": "street"}}, "both go to “street”"),
        ({"targets": {"City": "a b"}}, "is no target"),
        ({"targets": {"Nothing": "city"}}, "has no column “Nothing”"),
        ({"targets": {"City": "parent_id@harbours"}}, "has no mapping yet"),
        ({"key": []}, "tell the rows of “customers” apart"),
        ({"model": "x.none"}, "not known to have a model “x.none”"),
    ],
)
def test_what_cannot_be_accepted_is_said(
    dataset: Dataset,
    connection: Connection,
    clerk: User,
    changed: dict[str, Any],
    sentence: str,
) -> None:
    given = {"model": "res.partner", "key": ["Customer ID"], "targets": {"City": "city"}}
    with pytest.raises(Refused, match=sentence):
        accept_mapping(sheet_of(dataset, "customers"), connection, by=clerk, **given | changed)
    assert Mapping.objects.count() == 0


def test_without_a_schema_it_says_what_to_do(
    project: Project, dataset: Dataset, clerk: User
) -> None:
    bare = Connection.objects.create(
        project=project, name="Bare", url="http://127.0.0.1:2", database="d"
    )
    with pytest.raises(Refused, match="Read its schema first"):
        suggest_draft(dataset, bare, by=clerk)


def test_a_viewer_may_look_and_not_accept(
    project: Project,
    dataset: Dataset,
    connection: Connection,
    make_member: Callable[..., Any],
) -> None:
    viewer = make_member("viewer", project=project)
    sheet = sheet_of(dataset, "customers")
    said = suggest_mapping(sheet, connection, by=viewer)
    with pytest.raises(NotAllowed):
        accept_mapping(
            sheet, connection, by=viewer, model=said.model, key=said.key, targets={"City": "city"}
        )


def test_a_profile_finds_references_that_no_header_tells(
    project: Project, connection: Connection, clerk: User
) -> None:
    files = {
        "customers.csv": "Customer ID,Company Name\n"
        + "".join(f"C-{n},Firm {n}\n" for n in range(1, 9)),
        "orders.csv": "Order Number,Who,Order Date\n"
        + "".join(f"SO-{n},C-{n % 8 + 1},2026-01-{n:02}\n" for n in range(1, 25)),
    }
    dataset = read_files(clerk, project, files, "Profiled")
    orders = sheet_of(dataset, "orders")
    assert suggest_mapping(orders, connection, by=clerk).column("Who").target is None
    profile_job = profile_dataset(by=clerk, dataset=dataset)
    execute_job(str(profile_job.pk))
    said = suggest_mapping(orders, connection, by=clerk)
    assert str(said.column("Who").target) == "partner_id@customers"
    assert "values are those of “Customer ID”" in said.column("Who").reason
    assert said.column("Who").confidence < 0.6  # no word says which of the order's partners
    assert said.key == ("Order Number",)
    assert said.key_reason.endswith("Each row has another one.")
