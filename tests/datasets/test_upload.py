"""What happens between choosing files and having sheets."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from importer.background import ask_for_job, run_job
from importer.choices import DatasetState, JobKind, JobState
from importer.datasets import delete_dataset, empty_words_of, sample_rows, upload_dataset
from importer.errors import NotAllowed, Refused
from importer.jobs import execute_job
from importer.models import Dataset, Job, Project, User

pytestmark = pytest.mark.django_db

MakeMember = Callable[..., User]
CUSTOMERS = b"id,name\n1,Ann\n2,NULL\n"


@pytest.fixture
def ann(make_member: MakeMember, project: Project) -> User:
    return make_member("operator", project=project)


def upload(user: User, project: Project, *files: tuple[str, bytes], **more: Any) -> Any:
    given = [(name, io.BytesIO(content)) for name, content in files]
    return upload_dataset(by=user, project=project, files=given, **more)


def read(dataset: Dataset) -> Dataset:
    job = Job.objects.filter(object_id=dataset.pk, kind=JobKind.READ_DATASET).latest("created_at")
    execute_job(str(job.pk))
    dataset.refresh_from_db()
    return dataset


def test_an_upload_keeps_the_files_and_asks_for_a_job(ann: User, project: Project) -> None:
    dataset, is_new = upload(ann, project, ("customers.csv", CUSTOMERS))
    assert (is_new, dataset.state, dataset.name) == (True, DatasetState.UPLOADED, "customers")
    (file,) = dataset.files.all()
    with default_storage.open(file.stored_as) as stored:
        assert stored.read() == CUSTOMERS
    job = Job.objects.get(object_id=dataset.pk, kind="read_dataset")
    assert (job.kind, job.state, job.created_by) == (JobKind.READ_DATASET, JobState.PENDING, ann)


def test_the_job_turns_files_into_sheets(ann: User, project: Project) -> None:
    dataset, _ = upload(ann, project, ("customers.csv", CUSTOMERS), ("orders.csv", b"no\n7\n"))
    read(dataset)
    assert (dataset.state, dataset.error) == (DatasetState.READY, "")
    customers, orders = dataset.sheets.all()
    assert (customers.name, customers.n_rows, orders.name) == ("customers", 2, "orders")
    assert customers.file.name == "customers.csv"
    assert sample_rows(customers) == [
        {"_row": 2, "id": "1", "name": "Ann"},
        {"_row": 3, "id": "2", "name": "NULL"},
    ]
    assert sample_rows(customers, offset=1, limit=1)[0]["_row"] == 3
    job = Job.objects.get(object_id=dataset.pk, kind="read_dataset")
    assert (job.state, job.done, job.lease_until) == (JobState.SUCCEEDED, job.done, None)


def test_the_same_bytes_are_the_dataset_that_is_known(ann: User, project: Project) -> None:
    first, _ = upload(ann, project, ("customers.csv", CUSTOMERS))
    again, is_new = upload(ann, project, ("customers (1).csv", CUSTOMERS))
    assert (again, is_new) == (first, False)
    assert Job.objects.count() == 1
    folders, _ = default_storage.listdir("datasets")
    assert folders.count(str(first.pk)) == 1


def test_other_options_make_another_dataset(ann: User, project: Project) -> None:
    first, _ = upload(ann, project, ("a.csv", CUSTOMERS))
    other, is_new = upload(ann, project, ("a.csv", CUSTOMERS), options={"header_row": 0})
    assert is_new
    assert other != first
    same, is_new = upload(ann, project, ("a.csv", CUSTOMERS), options={"header_row": None})
    assert (same, is_new) == (first, False)


def test_other_projects_do_not_share_datasets(
    ann: User, project: Project, other_project: Project, make_member: MakeMember
) -> None:
    upload(ann, project, ("a.csv", CUSTOMERS))
    bob = make_member("operator", project=other_project)
    assert upload(bob, other_project, ("a.csv", CUSTOMERS))[1]


def test_a_file_that_cannot_be_read_fails_with_its_sentence(ann: User, project: Project) -> None:
    dataset, _ = upload(ann, project, ("a.csv", b'a,b\n1,"x\n'))
    read(dataset)
    assert dataset.state == DatasetState.FAILED
    assert dataset.error.startswith("“a.csv”, row 2: a quotation mark opens here")
    job = Job.objects.get(object_id=dataset.pk, kind="read_dataset")
    assert (job.state, job.message, job.traceback) == (JobState.FAILED, dataset.error, "")
    assert dataset.sheets.count() == 0


def test_uploading_what_failed_reads_it_again(ann: User, project: Project) -> None:
    dataset, _ = upload(ann, project, ("a.csv", b'a,b\n1,"x\n'))
    read(dataset)
    again, is_new = upload(ann, project, ("a.csv", b'a,b\n1,"x\n'))
    assert (again, is_new, again.state) == (dataset, False, DatasetState.UPLOADED)
    assert Job.objects.filter(object_id=dataset.pk, state=JobState.PENDING).count() == 1


def test_reading_twice_changes_nothing(ann: User, project: Project) -> None:
    dataset, _ = upload(ann, project, ("a.csv", CUSTOMERS))
    read(dataset)
    before = list(dataset.sheets.values())
    job = ask_for_job(by=ann, project=project, kind=JobKind.READ_DATASET, object_id=dataset.pk)
    run_job(job.pk)
    assert list(dataset.sheets.values()) == before
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED


def test_a_viewer_may_not_upload(make_member: MakeMember, project: Project) -> None:
    viewer = make_member("viewer", project=project)
    with pytest.raises(NotAllowed, match="You may not upload dataset"):
        upload(viewer, project, ("a.csv", CUSTOMERS))
    assert not Dataset.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"", "“a.csv” is empty"),
        ("a.doc", b"x", "is of a kind that is not read"),
        ("a.xlsx", b"a;b\n", "is not what its name says"),
        ("../../a.xlsx", b"a;b\n", "“a.xlsx” is not what its name says"),
    ],
)
def test_what_can_be_told_at_once_is_refused_at_once(
    ann: User, project: Project, name: str, content: bytes, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        upload(ann, project, (name, content))
    assert not Dataset.objects.exists()


def test_nothing_to_upload_is_refused(ann: User, project: Project) -> None:
    with pytest.raises(Refused, match="There is no file to upload"):
        upload(ann, project)


def test_a_file_above_the_limit_is_refused(ann: User, project: Project, settings: Any) -> None:
    settings.STOWAGE_MAX_FILE_MB = 1
    with pytest.raises(Refused, match=r"“a.csv” is larger than 1 MB"):
        upload(ann, project, ("a.csv", b"a\n" + b"x\n" * 600_000))


def test_a_path_is_read_where_it_lies(ann: User, project: Project, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CUSTOMERS)
    dataset, _ = upload_dataset(by=ann, project=project, files=[("Kunden.csv", path)])
    path.unlink()
    assert read(dataset).sheets.get().name == "Kunden"


def test_words_that_mean_empty_belong_to_the_dataset(ann: User, project: Project) -> None:
    first, _ = upload(ann, project, ("a.csv", CUSTOMERS))
    assert empty_words_of(first) == ["NULL", "N/A", "#N/A"]
    other, _ = upload(ann, project, ("a.csv", CUSTOMERS), options={"empty_words": [" - ", ""]})
    assert empty_words_of(other) == ["-"]


def test_deleting_takes_the_files_along(
    ann: User, project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    dataset, _ = upload(ann, project, ("a.csv", CUSTOMERS))
    read(dataset)
    names = [dataset.files.get().stored_as, dataset.sheets.get().stored_as]
    assert all(default_storage.exists(name) for name in names)
    with django_capture_on_commit_callbacks(execute=True):
        delete_dataset(by=ann, dataset=dataset)
    assert not any(default_storage.exists(name) for name in names)


def test_a_dataset_that_another_is_made_from_stays(ann: User, project: Project) -> None:
    dataset, _ = upload(ann, project, ("a.csv", CUSTOMERS))
    Dataset.objects.create(project=project, name="b", sha256="0" * 64, derived_from=dataset)
    with pytest.raises(Refused, match="cannot be deleted"):
        delete_dataset(by=ann, dataset=dataset)
    assert Dataset.objects.filter(pk=dataset.pk).exists()


def test_a_dataset_deleted_before_it_was_read_ends_its_job(ann: User, project: Project) -> None:
    dataset, _ = upload(ann, project, ("a.csv", CUSTOMERS))
    job = Job.objects.get(object_id=dataset.pk, kind="read_dataset")
    delete_dataset(by=ann, dataset=dataset)
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (
        JobState.FAILED,
        "The dataset was deleted before it was read.",
    )
