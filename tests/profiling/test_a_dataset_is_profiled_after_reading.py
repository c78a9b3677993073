"""The job that profiles a dataset, and its doors: verb, page, API and command."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from importer.choices import JobKind, JobState
from importer.data.profiling.facts import VERSION
from importer.datasets import delete_dataset, upload_dataset
from importer.errors import NotAllowed, Refused
from importer.jobs import execute_job
from importer.models import Dataset, DatasetProfile, Job, Project, SheetProfile, User
from importer.profiles import profile_dataset, profile_of

pytestmark = pytest.mark.django_db

PEOPLE = b"id,boss,born\n1,,31/12/1990\n2,1,12/31/1990\n3,4,01/02/1990\n4,3,\n5,9,05/05/1991\n"


@pytest.fixture
def ann(make_member: Callable[..., User], project: Project) -> User:
    return make_member("operator", project=project)


@pytest.fixture
def dataset(ann: User, project: Project) -> Dataset:
    """Uploaded and read; its profile is asked for and not made yet."""
    made, _ = upload_dataset(by=ann, project=project, files=[("people.csv", io.BytesIO(PEOPLE))])
    execute_job(str(Job.objects.get(kind=JobKind.READ_DATASET).pk))
    made.refresh_from_db()
    return made


def make_profile(dataset: Dataset) -> Job:
    jobs = Job.objects.filter(kind=JobKind.PROFILE_DATASET, object_id=dataset.pk)
    job = jobs.latest("created_at")
    execute_job(str(job.pk))
    job.refresh_from_db()
    return job


def test_reading_asks_for_a_profile_and_a_job_makes_it(dataset: Dataset, project: Project) -> None:
    assert profile_of(dataset).state == "pending"
    job = make_profile(dataset)
    assert (job.state, job.message) == (JobState.SUCCEEDED, job.message)
    known = profile_of(dataset)
    assert known.state == "ready"
    assert known.facts is not None
    assert known.facts.sheet("people").column("born").nulls == 1
    assert {one.code for one in known.facts.reasons} >= {"mixed_date_order", "orphans", "cycle"}
    kept = DatasetProfile.objects.get()
    assert (kept.project, kept.score, kept.version) == (project, known.facts.score, VERSION)
    assert SheetProfile.objects.get().project == project


def test_a_second_profile_takes_the_place_of_the_first(dataset: Dataset, ann: User) -> None:
    make_profile(dataset)
    first = DatasetProfile.objects.get()
    asked = profile_dataset(by=ann, dataset=dataset)
    known = profile_of(dataset)
    assert (known.state, known.facts is not None) == ("pending", True)
    assert profile_dataset(by=ann, dataset=dataset) == asked
    make_profile(dataset)
    again = DatasetProfile.objects.get()
    assert again.pk != first.pk
    assert again.facts == first.facts


def test_a_profile_of_an_earlier_shape_is_none(dataset: Dataset) -> None:
    make_profile(dataset)
    DatasetProfile.objects.update(version=VERSION - 1)
    assert profile_of(dataset).state == "none"


def test_a_dataset_that_was_deleted_meanwhile_is_said(dataset: Dataset, ann: User) -> None:
    delete_dataset(by=ann, dataset=Dataset.objects.get(pk=dataset.pk))
    job = Job.objects.get(kind=JobKind.PROFILE_DATASET)
    execute_job(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "deleted" in job.message


def test_who_may_not_and_what_was_not_read_is_refused(
    dataset: Dataset, make_member: Callable[..., User], project: Project, ann: User
) -> None:
    with pytest.raises(NotAllowed):
        profile_dataset(by=make_member("viewer", project=project), dataset=dataset)
    dataset.state = "reading"
    with pytest.raises(Refused, match="not been read"):
        profile_dataset(by=ann, dataset=dataset)


def test_the_api_gives_the_profile_and_takes_a_wish(dataset: Dataset, ann: User) -> None:
    client = APIClient()
    client.force_authenticate(ann)
    address = f"/api/datasets/{dataset.pk}/profile"
    before = client.get(address).json()
    assert (before["state"], before["profile"]) == ("pending", None)
    make_profile(dataset)
    after = client.get(address).json()
    assert after["state"] == "ready"
    (sheet,) = after["profile"]["sheets"]
    assert sheet["columns"][2]["likely_type"] == "date"
    answer = client.post(address)
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")


def test_another_projects_profile_is_not_there(
    dataset: Dataset, ann: User, make_member: Callable[..., User], other_project: Project
) -> None:
    stranger = make_member("admin", project=other_project)
    codes = []
    for user in (ann, stranger):
        client = APIClient()
        client.force_authenticate(user)
        codes.append(client.get(f"/api/datasets/{dataset.pk}/profile").status_code)
    assert codes == [200, 404]


def test_the_command_asks_and_shows(dataset: Dataset, ann: User, project: Project) -> None:
    def run(*arguments: str) -> str:
        out = io.StringIO()
        call_command("dataset_profile", str(dataset.pk), *arguments, user=ann.username, stdout=out)
        return out.getvalue()

    assert "being made" in run()
    make_profile(dataset)
    text = run()
    assert "Health: " in text
    assert "people.boss -> people.id" in text
    answer: dict[str, Any] = json.loads(run("--json"))
    assert answer["profile"]["sheets"][0]["n_rows"] == 5
    run("--again")
    assert profile_of(dataset).state == "pending"


def staff(user: User, project: Project) -> Client:
    User.objects.filter(pk=user.pk).update(is_staff=True, current_project=project)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def test_the_page_shows_what_was_found(dataset: Dataset, ann: User, project: Project) -> None:
    client = staff(ann, project)
    page = f"/admin/importer/dataset/{dataset.pk}/do/profile/"
    own = client.get(f"/admin/importer/dataset/{dataset.pk}/change/").content.decode()
    assert page in own
    waiting = client.get(page).content.decode()
    assert "looked at in the background" in waiting
    live = f"/admin/importer/dataset/{dataset.pk}/profile/live/"
    assert "HX-Refresh" not in client.get(live).headers
    make_profile(dataset)
    assert client.get(live).headers["HX-Refresh"] == "true"
    shown = client.get(page).content.decode()
    for text in (
        "Health: ",
        "mixes two orders of dates",
        "“9” (row 6)",
        "back to the first",
        "<svg",
    ):
        assert text in shown, text
    assert "<script>" not in shown.split('id="content-main"')[-1]


def test_a_viewer_sees_the_page_and_no_button(
    dataset: Dataset, make_member: Callable[..., User], project: Project
) -> None:
    make_profile(dataset)
    client = staff(make_member("viewer", project=project), project)
    page = client.get(f"/admin/importer/dataset/{dataset.pk}/do/profile/")
    again = f"/admin/importer/dataset/{dataset.pk}/profile/again/"
    assert page.status_code == 200
    assert again not in page.content.decode()
    client.post(again)
    assert Job.objects.filter(kind=JobKind.PROFILE_DATASET).count() == 1


def test_the_button_asks_again(dataset: Dataset, ann: User, project: Project) -> None:
    make_profile(dataset)
    client = staff(ann, project)
    again = f"/admin/importer/dataset/{dataset.pk}/profile/again/"
    assert client.get(again).status_code == 302
    assert Job.objects.filter(kind=JobKind.PROFILE_DATASET).count() == 1
    assert client.post(again).status_code == 302
    assert profile_of(dataset).state == "pending"
