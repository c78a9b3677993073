"""Every table of an Odoo's PostgreSQL at two moments, and what differs. Reads only.

What may differ is listed here, each entry with its reason; sequences are no tables.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

ALLOWED_COLUMNS = {
    "write_date": "says when a record was last touched, and an undo touches what it gives back",
    "write_uid": "says who touched it last",
}
ALLOWED_TABLES = {
    r"mail_(message|mail|notification|tracking_value|followers)": "the chatter is a log",
    r"mail_(message|mail|notification)_.*_rel": "the chatter is a log",
    r"mail_followers_mail_message_subtype_rel": "the chatter is a log",
    r"message_attachment_rel": "the chatter is a log",
    r"bus_.*": "messages to open browsers, deleted by Odoo after minutes",
    r"ir_logging": "a log",
    r"res_users_log": "a line for each login",
    r"res_device_log": "a line for each session",
    r"orm_signaling_.*": "counters that tell Odoo's processes to drop their caches",
    r"ir_profile": "a log of profiling",
}
ALLOWED_CELLS = {
    ("ir_sequence", "number_next"): "numbers of documents are not given back, as a sequence's",
    ("ir_sequence_date_range", "number_next"): "the same for a year's or a month's numbers",
}

Cells = dict[str, object]
Snapshot = dict[str, Counter[str] | dict[str, str]]
"""Table -> key -> the row as JSON text; rows of a table without a key are counted."""


@contextmanager
def reader(dsn: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection that cannot write."""
    with psycopg.connect(dsn, options="-c default_transaction_read_only=on") as connection:
        yield connection


def snapshot(dsn: str) -> Snapshot:
    """Every table of the public schema, all in one transaction."""
    with reader(dsn) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return {table: _rows(connection, table, keys) for table, keys in _tables(connection)}


def _tables(connection: "psycopg.Connection[tuple[object, ...]]") -> list[tuple[str, list[str]]]:
    found = connection.execute(
        """SELECT c.relname, coalesce((
          SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_index i
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
          WHERE i.indrelid = c.oid AND i.indisprimary), '{}')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' ORDER BY 1"""
    ).fetchall()
    return [(str(name), list(keys)) for name, keys in found]  # type: ignore[call-overload]


def _rows(
    connection: "psycopg.Connection[tuple[object, ...]]", table: str, keys: list[str]
) -> Counter[str] | dict[str, str]:
    name = sql.Identifier(table)
    if not keys:
        query = sql.SQL("SELECT to_jsonb(t)::text FROM {} AS t").format(name)
        return Counter(str(row[0]) for row in connection.execute(query))
    columns = sql.SQL(", ").join(sql.Identifier(one) for one in keys)
    query = sql.SQL("SELECT jsonb_build_array({})::text, to_jsonb(t)::text FROM {} AS t").format(
        columns, name
    )
    return {str(key): str(row) for key, row in connection.execute(query)}


@dataclass
class TableDiff:
    """``more`` and ``fewer``: keys that came and went; ``changed``: column -> keys."""

    more: dict[str, Cells] = field(default_factory=dict)
    fewer: dict[str, Cells] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.more or self.fewer or self.changed)

    @property
    def sentence(self) -> str:
        parts = [f"{len(self.more)} rows more"] if self.more else []
        parts += [f"{len(self.fewer)} rows fewer"] if self.fewer else []
        parts += [f"{column} of {len(keys)} rows" for column, keys in self.changed.items()]
        return ", ".join(parts)


def compare(before: Snapshot, after: Snapshot) -> tuple[dict[str, TableDiff], dict[str, TableDiff]]:
    """(what may not differ and does, what may), by table."""
    bad: dict[str, TableDiff] = {}
    allowed: dict[str, TableDiff] = {}
    for table in sorted({*before, *after}):
        diff = _difference(before.get(table, {}), after.get(table, {}))
        if reason_for(table):
            bad_part, allowed_part = TableDiff(), diff
        else:
            bad_part, allowed_part = _split(table, diff)
        if bad_part:
            bad[table] = bad_part
        if allowed_part:
            allowed[table] = allowed_part
    return bad, allowed


def reason_for(table: str) -> str:
    """Why anything in the table may differ; empty where nothing may."""
    return next((why for rule, why in ALLOWED_TABLES.items() if re.fullmatch(rule, table)), "")


def _split(table: str, diff: TableDiff) -> tuple[TableDiff, TableDiff]:
    may = {
        column
        for column in diff.changed
        if column in ALLOWED_COLUMNS or (table, column) in ALLOWED_CELLS
    }
    good = TableDiff(changed={name: keys for name, keys in diff.changed.items() if name in may})
    rest = {name: keys for name, keys in diff.changed.items() if name not in may}
    return TableDiff(diff.more, diff.fewer, rest), good


def _difference(
    before: Mapping[str, int] | Mapping[str, str], after: Mapping[str, int] | Mapping[str, str]
) -> TableDiff:
    diff = TableDiff()
    for key in after.keys() - before.keys():
        diff.more[key] = _cells(key, after[key])
    for key in before.keys() - after.keys():
        diff.fewer[key] = _cells(key, before[key])
    for key in before.keys() & after.keys():
        old, new = before[key], after[key]
        if old != new:
            _add_changed(diff, key, old, new)
    return diff


def _add_changed(diff: TableDiff, key: str, old: int | str, new: int | str) -> None:
    if isinstance(old, int) or isinstance(new, int):
        diff.changed.setdefault("number of equal rows", []).append(key)
        return
    was, now = json.loads(old), json.loads(new)
    for name in was.keys() | now.keys():
        if was.get(name) != now.get(name):
            diff.changed.setdefault(name, []).append(key)


def _cells(key: str, row: int | str) -> Cells:
    found: Cells = json.loads(key if isinstance(row, int) else row)
    return found
