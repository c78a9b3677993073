"""Tables that are older or newer than the code are a sentence that names the migrations."""

import asyncio
import logging

import pytest
from django.core import management
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from starlette.applications import Starlette

from config import command_line
from config.schema_state import explain, schema_problem
from config.web import lifespan

pytestmark = pytest.mark.django_db


def missing_column() -> ProgrammingError:
    with pytest.raises(ProgrammingError) as raised, transaction.atomic():
        connection.cursor().execute("SELECT no_such_column FROM importer_project")
    return raised.value


def test_the_tables_of_the_tests_are_as_they_should_be() -> None:
    assert schema_problem() == ""


def test_a_missing_migration_is_named_with_what_to_do() -> None:
    MigrationRecorder(connection).record_unapplied("graphs", "0001_initial")
    assert "graphs.0001_initial is missing" in schema_problem()
    assert "manage.py migrate" in explain(missing_column())


def test_a_newer_database_is_told_from_an_older_one() -> None:
    MigrationRecorder(connection).record_applied("importer", "0999_later")
    assert "newer Stowage" in schema_problem()
    assert "importer.0999_later is not known" in schema_problem()


def test_tables_that_no_migration_made_are_told_as_well() -> None:
    assert "never released" in explain(missing_column())


def test_a_command_says_it_and_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = missing_column()

    def fail(argv: list[str]) -> None:
        raise error

    monkeypatch.setattr(management, "execute_from_command_line", fail)
    MigrationRecorder(connection).record_unapplied("graphs", "0001_initial")
    assert command_line.run(["manage.py", "run_show"]) == 1
    said = capsys.readouterr().err
    assert "graphs.0001_initial is missing" in said
    assert "Traceback" not in said


def test_the_web_process_logs_it_when_it_starts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("config.web.schema_problem", lambda: "The database is older.")

    async def start_and_stop() -> None:
        async with lifespan(Starlette()):
            assert "The database is older." in caplog.text

    with caplog.at_level(logging.ERROR):
        asyncio.run(start_and_stop())
        assert "The database is older." in caplog.text
