"""Empties the test database after a test that committed: only the tables that hold something.

Django's own way makes every table and index anew, and then all content types and permissions; for
the few rows of a test that takes twenty times as long. Content types and permissions stay.
"""

from functools import cache

import psycopg
from django.apps import apps
from django.test import TransactionTestCase
from psycopg import sql

from config.embedded import postgres
from tests.own_services import DATABASE, LAYOUT

_LARGE_BYTES = 400_000
_STAYING = frozenset({"django_content_type", "auth_permission"})


def empty_quickly() -> None:
    """From now on ``transactional_db`` and what stands on it clean up in this way."""
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]


def _empty(_test: TransactionTestCase) -> None:
    """Waits for whoever is still writing, as TRUNCATE would."""
    owner = _connection()
    with owner.transaction():
        owner.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(_listed(_tables())))
        filled = [(str(name), int(size)) for name, size in owner.execute(_look()).fetchall()]
        for name, _ in filled:
            owner.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
    large = [name for name, size in filled if size > _LARGE_BYTES]
    if large:
        owner.execute(sql.SQL("VACUUM {}").format(_listed(large)))


@cache
def _connection() -> psycopg.Connection:
    """The superuser's: in its role no trigger and no foreign key is asked, row for row."""
    connection = postgres.connect(LAYOUT, database=DATABASE)
    connection.execute("SET session_replication_role = replica")
    return connection


@cache
def _tables() -> tuple[str, ...]:
    models = apps.get_models(include_auto_created=True)
    names = {one._meta.db_table for one in models if one._meta.managed and not one._meta.proxy}
    return tuple(sorted(names - _STAYING))


@cache
def _look() -> sql.Composed:
    """Which tables hold rows, and how large they are."""
    one = "SELECT {name}, pg_relation_size({name}::regclass) WHERE EXISTS (SELECT FROM {table})"
    return sql.SQL(" UNION ALL ").join(
        sql.SQL(one).format(name=sql.Literal(name), table=sql.Identifier(name))
        for name in _tables()
    )


def _listed(names: tuple[str, ...] | list[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)
