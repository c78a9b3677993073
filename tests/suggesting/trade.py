"""A small trading company as three CSV files, uploaded and read, and a connection that knows the
fields of an Odoo 19 without there being a server."""

from collections.abc import Iterable
from io import BytesIO

from importer.choices import DatasetState
from importer.datasets import upload_dataset
from importer.jobs import execute_job
from importer.models import Connection, Dataset, Job, Project, User
from importer.schema_cache import SEED_MODELS, keep_model
from tests.suggesting.measuring import models_of_version

FILES = {
    "customers.csv": (
        "Customer ID,Company Name,Street,Zip Code,City,Country Code,E-mail\n"
        "C-1,Alder Ltd,1 High St,SW1A 1AA,London,GB,info@alder.example\n"
        "C-2,Birke GmbH,Hauptstr. 2,10115,Berlin,DE,post@birke.example\n"
        "C-3,Chêne SARL,3 rue Haute,69001,Lyon,FR,bonjour@chene.example\n"
    ),
    "orders.csv": (
        "Order Number,Customer ID,Order Date,Total\n"
        "SO-1,C-1,2026-01-05,70.00\n"
        "SO-2,C-3,2026-01-06,12.50\n"
        "SO-3,C-1,2026-01-07,8.00\n"
    ),
    "order_lines.csv": (
        "Order Number,Line No,Item Description,Quantity,Unit Price\n"
        "SO-1,1,Rope 10 m,2,20.00\n"
        "SO-1,2,Hook,3,10.00\n"
        "SO-2,1,Paint,1,12.50\n"
        "SO-3,1,Tar,4,2.00\n"
    ),
}


def read_files(by: User, project: Project, files: dict[str, str], name: str = "Trade") -> Dataset:
    """A dataset that a worker has read."""
    given = [(one, BytesIO(text.encode())) for one, text in files.items()]
    dataset, _ = upload_dataset(by=by, project=project, files=given, name=name)
    execute_job(str(Job.objects.get(object_id=dataset.pk).pk))
    dataset.refresh_from_db()
    assert dataset.state == DatasetState.READY, dataset.error
    return dataset


def known_connection(project: Project, models: Iterable[str] = SEED_MODELS) -> Connection:
    """One whose schema was read, with no server behind it."""
    connection = Connection.objects.create(
        project=project, name="Odoo", url="http://127.0.0.1:1", database="d"
    )
    facts = models_of_version(19)
    for name in models:
        if name in facts:
            keep_model(connection, facts[name])
    return connection
