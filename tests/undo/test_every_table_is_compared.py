"""The benchmark of undo exactness sees every difference that it may not let pass, and none else."""

import json
from collections import Counter

import pytest
from django.db import connection
from psycopg.errors import ReadOnlySqlTransaction

from benchmarks.every_table import (
    ALLOWED_CELLS,
    ALLOWED_COLUMNS,
    ALLOWED_TABLES,
    Snapshot,
    compare,
    reader,
    snapshot,
)
from importer.models import Project
from tests.own_services import PROJECT


def rows(**more: object) -> Snapshot:
    found: Snapshot = {
        "res_partner": {"[1]": json.dumps({"id": 1, "name": "Anna", "write_date": "a"})},
        "tag_rel": Counter({json.dumps({"a": 1, "b": 2}): 1}),
        "mail_message": {"[1]": json.dumps({"id": 1})},
        "ir_sequence": {"[1]": json.dumps({"id": 1, "number_next": 5, "padding": 3})},
    }
    return found | more  # type: ignore[return-value]


def table(table: str, **cells: object) -> Snapshot:
    return {table: {"[1]": json.dumps({"id": 1, **cells})}}


@pytest.mark.parametrize(
    "after",
    [
        rows(**table("res_partner", name="Anna", write_date="b")),
        rows(mail_message={}),
        rows(**table("ir_sequence", number_next=9, padding=3)),
    ],
)
def test_what_is_on_the_list_may_differ(after: Snapshot) -> None:
    bad, allowed = compare(rows(), after)
    assert (bad, len(allowed)) == ({}, 1)


@pytest.mark.parametrize(
    "after",
    [
        rows(**table("res_partner", name="Bea", write_date="a")),
        rows(res_partner={}),
        rows(mail_message_subtype={"[1]": "{}"}),
        rows(tag_rel=Counter({json.dumps({"a": 1, "b": 2}): 2})),
        rows(tag_rel=Counter({json.dumps({"a": 1, "b": 3}): 1})),
        rows(**table("ir_sequence", number_next=5, padding=4)),
    ],
)
def test_anything_else_may_not(after: Snapshot) -> None:
    bad, _ = compare(rows(), after)
    assert len(bad) == 1
    assert not compare(after, after)[0]


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_reads_every_table_and_cannot_write(project: Project) -> None:
    facts = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    dsn = " ".join(f"{name}='{facts[name]}'" for name in names if facts.get(name))
    before = snapshot(dsn)
    assert {"graphs_graphrun", "importer_keymap"} <= set(before)
    Project.objects.filter(pk=project.pk).update(name="Renamed")
    bad, _ = compare(before, snapshot(dsn))
    assert list(bad) == ["importer_project"]
    assert bad["importer_project"].changed == {"name": [f'["{project.pk}"]']}
    with reader(dsn) as other, pytest.raises(ReadOnlySqlTransaction):
        other.execute("DELETE FROM graphs_event")


def test_the_docs_list_exactly_what_may_differ_and_why() -> None:
    page = (PROJECT / "docs" / "rollback.md").read_text(encoding="utf-8")
    table = page.partition("| may differ | because |\n|---|---|\n")[2].partition("\n\n")[0]
    listed = [line.removeprefix("| ").removesuffix(" |") for line in table.splitlines()]
    expected = [f"column `{name}` | {why}" for name, why in ALLOWED_COLUMNS.items()]
    expected += [f"`{one}.{name}` | {why}" for (one, name), why in ALLOWED_CELLS.items()]
    expected += [f"table `{rule}` | {why}" for rule, why in ALLOWED_TABLES.items()]
    assert [line.replace("\\|", "|") for line in listed] == expected
