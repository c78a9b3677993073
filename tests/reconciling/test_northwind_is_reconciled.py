"""Northwind, found by STOWAGE_NORTHWIND: the report of its run says the same of both sides."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from graphs.models import Reconciliation
from graphs.runs import start_run
from importer.models import Project
from tests.graphs.harbour import Harbour
from tests.graphs.test_northwind import port as northwind

FOLDER = os.environ.get("STOWAGE_NORTHWIND", "")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
    pytest.mark.skipif(not FOLDER, reason="STOWAGE_NORTHWIND names no folder"),
]
port = northwind


def test_every_number_is_the_same_on_both_sides(port: Harbour, drain: Any) -> None:
    run = start_run(port.graph, by=port.admin)
    drain()
    made = Reconciliation.objects.get(run=run)
    import json

    print(json.dumps(made.report, indent=1, ensure_ascii=False)[:60000])
    print(made.error_message)
    assert made.state == "ready", made.error_message
