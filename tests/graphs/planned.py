"""A small finished run on a sandbox whose rollback can be planned, for the tests of each door."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from graphs.models import GraphRun
from graphs.runs import start_run
from importer.connections import open_client
from importer.models import KeyMap, Project
from tests.graphs.harbour import Harbour, harbour


@contextmanager
def categories_loaded(project: Project, drain: Callable[[], int]) -> Iterator[Harbour]:
    """The demo's categories, loaded; a product that somebody made uses one of them."""
    with harbour(project, only=("categories",)) as port:
        start_run(port.graph, by=port.admin)
        drain()
        used = KeyMap.objects.order_by("pk")[0].odoo_id
        client = open_client(port.connection)
        client.create_record("product.template", {"name": "Mine", "categ_id": used})
        client.close()
        yield port


def the_run() -> Any:
    return GraphRun.objects.get(kind="load")
