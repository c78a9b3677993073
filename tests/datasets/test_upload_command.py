"""``manage.py dataset_upload``: the same verb from the shell."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from importer.jobs import execute_job
from importer.models import Dataset, Job, Project, User
from tests.processes import ManageProcess

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", password="a long password")


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text("id;name\n1;Ann\n")
    return path


def upload(*given: Any, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("dataset_upload", *map(str, given), "--json", stdout=out, **options)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_files_become_one_dataset(
    boss: User, project: Project, customers: Path, tmp_path: Path
) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text("no\n1\n")
    answer = upload(customers, orders, name="Both", separator="semicolon", empty_words=["-"])
    dataset = Dataset.objects.get(pk=answer["id"])
    assert (answer["is_new"], answer["state"], dataset.name) == (True, "uploaded", "Both")
    assert dataset.options == {"separator": ";", "empty_words": ["-"]}
    assert dataset.files.count() == 2
    assert dataset.created_by == boss


def test_the_same_files_are_known_and_their_sheets_shown(
    boss: User, project: Project, customers: Path
) -> None:
    first = upload(customers)
    execute_job(str(Job.objects.get(kind="read_dataset").pk))
    again = upload(customers, wait=True)
    assert (again["id"], again["is_new"], again["state"]) == (first["id"], False, "ready")
    assert again["sheets"] == [
        {"name": "customers", "rows": 1, "columns": ["id", "name"], "notices": []}
    ]


def test_a_refusal_is_a_sentence(boss: User, project: Project, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(CommandError, match="“empty.csv” is empty"):
        upload(empty)
    with pytest.raises(CommandError, match="There is no file “.*nowhere.csv”"):
        upload(tmp_path / "nowhere.csv")


@pytest.mark.django_db(transaction=True)
def test_waiting_ends_when_a_worker_has_read_the_file(
    boss: User, project: Project, worker_process: ManageProcess, customers: Path, tmp_path: Path
) -> None:
    assert upload(customers, wait=True)["state"] == "ready"
    path = tmp_path / "bad.csv"
    path.write_text('a\n"x\n')
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("dataset_upload", str(path), "--wait", stdout=out)
    assert ended.value.code == 1
    assert "“bad.csv”, row 2: a quotation mark opens here" in out.getvalue()


def test_who_and_where_must_be_clear(
    boss: User, project: Project, other_project: Project, customers: Path
) -> None:
    with pytest.raises(CommandError, match="Say which project with --project NAME"):
        upload(customers)
    assert upload(customers, project="Lighthouse")["is_new"]
    with pytest.raises(CommandError, match="“boss” has no project “Nowhere”"):
        upload(customers, project="Nowhere")
    with pytest.raises(CommandError, match="There is no user “nobody”"):
        upload(customers, user="nobody")
