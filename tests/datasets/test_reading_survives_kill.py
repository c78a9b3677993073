"""kill -9 of a worker in the middle of reading costs a lease's length and nothing else."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from redis import Redis

from importer.background import ask_again
from importer.choices import DatasetState, JobState
from importer.data.storage import stored_names
from importer.datasets import sample_rows, upload_dataset
from importer.limits import work_root
from importer.models import Job, Project, User
from tests.processes import StartProcess, wait_until

N_ROWS = 600_000


@pytest.fixture
def big_file(tmp_path: Path) -> Path:
    path = tmp_path / "movements.csv"
    with path.open("w") as out:
        out.write("id,article,quantity,note\n")
        out.writelines(
            f"{n},article {n % 977},{n % 13},moved by hand in hall {n % 7}\n" for n in range(N_ROWS)
        )
    return path


@pytest.mark.django_db(transaction=True)
def test_reading_is_taken_up_by_another_worker(
    start_process: StartProcess,
    valkey: Redis,
    project: Project,
    make_member: Callable[..., User],
    big_file: Path,
) -> None:
    worker = start_process("rqworker", "jobs")
    worker.wait_for("Listening on")
    user = make_member("operator", project=project)
    dataset, _ = upload_dataset(by=user, project=project, files=[(big_file.name, big_file)])
    job = Job.objects.get(object_id=dataset.pk, kind="read_dataset")

    def fresh() -> Job:
        job.refresh_from_db()
        return job

    wait_until(lambda: fresh().state == JobState.RUNNING and job.done > 0, every=0.02)
    worker.kill_all()
    valkey.flushdb()
    killed_at = time.monotonic()
    assert fresh().state == JobState.RUNNING
    assert dataset.sheets.count() == 0

    start_process("rqworker", "jobs").wait_for("Listening on")
    wait_until(lambda: bool(ask_again(timezone.now())), seconds=20)
    wait_until(lambda: fresh().attempt == 2, seconds=20)
    assert time.monotonic() - killed_at < 20
    wait_until(lambda: fresh().state == JobState.SUCCEEDED, seconds=40)

    dataset.refresh_from_db()
    assert (dataset.state, job.attempt) == (DatasetState.READY, 2)
    sheet = dataset.sheets.get()
    assert sheet.n_rows == N_ROWS
    assert sample_rows(sheet, offset=N_ROWS - 1, limit=1)[0]["id"] == str(N_ROWS - 1)
    assert stored_names(f"datasets/{dataset.pk}/sheets") == [sheet.stored_as]

    def left() -> list[Path]:
        return [path for path in (work_root() / "processes").iterdir() if path.is_dir()]

    wait_until(lambda: left() == [], seconds=20)  # the profile's own may still be there
