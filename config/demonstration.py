"""What `make demo` sets up before it runs the main job: a user, a project, the sandbox as a
connection, the sample workbook as a dataset, the sample graph. All through the verbs; what an
earlier demo made is used again.
"""

import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from graphs.models import Graph
from graphs.recipes import create_from_recipe, read_recipe
from importer import connections, datasets, projects
from importer.choices import DatasetState, Environment
from importer.errors import Refused
from importer.models import Connection, Dataset, Project, User

_USER = "admin"
_PROJECT = "Harbour demo"
_CONNECTION = "Sandbox Odoo"
_READ_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Account:
    """A login for the admin; the password is known only to whoever ran the demo."""

    user: User
    password: str


def make_account() -> Account:
    """The superuser ``admin`` with a new random password each time."""
    password = secrets.token_urlsafe(12)
    user, _made = User.objects.get_or_create(username=_USER)
    user.is_staff = user.is_superuser = True
    user.set_password(password)
    user.save()
    return Account(user, password)


def make_project(by: User) -> Project:
    project = Project.objects.filter(name=_PROJECT).first()
    project = project or projects.create_project(by=by, name=_PROJECT)
    projects.switch_project(by, project)
    return project


def make_connection(by: User, project: Project, *, url: str) -> Connection:
    """The sandbox as a tested connection."""
    known = Connection.objects.filter(project=project, url=url, database="sandbox").first()
    connection = known or connections.add_connection(
        by=by,
        project=project,
        name=_CONNECTION,
        url=url,
        database="sandbox",
        login="admin",
        secret="admin",
        environment=Environment.SANDBOX,
    )
    report = connections.test_connection(connection, by=by)
    if not report.ok:
        raise Refused(report.sentence)
    return connection


def upload(by: User, project: Project, *paths: Path) -> Dataset:
    """The files as one dataset, read by a worker."""
    dataset, _is_new = datasets.upload_dataset(
        by=by, project=project, files=[(path.name, path) for path in paths]
    )
    deadline = time.monotonic() + _READ_SECONDS
    while dataset.state not in (DatasetState.READY, DatasetState.FAILED):
        if time.monotonic() > deadline:
            raise Refused("No worker read the files within a minute; see the logs in var/log.")
        time.sleep(0.1)
        dataset.refresh_from_db()
    if dataset.state == DatasetState.FAILED:
        raise Refused(dataset.error)
    return dataset


def make_graph(
    by: User, project: Project, recipe: Path, *, connection: Connection, dataset: Dataset
) -> Graph:
    parsed = read_recipe(recipe.read_text(encoding="utf-8"))
    known = Graph.objects.filter(project=project, name=parsed["name"]).first()
    return known or create_from_recipe(
        parsed, by=by, project=project, connection=connection, dataset=dataset
    )
