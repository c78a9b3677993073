"""The doors to the bad rows of a run and of a dataset: pages, API and commands do the same."""

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from graphs.models import GraphRun
from importer.corrections import newest_of
from importer.models import Connection, Mapping, Membership, Project, ReturnedWorkbook, User
from tests.api.conftest import client_of
from tests.graphs.harbour import Harbour
from tests.graphs.test_fixing import counts, edited, first_run, port

__all__ = ("port",)
pytestmark = pytest.mark.django_db(transaction=True)


def command(name: str, *args: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command(name, *map(str, args), "--json", "--user=harbour-master", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def browser(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def content(answer: Any) -> bytes:
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content)


def test_every_door_leads_to_the_same_rows(
    port: Harbour, drain: Any, make_member: Any, tmp_path: Path
) -> None:
    run = first_run(port, drain)
    assert run.dataset is not None
    mapping = Mapping.objects.get(name="People")
    api, pages = client_of(port.admin), browser(port.admin)
    viewer = make_member("viewer", project=port.project)
    cells, check = f"/api/runs/{run.pk}/bad-rows", {"mapping": str(mapping.pk)}
    check |= {"connection": str(port.connection.pk)}

    # Read, by the run and by the dataset under its mapping.
    grid = api.get(cells).json()
    assert (grid["sheet"], grid["n_rows"], [row["row"] for row in grid["rows"]]) == (
        "people", 4, [3, 4, 5, 6],
    )  # fmt: skip
    country = grid["rows"][0]["cells"][3]
    assert (country["column"], country["value"], len(country["reasons"])) == ("Country", "XX", 1)
    of_data = api.get(f"/api/datasets/{run.dataset_id}/bad-rows", check).json()
    assert of_data == {**grid, "sheets": {"people": 4}}
    elsewhere = Project.objects.create(name="Other")
    Membership.objects.create(project=elsewhere, user=port.admin, role="admin")
    theirs = Connection.objects.create(
        project=elsewhere, name="Theirs", url="http://o", database="o"
    )
    mixed = check | {"connection": str(theirs.pk)}  # mine as well, but of another client
    assert api.get(f"/api/datasets/{run.dataset_id}/bad-rows", mixed).status_code == 404
    Membership.objects.filter(project=elsewhere).delete()
    only = api.get(cells, {"code": "duplicate", "levels": "all"}).json()
    assert [row["row"] for row in only["rows"]] == [5]
    assert api.get(cells, {"limit": "x"}).status_code == 400

    # Correct by the API and on the page; a viewer does neither.
    edit = {"sheet": "people", "row": 3, "column": "Name", "was": None, "new": " Bob "}
    assert client_of(viewer).post(cells, {"cells": [edit]}, format="json").status_code == 403
    (said,) = api.post(cells, {"cells": [edit]}, format="json").json()
    assert (said["waiting"], said["rows"][0]["cells"][1]["by"]) == (1, "harbour-master")
    assert said["rows"][0]["state"] == "bad"
    page = reverse("admin:graphs_graphrun_fix", args=(run.pk,))
    shown = pages.get(page, {"column": "Country", "value": "XX"})
    assert b"Only rows of one cause" in shown.content and b"grid-data" in shown.content
    assert (
        page in pages.get(reverse("admin:graphs_graphrun_change", args=(run.pk,))).content.decode()
    )

    def save(client: Client, **one: Any) -> Any:
        sent = {"sheet": "people", "edits": [one]}
        return client.post(f"{page}cells/", json.dumps(sent), content_type="application/json")

    assert save(browser(viewer), row=3, column="Country", was="XX", new="DE").status_code == 403
    right = save(pages, row=3, column="Country", was="XX", new="DE").json()
    assert (right["rows"][0]["state"], right["errors"]) == ("right", [])
    stale = save(pages, row=3, column="Country", was="XX", new="FR")
    assert stale.status_code == 409
    assert "harbour-master has made “DE” of it" in stale.json()["errors"][0]
    assert stale.json()["rows"][0]["cells"][3]["original"] == "XX"
    assert save(pages, row="x", column="", was="", new="").status_code == 400
    data_page = reverse("admin:importer_dataset_do", args=(run.dataset_id, "fix"))
    assert b"Check all rows" in pages.get(data_page).content
    assert b"grid-data" in pages.get(data_page, check).content

    # The workbook: out by a command, back on the page, by the API and by a command.
    path = tmp_path / "rows.xlsx"
    made = command("dataset_corrections_export", path, f"--run={run.pk}")
    assert made["rows"] == 3
    (first,) = run.dataset.derived.all()
    sent = content(pages.post(f"{page}workbook/", {"export": "1"}))
    sheet = openpyxl.load_workbook(io.BytesIO(sent))["people"]
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["4", "5", "6"]
    query = "&".join(f"{name}={value}" for name, value in check.items())
    address = f"/api/datasets/{first.pk}/bad-rows/workbook?{query}"
    sheet = openpyxl.load_workbook(io.BytesIO(content(api.post(address))))["people"]
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["4", "5", "6"]
    came = edited(path, tmp_path / "came.xlsx", I2="FR", F3="D").read_bytes()
    back = pages.post(f"{page}workbook/", {"workbook": SimpleUploadedFile("came.xlsx", came)})
    preview = pages.get(back["location"])
    assert "2 cells of 2 rows are changed" in preview.content.decode()
    assert pages.post(back["location"])["location"] == page
    assert newest_of(run.dataset).derived_from == first
    posted = {"workbook": SimpleUploadedFile("came.xlsx", came)}
    again = api.post(f"/api/datasets/{run.dataset_id}/workbooks", posted, format="multipart")
    assert (again.status_code, again.json()["changed_cells"]) == (201, 0)
    refused = api.post(f"/api/workbooks/{again.json()['id']}/apply", {}, format="json")
    assert "changes nothing" in refused.json()["errors"][0]["message"]
    other = edited(path, tmp_path / "other.xlsx", I2="DE", I4="DE")
    told = command("dataset_corrections_import", run.dataset_id, other)
    assert (told["changed_cells"], told["conflicts"], told["made"]) == (1, 1, None)
    told = command(
        "dataset_corrections_import", run.dataset_id, other, "--apply", "--conflicts=current"
    )
    assert told["made"] == str(newest_of(run.dataset).pk)
    assert ReturnedWorkbook.objects.filter(made=None).count() == 2
    listed = api.get(f"/api/datasets/{run.dataset_id}/corrections").json()
    assert [one["new"] for one in listed["results"]] == [" Bob ", "DE", "FR", "D", "DE"]
    assert api.get(f"/api/datasets/{run.dataset_id}/corrected").json()["waiting"] == 0

    # Run what failed, by the page; then by the command there is nothing new.
    answer = pages.post(f"{page}run/")
    after = GraphRun.objects.get(follows=run)
    assert answer["location"] == reverse("admin:graphs_graphrun_change", args=(after.pk,))
    drain()
    assert counts(after) == (4, 2, 0)
    follows = api.post(f"/api/runs/{run.pk}/fix", {}, format="json")
    assert follows.status_code == 202
    drain()
    assert counts(GraphRun.objects.get(pk=follows.json()["id"])) == (0, 6, 0)
    assert command("run_fix", run.pk)["status"] in ("pending", "running")
    drain()
    shown = pages.get(reverse("admin:importer_dataset_change", args=(run.dataset_id,)))
    assert b"corrected as" in shown.content
