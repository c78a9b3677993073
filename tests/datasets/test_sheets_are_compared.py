"""A newer sheet against an older one by key: what is new, changed, unchanged and gone; on the page,
over HTTP and in a terminal."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import call_command
from django.test import Client

from importer.data.delta import Side, comparing
from importer.datasets import upload_dataset
from importer.deltas import compare_sheets, last_loaded
from importer.errors import NotAllowed, Refused
from importer.jobs import execute_job
from importer.models import Connection, Dataset, Entity, Job, Load, Project, Sheet, User

OLD = (
    "Code,Name,City,API token,Fax\n A ,Rope,Kiel,one,1\nB,Chain,N/A,two,2\nC,Hook,Ulm,x,3\n,No,,,\n"
)
NEW = (
    "Code,Name,City,API token,Mail\nD,Buoy,Kiel,y,d@x\nA,Rope,Bremen,new,a@x\nB,Chain,,two,b@x\n"
    "B,Chain again,,,\n"
)


def _side(path: Path, rows: Sequence[tuple[str | None, ...]], columns: tuple[str, ...]) -> Side:
    with duckdb.connect() as duck:
        names = ", ".join(columns)
        values = ", ".join(str((n + 2, *(one or "" for one in row))) for n, row in enumerate(rows))
        duck.execute(
            f"COPY (SELECT _row, {', '.join(f'nullif({c}, chr(0)) AS {c}' for c in columns)} "
            f"FROM (VALUES {values}) AS v(_row, {names})) TO '{path}' (FORMAT parquet)"
        )
    return Side(path.stem, path, columns)


def test_every_key_has_one_kind_and_its_changes(tmp_path: Path) -> None:
    columns = ("area", "code", "name", "price")
    old = _side(
        tmp_path / "old.parquet",
        [("N", f"K{n}", f"Name {n}", str(n)) for n in range(3000)],
        columns,
    )
    new = _side(
        tmp_path / "new.parquet",
        [("N", f"K{n}", f"Name {n}", str(n + n % 2)) for n in range(500, 3500)]
        + [("N", "K500", "Twice", "1"), ("", "K1", "No area", "1")],
        columns,
    )
    with comparing(old, new, ["area", "code"], work=tmp_path / "work") as found:
        counts = found.counts
        assert (counts.new, counts.changed, counts.unchanged, counts.vanished) == (
            500, 1250, 1250, 500,
        )  # fmt: skip
        assert (counts.doubled, counts.without_key) == ((0, 1), (0, 1))
        assert [(one.column, one.rows) for one in counts.columns] == [("price", 1250)]
        assert (found.count(["changed"], "price"), found.count(["changed"], "name")) == (1250, 0)
        (row,) = found.rows(["changed"], offset=1, limit=1)
        assert (row.key, row.old_row, row.new_row) == (("N", "K503"), 505, 5)
        assert row.changes[0].as_json() == {"column": "price", "old": "503", "new": "504"}
        gone = found.rows(["vanished"], limit=2)
        assert [(one.key[1], one.old_row, one.new_row) for one in gone] == [
            ("K0", 2, None), ("K1", 3, None),
        ]  # fmt: skip
        every = [found.rows(offset=start, limit=1000) for start in range(0, 4000, 1000)]
        assert len({(one.old_row, one.new_row) for page in every for one in page}) == 3500
        with pytest.raises(Refused, match="no column of both"):
            found.rows(column="colour")
    for key, said in ((["area", "colour"], "no column “colour”"), ([], "Name the columns")):
        with pytest.raises(Refused, match=said), comparing(old, new, key, work=tmp_path / "w"):
            pass


def _read(project: Project, by: User, name: str, text: str) -> Sheet:
    files = [(name, io.BytesIO(text.encode()))]
    dataset, _ = upload_dataset(by=by, project=project, files=files)
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    return Dataset.objects.get(pk=dataset.pk).sheets.get()


@pytest.mark.django_db(transaction=True)
def test_two_sheets_are_compared_at_every_door(
    project: Project, other_project: Project, make_member: Callable[..., Any]
) -> None:
    admin = make_member("admin", project=project)
    viewer, stranger = make_member("viewer", project=project), make_member(
        "viewer", project=other_project
    )  # fmt: skip
    User.objects.filter(pk=viewer.pk).update(is_staff=True)
    old, new = _read(project, admin, "old.csv", OLD), _read(project, admin, "new.csv", NEW)
    with pytest.raises(NotAllowed), compare_sheets(
        by=stranger, old=old, new=new, key_columns=["Code"]
    ):  # fmt: skip
        pass
    with pytest.raises(Refused, match="one and the same"), compare_sheets(
        by=viewer, old=old, new=old, key_columns=["Code"]
    ):  # fmt: skip
        pass

    web = Client()
    web.force_login(viewer)
    asked = {"sheet": new.pk, "against": old.pk, "key": ["Code"]}
    answer = web.post("/api/deltas", asked, content_type="application/json").json()
    counts = answer["counts"]
    assert [counts[kind] for kind in ("new", "changed", "unchanged", "vanished")] == [1, 1, 1, 1]
    assert (counts["added_columns"], counts["lost_columns"]) == (["Mail"], ["Fax"])
    assert (counts["doubled"], counts["without_key"]) == ([0, 1], [1, 0])
    changed = next(row for row in answer["rows"] if row["kind"] == "changed")
    assert changed["changes"] == [
        {"column": "City", "old": "Kiel", "new": "Bremen"},
        {"column": "API token", "old": "•••", "new": "•••"},
    ]
    none = web.post("/api/deltas", {"sheet": new.pk}, content_type="application/json")
    assert none.status_code == 400 and "Name the sheet" in none.content.decode()

    page = f"/admin/importer/sheet/{new.pk}/do/delta/"
    shown = web.get(page, {"against": str(old.pk), "key": "Code"}).content.decode()
    assert "Kiel → Bremen" in shown and "1 vanished" in shown and "Buoy" not in shown
    lines = web.get(page, {"against": str(old.pk), "key": "Code", "csv": "1"})
    text = b"".join(lines.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.splitlines()[0] == "kind,Code,old_row,new_row,column,old,new"
    assert "vanished,C,4,,,," in text

    out = io.StringIO()
    who = [f"--user={viewer.username}", f"--project={project.pk}"]
    call_command("dataset_delta", "new", "--against=old", "--key", "Code", *who, stdout=out)
    assert "1 new, 1 changed, 1 unchanged, 1 vanished." in out.getvalue()
    _check_last_load(project, old, new, who)


def _check_last_load(project: Project, old: Sheet, new: Sheet, who: list[str]) -> None:
    """With what was loaded last, whole and not undone."""
    entity = Entity.objects.create(
        project=project, name="good", odoo_model="res.partner", key_columns=["Code"]
    )
    target = Connection.objects.create(project=project, name="Live", url="http://x", database="o")
    with pytest.raises(Refused, match="No whole sheet"):
        last_loaded(entity, target)
    given: dict[str, Any] = {
        "project": project, "entity": entity, "connection": target, "state": "done",
    }  # fmt: skip
    Load.objects.create(sheet=old, **given)
    Load.objects.create(sheet=new, keys=["[]"], **given)
    Load.objects.create(sheet=new, dry_run=True, **given)
    undone = Load.objects.create(sheet=new, **given)
    Load.objects.create(kind="undo", reverts=undone, **given)
    assert last_loaded(entity, target) == old
    out = io.StringIO()
    named = ["--entity=good", "--connection=Live", "--json", *who]
    call_command("dataset_delta", "new", *named, stdout=out)
    assert json.loads(out.getvalue())["counts"]["vanished"] == 1
