"""A list asks the database as often for many rows as for one."""

import copy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from graphs.models import GraphRun
from graphs.recipes import create_from_recipe
from graphs.runs import start_run
from importer.models import Dataset, DatasetFile, Sheet
from tests.api.conftest import RECIPE, Harbour, client_of
from tests.graphs.building import make_connection

LISTS = ["connections", "datasets", "entities", "mappings", "value-maps", "jobs", "graphs", "runs"]


def queries(client: APIClient, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(captured)


def more_of_everything(harbour: Harbour) -> None:
    for number in range(4):
        recipe: dict[str, Any] = copy.deepcopy(RECIPE)
        recipe["name"] = f"Graph {number}"
        recipe["value_maps"] = {f"Map {number}": {}}
        for mapping in recipe["mappings"]:
            mapping["name"] += str(number)
            mapping["entity"]["name"] += str(number)
        recipe["nodes"] = RECIPE["nodes"]
        create_from_recipe(recipe, by=harbour.operator, project=harbour.project)
        make_connection(harbour.project, f"Target {number}")
        dataset = Dataset.objects.create(project=harbour.project, name=f"D{number}")
        file = DatasetFile.objects.create(
            project=harbour.project, dataset=dataset, name="f", size=1
        )
        Sheet.objects.create(
            project=harbour.project, dataset=dataset, file=file, name="s", position=0, n_rows=1
        )
        start_run(harbour.graph, by=harbour.operator, dry_run=True)


@pytest.mark.parametrize("kind", LISTS)
def test_lists_do_not_ask_again_for_each_row(harbour: Harbour, kind: str) -> None:
    start_run(harbour.graph, by=harbour.operator, dry_run=True)
    client = client_of(harbour.operator)
    before = queries(client, f"/api/{kind}")
    more_of_everything(harbour)
    assert queries(client, f"/api/{kind}") == before <= 12


def test_progress_costs_the_same_for_any_number_of_nodes(harbour: Harbour) -> None:
    run = start_run(harbour.graph, by=harbour.operator, dry_run=True)
    client = client_of(harbour.operator)
    address = f"/api/graph-runs/{run.pk}/progress"
    before = queries(client, address)
    node = run.node_runs.get(node_id="products")
    for number in range(5):
        node.pk, node.node_id, node.position = None, f"n{number}", 10 + number
        node.save()
    assert GraphRun.objects.get().node_runs.count() == 7
    assert queries(client, address) == before <= 8
