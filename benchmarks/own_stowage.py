"""A Stowage of one's own in a temporary folder, with a sandbox Odoo, for measuring what happens
when its processes are killed.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import django

from benchmarks.changed_books import changed_northwind

if TYPE_CHECKING:
    from graphs.models import Graph, GraphRun
    from importer.models import User

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Odoo:
    """Where records go and as whom."""

    url: str
    database: str = "sandbox"
    login: str = "admin"
    secret: str = "admin"
    environment: str = "sandbox"


@dataclass(frozen=True, slots=True)
class Source:
    """What is loaded: the files of one dataset, the same with changes, and the graph's recipe."""

    name: str
    files: tuple[Path, ...]
    recipe: dict[str, Any]
    changed: tuple[Path, ...] = ()


def manage(*words: str) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True, capture_output=True)


@contextmanager
def stowage(folder: Path) -> Iterator[None]:
    """A Stowage of its own whose data is in ``folder``, attached to this process."""
    os.environ["STOWAGE_VAR"] = str(folder)
    os.environ["STOWAGE_SANDBOX"] = "false"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    manage("up")
    try:
        django.setup()
        yield
    finally:
        manage("down")


@contextmanager
def sandbox(version: str = "17", *, is_null: bool = False) -> Iterator[Odoo]:
    """In a process of its own, with the records it begins with; ``is_null``: it answers ids at once
    and stores nothing."""
    command = [sys.executable, "-m", "importer.odoo.sandbox", "--version", version, "--port", "0"]
    command += ["--null"] if is_null else []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Odoo(process.stdout.readline().split()[-1])
        finally:
            process.terminate()


def trade(folder: Path, rows: int) -> Source:
    """About so many made rows: companies, contacts, products, orders, lines."""
    from benchmarks.trade import RECIPE, write_trade

    book, changed = folder / "trade.xlsx", folder / "trade, changed.xlsx"
    write_trade(book, rows)
    write_trade(changed, rows, is_changed=True)
    return Source(f"{rows} made rows", (book,), RECIPE, (changed,))


def northwind(folder: Path) -> Source | None:
    """The public example, where STOWAGE_NORTHWIND names its folder; what is made of it goes to
    ``folder``."""
    given = os.environ.get("STOWAGE_NORTHWIND", "")
    if not given:
        return None
    recipe = (ROOT / "docs" / "examples" / "northwind" / "graph.json").read_text(encoding="utf-8")
    files = tuple(sorted(Path(given).glob("*.csv")))
    changed = folder / "changed northwind"
    changed.mkdir()
    return Source("Northwind", files, json.loads(recipe), changed_northwind(Path(given), changed))


def prepare(boss: "User", name: str, source: Source, odoo: Odoo) -> "Graph":
    """A graph that is ready to be run, in a project of its own."""
    from config.demonstration import upload
    from graphs.recipes import create_from_recipe, read_recipe
    from importer.connections import add_connection, test_connection
    from importer.projects import create_project

    project = create_project(by=boss, name=name)
    connection = add_connection(
        by=boss,
        project=project,
        name=name,
        url=odoo.url,
        database=odoo.database,
        login=odoo.login,
        secret=odoo.secret,
        environment=odoo.environment,
    )
    report = test_connection(connection, by=boss)
    if not report.ok:
        raise SystemExit(report.sentence)
    return create_from_recipe(
        read_recipe(json.dumps(source.recipe)),
        by=boss,
        project=project,
        connection=connection,
        dataset=upload(boss, project, *source.files),
    )


def patiently(ask: Callable[[], T]) -> T:
    """What ``ask`` gives, over the time that a killed database needs to come back."""
    from django.db import DatabaseError, InterfaceError, connection

    until = time.monotonic() + 60
    while True:
        try:
            return ask()
        except (DatabaseError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


def is_over(run: "GraphRun") -> bool:
    run.refresh_from_db()
    return run.is_finished


def wait_for_jobs() -> None:
    """Until nothing is read or profiled any more."""
    from importer.models import Job

    while patiently(Job.objects.filter(state__in=("pending", "running")).exists):
        time.sleep(0.1)


def wait_over(run: "GraphRun", seconds: float) -> bool:
    """Whether the run ended in that time."""
    until = time.monotonic() + seconds
    while not patiently(lambda: is_over(run)):
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True
