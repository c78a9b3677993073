"""The two database roles and what each may do: the owner makes tables, the app uses their rows."""

import psycopg
from psycopg import sql

from config.embedded.layout import APP_ROLE, DATABASE, OWNER_ROLE

_LIMITS = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"


def ensure_roles(connection: psycopg.Connection) -> None:
    """Both roles, without any right that would let the app step round the owner."""
    for role in (OWNER_ROLE, APP_ROLE):
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        statement = "ALTER ROLE {} WITH " if known else "CREATE ROLE {} WITH "
        connection.execute(sql.SQL(statement + _LIMITS).format(sql.Identifier(role)))


def ensure_database(
    connection: psycopg.Connection, name: str = DATABASE, *, template: str = "template1"
) -> None:
    """The database, owned by the owner's role and closed to every role but our two."""
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    database = sql.Identifier(name)
    if not known:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                database, sql.Identifier(OWNER_ROLE), sql.Identifier(template)
            )
        )
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
            database, sql.Identifier(APP_ROLE)
        )
    )


def grants_to(role: str) -> list[str]:
    """What the owner says in its database so that ``role`` can use its tables, also later ones."""
    quoted = '"' + role.replace('"', '""') + '"'
    rows = "SELECT, INSERT, UPDATE, DELETE"
    return [
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT {rows} ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rows} ON TABLES TO {quoted}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {quoted}",
    ]
