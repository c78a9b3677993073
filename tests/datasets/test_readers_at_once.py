"""Of several processes that read a dataset one writes its sheets, and nothing else stays behind."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from importer import datasets
from importer.choices import DatasetState
from importer.data.files import read_files
from importer.data.storage import stored_names
from importer.jobs import execute_job
from importer.models import Dataset, Job, Project, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(make_member: Callable[..., User], project: Project) -> User:
    return make_member("operator", project=project)


@pytest.fixture
def uploaded(ann: User, project: Project) -> Dataset:
    files = [("customers.csv", io.BytesIO(b"id,name\n1,Ann\n  ,\n2,Bob\n"))]
    return datasets.upload_dataset(by=ann, project=project, files=files)[0]


def read(dataset: Dataset) -> Dataset:
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    return dataset


@pytest.mark.parametrize("meanwhile", [DatasetState.READY, DatasetState.FAILED])
def test_who_comes_second_writes_nothing(
    uploaded: Dataset, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    def slow(*args: Any) -> Iterator[Any]:
        yield from read_files(*args)
        Dataset.objects.filter(pk=uploaded.pk).update(state=meanwhile)

    monkeypatch.setattr("importer.datasets.read_files", slow)
    read(uploaded)
    assert (uploaded.state, uploaded.sheets.count()) == (meanwhile, 0)
    assert stored_names(f"datasets/{uploaded.pk}/sheets") == []


def test_what_a_killed_reader_left_goes(uploaded: Dataset) -> None:
    folder = f"datasets/{uploaded.pk}/sheets"
    default_storage.save(f"{folder}/left.parquet", ContentFile(b"half"))
    read(uploaded)
    assert stored_names(folder) == [uploaded.sheets.get().stored_as]


def test_a_row_of_blanks_is_no_row(uploaded: Dataset) -> None:
    sheet = read(uploaded).sheets.get()
    assert [row["_row"] for row in datasets.sample_rows(sheet)] == [2, 4]


def test_a_deletion_that_is_taken_back_has_removed_no_file(uploaded: Dataset, ann: User) -> None:
    stored = uploaded.files.get().stored_as
    with pytest.raises(InterruptedError), transaction.atomic():
        datasets.delete_dataset(by=ann, dataset=uploaded)
        raise InterruptedError
    assert Dataset.objects.get().files.get().stored_as == stored
    assert default_storage.exists(stored)
