"""A pytest plugin that gives a test session a PostgreSQL and a Valkey of its own.

It is loaded before Django's settings (``-p`` in pyproject.toml): importing it puts the addresses
into the environment, so that settings, xdist workers and subprocesses agree. The servers start at
the first test that needs them, or at once under xdist; they live in a folder below the system's
temporary one and end with the session.
"""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from config.embedded import postgres, roles
from config.embedded.data_services import quick_services
from config.embedded.layout import APP_ROLE, OWNER_ROLE, Layout

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATE = "stowage_template"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
DATABASE = f"test_{WORKER or 'main'}"

if not WORKER:
    os.environ["STOWAGE_TEST_FOLDER"] = tempfile.mkdtemp(prefix="stowage-tests-")
    atexit.register(shutil.rmtree, os.environ["STOWAGE_TEST_FOLDER"], ignore_errors=True)
FOLDER = Path(os.environ["STOWAGE_TEST_FOLDER"])
LAYOUT = Layout(FOLDER)
REDIS_NUMBER = int(WORKER.removeprefix("gw")) + 1 if WORKER else 0

os.environ["STOWAGE_VAR"] = str(FOLDER / DATABASE)
os.environ["DATABASE_URL"] = LAYOUT.database_url(APP_ROLE, DATABASE)
os.environ["DATABASE_OWNER_URL"] = LAYOUT.database_url(OWNER_ROLE, DATABASE)
os.environ["REDIS_URL"] = LAYOUT.redis_url.replace("db=0", f"db={REDIS_NUMBER}")
for name in ("STOWAGE_DB_ROLE", "STOWAGE_PORT", "STOWAGE_SECRET_KEY", "STOWAGE_SECRET_KEYS"):
    os.environ.pop(name, None)

_running = ExitStack()


def ensure_started() -> None:
    """Start both servers unless this session has done so; under xdist the controller has."""
    started = FOLDER / "started"
    if WORKER or started.exists():
        return
    _running.enter_context(quick_services(LAYOUT))
    started.touch()


def make_database() -> None:
    """This process's database: a copy of one that was migrated once, by the owner's role."""
    ensure_started()
    with _one_at_a_time(), postgres.connect(LAYOUT) as connection:
        if not (FOLDER / "migrated").exists():
            roles.ensure_database(connection, TEMPLATE)
            _migrate_template()
            (FOLDER / "migrated").touch()
        roles.ensure_database(connection, DATABASE, template=TEMPLATE)


def _migrate_template() -> None:
    env = {**os.environ, "DATABASE_OWNER_URL": LAYOUT.database_url(OWNER_ROLE, TEMPLATE)}
    argv = [sys.executable, "manage.py", "migrate", "--no-input", "-v", "0"]
    done = subprocess.run(argv, cwd=PROJECT, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.exit(f"The test database cannot be migrated:\n{done.stderr}", returncode=3)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (FOLDER / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def pytest_sessionstart(session: pytest.Session) -> None:
    if getattr(session.config.option, "numprocesses", None):
        ensure_started()


def pytest_unconfigure() -> None:
    if not WORKER:
        _running.close()
