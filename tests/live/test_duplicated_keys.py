"""5 000 rows of which 50 are bad, 5 of them by another row's key, on a real Odoo: the 50 are named,
the 4 950 arrive as they stand in the sheet, and an undo takes them away. ``ODOO_TEST_URL``,
``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and ``ODOO_TEST_SECRET`` say which server.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphs.models import GraphRun
from graphs.runs import start_rollback
from importer.connections import open_client
from importer.models import Project
from tests.graphs.harbour import Harbour
from tests.graphs.test_duplicated_keys_are_named import check_peers, peers
from tests.live.reading import Witness
from tests.live.test_the_dirty_workbook import end

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(
        "ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no live server"
    ),
]


@pytest.fixture
def port(project: Project, asked: Any, tmp_path: Path) -> Iterator[Harbour]:
    there = Witness.of_environment()
    login = {"database": there.database, "login": there.login, "secret": there.secret}
    made = peers(project, tmp_path, url=there.url, environment="staging", **login)
    client = open_client(made.connection)
    tag = client.create_record("res.partner.category", {"name": "Member"})
    asked.clear()
    yield made
    client.unlink("res.partner.category", [tag])
    client.close()


def test_rows_that_would_overwrite_another_are_named_and_all_others_are_right(
    port: Harbour, drain: Any
) -> None:
    witness = Witness.of_environment()
    before = witness.count("res.partner")
    check_peers(port, lambda run: end(run, drain))
    run = GraphRun.objects.filter(kind="load").latest("created_at")
    back = end(start_rollback(run, by=port.admin), drain)
    assert (back.status, witness.count("res.partner")) == ("completed", before)
