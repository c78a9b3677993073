"""The embedded PostgreSQL: two roles, two checkouts, and what keeps it from starting."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from django.db import connection
from psycopg.errors import InsufficientPrivilege

from config.embedded import postgres, roles, server_user
from config.embedded.data_services import own_postgres, start_postgres, stop
from config.embedded.errors import ServiceError
from config.embedded.layout import APP_ROLE, DATABASE, OWNER_ROLE, Layout
from tests.own_services import LAYOUT, ensure_started


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    layout = Layout(tmp_path / "var")
    with own_postgres(layout):
        yield layout


def connect(layout: Layout, role: str) -> psycopg.Connection:
    return postgres.connect(layout, role=role, database=DATABASE)


def test_the_app_uses_rows_of_the_owners_tables_and_changes_no_table(layout: Layout) -> None:
    with connect(layout, OWNER_ROLE) as owner:
        owner.execute("CREATE TABLE before_grant (id bigserial, name text)")
        for statement in roles.grants_to(APP_ROLE):
            owner.execute(statement)
        owner.execute("CREATE TABLE after_grant (id bigserial, name text)")
    with connect(layout, APP_ROLE) as app:
        for table in ("before_grant", "after_grant"):
            app.execute(f"INSERT INTO {table} (name) VALUES ('a')")
            app.execute(f"UPDATE {table} SET name = 'b'")
            app.execute(f"DELETE FROM {table}")
            for forbidden in (f"ALTER TABLE {table} ADD x int", f"DROP TABLE {table}"):
                with pytest.raises(InsufficientPrivilege):
                    app.execute(forbidden)
        for forbidden in ("CREATE TABLE mine (id int)", "CREATE DATABASE mine", "CREATE ROLE mine"):
            with pytest.raises(InsufficientPrivilege):
                app.execute(forbidden)


@pytest.mark.django_db
def test_a_process_that_sleeps_in_a_transaction_does_not_hold_the_others_for_ever() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("30s",)


def test_two_checkouts_side_by_side_have_databases_of_their_own(
    layout: Layout, tmp_path: Path
) -> None:
    ensure_started()
    with connect(layout, OWNER_ROLE) as owner:
        owner.execute("CREATE TABLE only_here (id int)")
    other = Layout(tmp_path / "other")
    with own_postgres(other), connect(other, OWNER_ROLE) as owner:
        found = owner.execute("SELECT to_regclass('only_here')").fetchone()
    assert found == (None,)
    assert len({layout.sockets, other.sockets, LAYOUT.sockets}) == 3


def test_data_folder_is_private_and_parents_are_left_alone(tmp_path: Path) -> None:
    parent = tmp_path / "private"
    parent.mkdir(mode=0o700)
    layout = Layout(parent / "var")
    with own_postgres(layout):
        assert layout.postgres_data.stat().st_mode & 0o777 == 0o700
        assert layout.sockets.stat().st_mode & 0o777 == 0o700
    assert parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_whose_path_is_too_long_for_a_socket_works(tmp_path: Path) -> None:
    layout = Layout(tmp_path / ("deep" * 20) / "var")
    assert not layout.sockets.is_relative_to(layout.var)
    with own_postgres(layout):
        assert postgres.answers(layout)


def test_an_interrupted_first_start_is_begun_anew(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "var")
    half_made = layout.postgres_data.with_name("postgres.new")
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    with own_postgres(layout):
        assert postgres.answers(layout)


def test_a_pid_file_whose_id_now_belongs_to_another_program_is_no_obstacle(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "var")
    with own_postgres(layout):
        lines = (layout.postgres_data / "postmaster.pid").read_text().splitlines()
    stale = "\n".join([str(os.getpid()), *lines[1:]]) + "\n"
    (layout.postgres_data / "postmaster.pid").write_text(stale)
    with own_postgres(layout):
        assert postgres.answers(layout)


def test_a_server_that_cannot_start_says_which_variable_helps(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "var")
    postgres.make_cluster(layout)
    (layout.postgres_data / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ServiceError, match="DATABASE_URL") as refused:
        start_postgres(layout)
    assert "no_such_setting" in str(refused.value)


def test_a_sockets_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "var")
    layout.sockets.mkdir(parents=True, mode=0o777)
    layout.sockets.chmod(0o777)
    with pytest.raises(ServiceError, match="open to other users"):
        start_postgres(layout)


ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> server_user.ServerUser:
    user = server_user.ServerUser(account="nobody")
    monkeypatch.setattr(postgres, "server_user", lambda: user)
    return user


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Unlike tmp_path, one that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="stowage-open-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@ONLY_ROOT
def test_root_without_user_namespaces_runs_the_server_as_nobody(
    no_namespaces: server_user.ServerUser, open_folder: Path
) -> None:
    try:
        server_user.check_reachable(no_namespaces, postgres.binaries())
    except ServiceError as error:
        pytest.skip(f"this checkout is closed to other users: {error}")
    layout = Layout(open_folder / "var")
    child = start_postgres(layout)
    try:
        identity = child.identity()
        assert identity is not None
        assert psutil.Process(identity.pid).username() == "nobody"
        assert psutil.Process(identity.pid).gids().real != 0
        assert postgres.answers(layout)
    finally:
        stop([child])


@ONLY_ROOT
def test_a_folder_closed_to_the_servers_user_is_named(
    no_namespaces: server_user.ServerUser, open_folder: Path
) -> None:
    open_folder.chmod(0o700)
    with pytest.raises(ServiceError, match=rf"{open_folder}\..*\n?.*DATABASE_URL"):
        server_user.check_reachable(no_namespaces, open_folder)
