"""The dirty workbook on a real Odoo: the local plan blames no good row, it and Odoo's own dry run
together leave nothing for the run to find, and an undo takes all of it away again.
``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and ``ODOO_TEST_SECRET`` say which server
(modules: sale_management, hr, account). ``-s`` shows what each step said.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from graphs.choices import RunStatus
from graphs.dispatching import tick
from graphs.models import GraphRun
from graphs.recipes import create_from_recipe, read_recipe
from graphs.runs import start_rollback, start_run
from importer.choices import IssueStage, Role
from importer.connections import add_connection, open_client
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Issue, Job, Membership, Project, User
from tests.dirty.book import write_zip
from tests.dirty.good import SHEETS
from tests.graphs.harbour import Harbour
from tests.graphs.test_the_dirty_workbook import (
    RECIPE,
    TAGS,
    every_good_row_is_there,
    said_by_the_plan,
)
from tests.live.reading import Witness

MODELS = (
    *("res.partner", "product.template", "product.product", "sale.order", "sale.order.line"),
    *("hr.employee", "resource.resource", "account.journal", "ir.attachment", "mail.alias"),
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]


@pytest.fixture
def port(project: Project, asked: Any, tmp_path: Path) -> Iterator[Harbour]:
    admin = User.objects.create_user("master", password="a long password")
    Membership.objects.create(project=project, user=admin, role=Role.ADMIN)
    files = [("dirty.zip", write_zip(tmp_path / "dirty.zip"))]
    dataset, _ = upload_dataset(by=admin, project=project, files=files)
    execute_job(str(Job.objects.get(object_id=dataset.pk, kind="read_dataset").pk))
    dataset.refresh_from_db()
    witness = Witness.of_environment()
    connection = add_connection(
        by=admin,
        project=project,
        name="Live",
        url=witness.url,
        database=witness.database,
        login=witness.login,
        secret=witness.secret,
        environment="staging",
    )
    client = open_client(connection)
    tags = [client.create_record("res.partner.category", {"name": name}) for name in TAGS]
    recipe = read_recipe(RECIPE.read_text(encoding="utf-8"))
    graph = create_from_recipe(
        recipe, by=admin, project=project, connection=connection, dataset=dataset
    )
    asked.clear()
    yield Harbour(admin, project, connection, dataset, graph, witness.url)
    client.unlink("res.partner.category", tags)
    client.close()


def test_the_two_dry_runs_together_leave_nothing_for_the_run_to_find(
    port: Harbour, drain: Any
) -> None:
    before = numbers(port)
    local = end(start_run(port.graph, by=port.admin, dry_run=True), drain)
    tell("local", local)
    said_by_the_plan(local)
    tried = end(start_run(port.graph, by=port.admin, dry_run=True, depth="server"), drain)
    tell("server", tried)
    assert numbers(port) == before
    run = end(start_run(port.graph, by=port.admin), drain)
    tell("run", run)
    wrong = [said for sheet in SHEETS if (said := differing(port, sheet))]
    back = end(start_rollback(run, by=port.admin), drain)
    tell("undo", back)
    assert sorted(refused(run) - refused(tried)) == [], "missed by both dry runs"
    assert wrong == []
    assert (back.status, numbers(port)) == ("completed", before)


def refused(run: GraphRun) -> set[tuple[str, int]]:
    """Sheet and row of all that may not be loaded."""
    issues = Issue.objects.filter(load__node_run__run=run, level="error")
    return set(issues.values_list("sheet", "row"))


def differing(port: Harbour, sheet: str) -> str:
    try:
        every_good_row_is_there(port, sheet)
    except AssertionError as error:
        return f"{sheet}: {error}"
    return ""


def numbers(port: Harbour) -> dict[str, int]:
    witness = Witness.of_environment()
    ours = ["module", "=", port.project.namespace]
    found = {model: witness.count(model) for model in MODELS}
    return {**found, "ir.model.data": witness.count("ir.model.data", ours)}


def end(run: GraphRun, drain: Any) -> GraphRun:
    """When nothing is left to do, also after leases that had to run out."""
    until = time.monotonic() + 600
    drain()
    run.refresh_from_db()
    while run.status == RunStatus.RUNNING and time.monotonic() < until:
        time.sleep(1)
        tick(timezone.now())
        drain()
        run.refresh_from_db()
    return run


def tell(step: str, run: GraphRun) -> None:
    issues = Issue.objects.filter(load__node_run__run=run)
    sys.stdout.write(f"{step.upper()} {run.status}: {issues.count()} issues, ")
    said = issues.filter(stage=IssueStage.ODOO)
    sys.stdout.write(f"{len(said)} of them by Odoo\n")
    for one in said:
        sys.stdout.write(f"  {one.sheet} {one.row} {one.column} {one.code}: {one.message}\n")
    sys.stdout.flush()
