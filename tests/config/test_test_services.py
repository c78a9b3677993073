"""The test session's own services: roles, isolation, real processes."""

import pytest
from django.db import connection
from redis import Redis

from importer.models import Project
from tests.processes import ManageProcess, StartProcess


@pytest.mark.django_db
def test_tests_run_as_a_role_that_cannot_change_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
            " WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("stowage_app", False, False, False, False)
        cursor.execute(
            "SELECT count(*) FROM pg_tables"
            " WHERE schemaname = 'public' AND tableowner = current_user"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_committed_rows_are_gone_in_the_next_test(number: int) -> None:
    assert Project.objects.count() == 0
    Project.objects.create(name=f"left behind by {number}")


def test_a_command_in_a_process_of_its_own_sees_committed_rows(
    project: Project, start_process: StartProcess
) -> None:
    shell = start_process(
        "shell", "-v", "0", "-c", "from importer.models import *; print(Project.objects.get().name)"
    )
    shell.wait_for(project.name)


def test_a_worker_takes_what_the_test_enqueues(
    worker_process: ManageProcess, valkey: Redis
) -> None:
    import django_rq

    job = django_rq.get_queue("jobs").enqueue("time.sleep", 0)
    worker_process.wait_for("Job OK")
    assert job is not None
