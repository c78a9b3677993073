"""The workbook with one fault of each kind: each is named before anything is written, no good row
is blamed, and the good rows arrive as they stand there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from graphs.models import GraphRun
from graphs.recipes import create_from_recipe, read_recipe
from graphs.runs import start_run
from importer.choices import IssueStage, Role
from importer.connections import add_connection, open_client
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Issue, Job, KeyMap, Mapping, Membership, Project, User
from importer.profiles import profile_of
from tests.dirty.book import cells_of, write_zip
from tests.dirty.faults import FAULTS, FOLLOWING, Depth, Fault
from tests.dirty.good import SHEETS
from tests.graphs.harbour import Harbour
from tests.odoo.sandboxes import DATABASE, LOGIN, SECRET, sandbox
from tests.own_services import PROJECT

RECIPE = PROJECT / "docs" / "examples" / "dirty" / "graph.json"
TAGS = ("Retail", "Export", "Regular", "Regular")
SAME = {
    "Partners": {"Name": "name", "City": "city", "Zip": "zip", "VAT": "vat", "Remark": "function"},
    "Contacts": {"Name": "name", "Card": "ref", "Job": "function"},
    "Products": {"Product": "name", "Price": "list_price", "Cost": "standard_price"},
    "Orders": {"Order": "client_order_ref", "Deliver at": "commitment_date"},
    "Order lines": {"Quantity": "product_uom_qty", "Price": "price_unit", "Discount": "discount"},
    "Employees": {"Name": "name", "Badge": "barcode", "Birthday": "birthday", "Colour": "color"},
    "Journals": {"Journal": "name", "Code": "code"},
}
"""The columns whose cells are in Odoo as they are in the sheet."""

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


class Said(NamedTuple):
    sheet: str
    row: int
    column: str
    code: str


@pytest.fixture
def port(project: Project, asked: Any, tmp_path: Path) -> Iterator[Harbour]:
    admin = User.objects.create_user("master", password="a long password")
    Membership.objects.create(project=project, user=admin, role=Role.ADMIN)
    files = [("dirty.zip", write_zip(tmp_path / "dirty.zip"))]
    dataset, _ = upload_dataset(by=admin, project=project, files=files)
    for kind in ("read_dataset", "profile_dataset"):
        execute_job(str(Job.objects.get(object_id=dataset.pk, kind=kind).pk))
    dataset.refresh_from_db()
    with sandbox("19") as url:
        connection = add_connection(
            by=admin,
            project=project,
            name="Sandbox",
            url=url,
            database=DATABASE,
            login=LOGIN,
            secret=SECRET,
            environment="sandbox",
        )
        client = open_client(connection)
        for name in TAGS:
            client.create_record("res.partner.category", {"name": name})
        client.close()
        recipe = read_recipe(RECIPE.read_text(encoding="utf-8"))
        graph = create_from_recipe(
            recipe, by=admin, project=project, connection=connection, dataset=dataset
        )
        asked.clear()
        yield Harbour(admin, project, connection, dataset, graph, url)


def of_depth(depth: Depth) -> list[Fault]:
    return [fault for fault in FAULTS if fault.depth == depth]


def place(fault: Fault) -> Said:
    column = "" if fault.told_column == "-" else fault.told_column or fault.column
    return Said(fault.sheet, fault.row, column, fault.code)


def test_every_fault_is_named_before_the_first_write_and_every_good_row_arrives(
    port: Harbour, drain: Any
) -> None:
    said_by_reading(port)
    said_by_the_profile(port)
    writes, before = port.writes(), port.counts()
    planned = start_run(port.graph, by=port.admin, dry_run=True)
    drain()
    said_by_the_plan(planned)
    assert (port.writes(), port.counts()) == (writes, before)
    start_run(port.graph, by=port.admin)
    drain()
    assert not Issue.objects.filter(stage=IssueStage.ODOO, level="error").exists()
    for sheet in SHEETS:
        every_good_row_is_there(port, sheet)


def said_by_reading(port: Harbour) -> None:
    notices = {
        Said(sheet.name, one["row"] or 0, one["column"], one["code"]): one["message"]
        for sheet in port.dataset.sheets.all()
        for one in sheet.notices
        if one["code"] != "files_kept"
    }
    wanted = {place(fault): fault.words for fault in of_depth(Depth.READING)}
    assert set(notices) == set(wanted)
    assert [one for one, words in wanted.items() if words not in notices[one]] == []


def said_by_the_profile(port: Harbour) -> None:
    facts = profile_of(port.dataset).facts
    assert facts is not None
    alarms = [
        alarm
        for sheet in facts.sheets
        for alarm in (*sheet.alarms, *(one for each in sheet.columns for one in each.alarms))
        if alarm.level != "note"
    ]
    for fault in of_depth(Depth.PROFILE):
        (found,) = [
            one
            for one in alarms
            if (one.sheet, one.code) == (fault.sheet, fault.code)
            and (not one.column or one.column == fault.column)
            and fault.row in one.rows
        ]
        assert fault.words in found.message, found.message
    faulty = {(fault.sheet, fault.row) for fault in FAULTS}
    for alarm in alarms:
        assert not alarm.rows or any((alarm.sheet, row) in faulty for row in alarm.rows), alarm


def said_by_the_plan(run: GraphRun) -> None:
    issues = Issue.objects.filter(load__node_run__run=run)
    told = {Said(one.sheet, one.row, one.column, one.code): one for one in issues}
    wanted = {place(fault): fault for fault in of_depth(Depth.PLAN)}
    assert sorted(set(told) - set(wanted) - set(FOLLOWING)) == [], "false alarms"
    assert sorted({*wanted, *FOLLOWING} - set(told)) == [], "not found"
    misnamed = [
        (fault.kind, fault.value, told[one].value, told[one].message)
        for one, fault in wanted.items()
        if not is_named(fault, told[one])
    ]
    assert misnamed == []


def is_named(fault: Fault, issue: Issue) -> bool:
    """With its words, the value, and more than one sentence: what is wrong and what to do."""
    says = fault.words in issue.message and issue.message.count(". ") >= 1
    shown = str(fault.value).strip() if fault.value is not None else ""
    return says and (issue.value in shown or shown in issue.value)


def every_good_row_is_there(port: Harbour, sheet: str) -> None:
    good = SHEETS[sheet]
    wrong = {(one.sheet, one.row) for one in of_depth(Depth.PLAN)} | {one[:2] for one in FOLLOWING}
    rows = [
        cells
        for row in range(good.header + 1, good.last + 1)
        if (sheet, row) not in wrong and any((cells := cells_of(sheet, row)).values())
    ]
    mapping = Mapping.objects.get(sheet_name=sheet)
    key_columns = mapping.entity.key_columns
    keys = [json.dumps([str(cells[one]).strip() for one in key_columns]) for cells in rows]
    entries = {
        json.dumps(json.loads(one.source_key)): one.odoo_id
        for one in KeyMap.objects.filter(entity=mapping.entity)
    }
    assert sorted(entries) == sorted(keys), sheet
    client = open_client(port.connection)
    fields = list(SAME[sheet].values())
    ids = [entries[key] for key in keys]
    found = {one["id"]: one for one in client.read(mapping.entity.odoo_model, ids, fields)}
    client.close()
    for cells, odoo_id in zip(rows, ids, strict=True):
        for column, field in SAME[sheet].items():
            kept, cell = found[odoo_id][field], cells[column]
            assert cell is None or is_kept(kept, cell), (sheet, cells, field, kept)


def is_kept(kept: Any, cell: object) -> bool:
    if isinstance(kept, float):
        return kept == float(str(cell))
    return str(kept) == str(cell)
