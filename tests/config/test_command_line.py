"""`manage.py` on a checkout of its own: from nothing, while nothing runs, and all the way up."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.embedded.layout import Layout
from config.embedded.leftovers import end_leftovers
from config.embedded.state import read_state
from tests.own_services import PROJECT

Manage = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def manage(tmp_path: Path) -> Iterator[Manage]:
    """Runs `manage.py` with nothing configured but the folder for its data."""
    drop = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    env = {name: value for name, value in os.environ.items() if name not in drop}
    env["STOWAGE_VAR"] = str(tmp_path / "var")

    def run(*argv: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *argv],
            cwd=PROJECT,
            env={**env, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    yield run
    run("down")
    end_leftovers(Layout(tmp_path / "var"))


def test_a_command_says_how_to_start_what_it_needs(manage: Manage) -> None:
    done = manage("showmigrations")
    assert done.returncode == 1
    assert done.stderr == (
        "Stowage is not running here. Start it with `make up` (or `manage.py up`).\n"
    )


def test_down_without_up_says_so(manage: Manage) -> None:
    done = manage("down")
    assert (done.returncode, done.stdout) == (0, "Stowage was not running.\n")


def test_migrate_works_from_nothing_and_leaves_nothing_running(
    manage: Manage, tmp_path: Path
) -> None:
    done = manage("migrate", "--no-input", "-v", "0")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "var" / "postgres" / "postmaster.pid").exists()


def test_an_unreachable_server_of_ones_own_is_named(manage: Manage) -> None:
    done = manage(
        "showmigrations",
        DATABASE_URL="postgresql://me:hidden@127.0.0.1:1/goods",
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The database or the queue cannot be reached:")
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wished_port_that_is_taken_is_refused(manage: Manage) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = manage("serve", STOWAGE_PORT=str(port))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr


@pytest.mark.timeout(300)
def test_up_serves_until_down(manage: Manage, tmp_path: Path) -> None:
    up = manage("up")
    assert up.returncode == 0, up.stderr
    layout = Layout(tmp_path / "var")
    state = read_state(layout)
    assert state is not None
    wanted = {"postgres", "valkey", "web", "worker-1", "worker-2", "dispatch-1", "dispatch-2"}
    assert wanted - set(state.processes) == set()
    assert state.web in up.stdout
    with urllib.request.urlopen(f"{state.web}/healthz") as answer:
        assert json.load(answer) == {"database": "ok", "queue": "ok"}
    again = manage("up")
    assert (again.returncode, again.stdout) == (0, up.stdout)

    assert manage("down").stdout == "Stowage has stopped.\n"
    left = [name for name, identity in state.processes.items() if identity.process()]
    assert left == []
    assert read_state(layout) is None
