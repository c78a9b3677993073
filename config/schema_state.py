"""Whether the tables are those that this code expects, said in a sentence. Changes nothing."""

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from psycopg.errors import UndefinedColumn, UndefinedTable

_OWN_APPS = ("importer", "graphs", "templates_app", "assistant")
_Names = list[tuple[str, str]]


def schema_problem() -> str:
    """What is wrong with the tables and what to do; "" while all migrations are as they are here.
    DatabaseError when the database cannot be asked."""
    loader = MigrationLoader(connection)
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    missing = [name for name in loader.graph.nodes if name not in applied]
    unknown = [name for name in applied - known if name[0] in _OWN_APPS]
    if unknown:
        return (
            f"The database was changed by a newer Stowage: {_listed(unknown)} not known here. "
            "Run that version, or go back to a backup made before it."
        )
    if missing:
        return (
            f"The database is older than this Stowage: {_listed(missing)} missing. Run "
            "`manage.py migrate`, or `manage.py down` and `up`, which do it at the start."
        )
    return ""


def explain(error: DatabaseError) -> str:
    """Why a table or column is not there; "" for any other error."""
    if not isinstance(error.__cause__, UndefinedColumn | UndefinedTable):
        return ""
    return schema_problem() or (
        "The tables are not those that the recorded migrations make: this database comes from a "
        "Stowage that was never released. Begin anew: stop Stowage, move its var/ away, start."
    )


def _listed(names: _Names) -> str:
    texts = [f"{app}.{name}" for app, name in sorted(names)]
    return f"migration {texts[0]} is" if len(texts) == 1 else f"migrations {', '.join(texts)} are"
