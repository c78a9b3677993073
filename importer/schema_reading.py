"""Reads models and fields of a connection's Odoo into the cache: some now, or in a job all that the
project needs.
"""

from collections.abc import Sequence

from django.utils import timezone

from importer.background import Progress, ask_for_job
from importer.choices import JobKind
from importer.database_identity import check_fingerprint
from importer.errors import Refused
from importer.models import Connection, Job, User
from importer.odoo.errors import AccessRefused, Unsupported
from importer.odoo.protocols import OdooClient
from importer.odoo.schema import installed_modules, read_schema, with_labels
from importer.odoo_logins import open_client
from importer.rights import require
from importer.schema_cache import (
    SEED_MODELS,
    forget_model,
    keep_model,
    keep_places,
    models_in_use,
)


def ask_for_schema(connection: Connection, *, by: User) -> Job:
    """Have the schema read again in the background."""
    require(by, "refresh_schema", connection.project)
    return ask_for_job(
        by=by, project=connection.project, kind=JobKind.REFRESH_SCHEMA, object_id=connection.pk
    )


def refresh_schema(
    connection: Connection, models: Sequence[str], *, by: User | None = None
) -> None:
    """Read these models again into the cache. A model that the database does not have is
    forgotten; any other OdooError is raised. ``by`` is None within a run."""
    if by is not None:
        require(by, "refresh_schema", connection.project)
    client = open_client(connection)
    try:
        for model in models:
            _refresh_model(connection, client, model)
    finally:
        client.close()


def _refresh_model(
    connection: Connection, client: OdooClient, model: str, languages: Sequence[str] = ()
) -> None:
    """With labels in these languages too, which only the job asks for: a run needs none."""
    try:
        facts = with_labels(client, read_schema(client, model), languages)
    except Unsupported:
        forget_model(connection, model)
    else:
        keep_model(connection, facts)


def do_refresh_job(job: Job, progress: Progress) -> None:
    """The body of a job of kind refresh_schema: modules, then every model that the project uses,
    then those that people use most; of the last, what this login may not see is passed over."""
    connection = Connection.objects.filter(pk=job.object_id).first()
    if connection is None:
        raise Refused("The connection was deleted before its schema was read.")
    used = models_in_use(connection)
    models = list(dict.fromkeys((*used, *SEED_MODELS)))
    client = open_client(connection)
    try:
        check_fingerprint(connection, client)
        modules = installed_modules(client)
        keep_places(connection, client)
        for index, model in enumerate(models):
            progress.report(index, len(models), f"Reading {model}")
            _refresh_or_pass(connection, client, model, is_used=model in used)
    finally:
        client.close()
    Connection.objects.filter(pk=connection.pk).update(
        modules=sorted(modules), schema_taken_at=timezone.now()
    )


def _refresh_or_pass(
    connection: Connection, client: OdooClient, model: str, *, is_used: bool
) -> None:
    try:
        _refresh_model(connection, client, model, connection.languages)
    except AccessRefused:
        if is_used:
            raise
        forget_model(connection, model)
