"""A list of the admin asks the database as often for many rows as for one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from graphs.runs import start_run
from tests.admin.conftest import Visit
from tests.api.conftest import Harbour
from tests.api.test_queries_stay_few import more_of_everything

LISTS = ["graphs/graph", "graphs/graphrun", "graphs/runlog", "importer/dataset",
         "importer/mapping", "importer/entity", "importer/valuemap", "importer/connection",
         "importer/job", "importer/sheet"]  # fmt: skip


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("page", LISTS)
def test_lists_do_not_ask_again_for_each_row(harbour: Harbour, visit: Visit, page: str) -> None:
    client = visit()
    start_run(harbour.graph, by=harbour.operator, dry_run=True)
    before = queries(client, f"/admin/{page}/")
    more_of_everything(harbour)
    assert queries(client, f"/admin/{page}/") == before


def test_the_first_page_and_a_runs_page_do_not_either(harbour: Harbour, visit: Visit) -> None:
    client = visit()
    run = start_run(harbour.graph, by=harbour.operator, dry_run=True)
    addresses = ("/admin/", f"/admin/graphs/graphrun/{run.pk}/live/")
    before = [queries(client, address) for address in addresses]
    more_of_everything(harbour)
    node = run.node_runs.get(node_id="products")
    for number in range(5):
        node.pk, node.node_id, node.position = None, f"n{number}", 10 + number
        node.save()
    assert [queries(client, address) for address in addresses] == before
