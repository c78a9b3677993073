"""A workbook is uploaded, its rows are seen, and what a run needs is not deleted."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from graphs.runs import start_run
from importer.jobs import execute_job
from importer.models import Dataset, Job, Project
from tests.admin.conftest import Visit, said
from tests.api.conftest import CSV, Harbour


def test_a_workbook_is_uploaded_and_its_rows_are_seen(visit: Visit, project: Project) -> None:
    client = visit()
    file = SimpleUploadedFile("categories.csv", CSV)
    answer = client.post("/admin/importer/dataset/add/", {"uploads": [file], "empty_words": "NULL"})
    assert answer.status_code == 302
    dataset = Dataset.objects.get()
    assert dataset.options == {"empty_words": ["NULL"]}
    page = client.get(answer["location"]).content.decode()
    assert "being read" in page
    live = f"/admin/importer/dataset/{dataset.pk}/live/"
    assert "HX-Refresh" not in client.get(live)
    execute_job(str(Job.objects.get(kind="read_dataset").pk))
    assert client.get(live)["HX-Refresh"] == "true"
    sheet = dataset.sheets.get()
    page = client.get(answer["location"]).content.decode()
    assert f"/admin/importer/sheet/{sheet.pk}/change/" in page
    rows = client.get(f"/admin/importer/sheet/{sheet.pk}/rows/").content.decode()
    assert "Anchors, small" in rows
    again = client.post(
        "/admin/importer/dataset/add/",
        {"uploads": [SimpleUploadedFile("categories.csv", CSV)], "empty_words": "NULL"},
    )
    assert "known already" in said(client, again)
    assert Dataset.objects.count() == 1


@pytest.mark.parametrize("offset", ["abc", "-1", "9" * 30, "1.5", "", "²"])
def test_an_odd_offset_shows_some_page(harbour: Harbour, visit: Visit, offset: str) -> None:
    sheet = harbour.dataset.sheets.get(name="categories")
    answer = visit().get(f"/admin/importer/sheet/{sheet.pk}/rows/?offset={offset}")
    assert answer.status_code == 200


def test_an_upload_that_is_refused_says_why(visit: Visit, project: Project) -> None:
    client = visit()
    for posted in (
        {"uploads": [SimpleUploadedFile("a.exe", b"MZ")]},
        {"uploads": [SimpleUploadedFile("a.csv", CSV)], "encoding": "what"},
        {},
    ):
        answer = client.post("/admin/importer/dataset/add/", posted)
        assert answer.status_code == 200
        assert list(answer.context["messages"]) or answer.context["form"].errors
    assert not Dataset.objects.exists()


def test_a_dataset_of_a_run_is_not_deleted(harbour: Harbour, visit: Visit) -> None:
    start_run(harbour.graph, by=harbour.operator)
    client = visit()
    address = f"/admin/importer/dataset/{harbour.dataset.pk}/delete/"
    answer = client.post(address, {"post": "yes"})
    assert Dataset.objects.filter(pk=harbour.dataset.pk).exists()
    assert answer.status_code in (200, 302, 403)
    chosen = {"action": "delete_selected", "_selected_action": [harbour.dataset.pk], "post": "yes"}
    client.post("/admin/importer/dataset/", chosen)
    assert Dataset.objects.filter(pk=harbour.dataset.pk).exists()
