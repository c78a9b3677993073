"""Lists what differs, key by key: missing in Odoo, there besides, other values. One row a finding.

``kind``: missing, extra, different. Stands on the tables of ``tables`` and ``relations``.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from duckdb import DuckDBPyConnection

from importer.data.duck import quote
from importer.engine.desk import Desk
from importer.engine.extracts import copy_out
from importer.engine.reconciling import tables
from importer.engine.reconciling.fields import Checked, value_column
from importer.engine.reconciling.relations import names_of_values, shown_cell
from importer.engine.undoing.reading import user_names

_SHOWN_KEY = """array_to_string(from_json({key}, '["VARCHAR"]'), ', ')"""
_TABLE = """
CREATE TEMP TABLE differing (kind VARCHAR, key VARCHAR, sheet_row BIGINT, odoo_id BIGINT,
  field VARCHAR, label VARCHAR, source VARCHAR, odoo VARCHAR, is_relation BOOLEAN, state VARCHAR,
  origin VARCHAR, known_date VARCHAR, position BIGINT)"""
_WHY_LEFT = "The mapping leaves records alone that were there before."
_WHY_GONE = "It was loaded, and is not in Odoo any more, or hidden from the login."
_WHY_UNSENT = "It was not sent."
_WHY_ABSENT = "The mapping only updates, and there was no such record."
_WHY_AGAIN = "Another row has the same key."
_WHY_NO_KEY = "It has no key."
_WHY_EXTRA = "Loaded before, and in no row of this sheet."
_WHY_STUB = "A stub that rows refer to; its own row has not come yet."
_WHY_STRAY = "An external id of ours that the key map does not know."
_ISSUES = (
    "SELECT position, row, level, message FROM importer_issue WHERE load_id = %s "
    "AND level IN ('error', 'blocked')"
)


def start(duck: DuckDBPyConnection) -> None:
    """Make the table ``differing``, empty."""
    duck.execute(_TABLE)


def add_missing(duck: DuckDBPyConnection) -> None:
    """Rows without a record in Odoo."""
    duck.execute("""
INSERT INTO differing
SELECT 'missing', s.key, s.sheet_row, s.id, '', '', '', '', FALSE,
  CASE WHEN s.key IS NULL THEN 'no_key' WHEN NOT s.is_first THEN 'again'
    WHEN s.id IS NOT NULL OR s.state = 'gone' THEN 'gone' ELSE 'unsent' END,
  s.origin, s.known_date, s.position
FROM src AS s LEFT JOIN odoo AS o ON o.id = s.id WHERE o.id IS NULL""")


def add_extra(duck: DuckDBPyConnection) -> None:
    """Records that the key map has of keys that no row has."""
    duck.execute("""
INSERT INTO differing
SELECT 'extra', k.key, NULL, k.id, '', '', '', '', FALSE, k.state, k.origin, k.write_date, NULL
FROM known AS k WHERE k.state <> 'gone'
  AND k.key NOT IN (SELECT key FROM src WHERE key IS NOT NULL)
  AND k.key NOT IN (SELECT key FROM aside WHERE key IS NOT NULL)""")


def drop_extra_that_are_gone(duck: DuckDBPyConnection, there: Sequence[int]) -> None:
    """Where it was looked: what is not in Odoo is nothing besides."""
    duck.execute(
        "DELETE FROM differing WHERE kind = 'extra' "
        "AND odoo_id NOT IN (SELECT unnest(?::BIGINT[]))",
        [list(there)],
    )


def add_strays(duck: DuckDBPyConnection, strays: Mapping[str, int]) -> None:
    """External ids of ours whose record no key is known to have made."""
    if strays:
        duck.executemany(
            "INSERT INTO differing VALUES ('extra', NULL, NULL, ?, '', '', '', ?, FALSE, 'stray', "
            "'', '', NULL)",
            [[number, text] for text, number in sorted(strays.items())],
        )


def add_values(
    duck: DuckDBPyConnection,
    fields: Sequence[Checked],
    odoo: str,
    leads: Mapping[str, str],
    places: dict[int, int],
) -> None:
    """Fields whose value is another one. ``odoo``: ``o``, or ``r`` where only what was read anew
    is compared; ``leads``: relation -> the table of what its cells lead to."""
    if not fields:
        return
    expected = {target: f"{table}.ids" for target, table in leads.items()}
    tests = {
        one.target: tables.differs(one, odoo, expected.get(one.target, "NULL"), places)
        for one in fields
    }
    rest = "JOIN rest AS r ON r.id = s.id" if odoo == "r" else ""
    joins = " ".join(
        f"LEFT JOIN {table} ON {table}.cell = p.{one.cell}"
        for one in fields
        if (table := leads.get(one.target))
    )
    found = ", ".join(_found(one, tests[one.target], odoo) for one in fields)
    duck.execute(f"""
INSERT INTO differing
SELECT 'different', key, sheet_row, id, d.field, d.label, d.source, d.odoo, d.is_relation, state,
  origin, known_date, position
FROM (SELECT s.*, unnest([{found}]) AS d
  FROM src AS s JOIN prepared AS p USING (position) JOIN odoo AS o ON o.id = s.id {rest} {joins}
  WHERE {" OR ".join(tests.values())})
WHERE d IS NOT NULL""")


def _found(one: Checked, test: str, odoo: str) -> str:
    cell = tables.cell_of(one) if one.kind == "lines" else shown_cell(one)
    return (
        f"CASE WHEN {test} THEN struct_pack(field := {quote(one.target)}, "
        f"label := {quote(one.label)}, source := coalesce({cell}, ''), "
        f"odoo := coalesce({odoo}.{one.value}, ''), is_relation := {one.is_relation}) END"
    )


def write(
    desk: Desk,
    duck: DuckDBPyConnection,
    fields: Sequence[Checked],
    node: str,
    folder: Path,
    path: Path,
) -> None:
    """Keep them as a Parquet in the order of kind, row and field."""
    names_of_values(desk, duck, [one for one in fields if one.is_relation], folder)
    issues = copy_out(_ISSUES, [desk.load.pk], folder / "said.csv")
    columns = {"position": "BIGINT", "row": "BIGINT", "level": "VARCHAR", "message": "VARCHAR"}
    duck.execute(tables.from_csv("said", issues, columns))
    _name_users(desk, duck, folder)
    policy = str(desk.load.mapping.get("on_existing") or "")
    facts = [quote(node), quote(desk.load.entity.name), quote(desk.load.odoo_model)]
    duck.execute(f"""
COPY (
  SELECT {facts[0]} AS node, {facts[1]} AS entity, {facts[2]} AS model, d.kind,
    coalesce({_SHOWN_KEY.format(key="d.key")}, '') AS key, d.sheet_row, d.odoo_id, d.field, d.label,
    d.source, coalesce(c.shown, d.odoo) AS odoo, coalesce(o.{_STAMP}, '') AS written_at,
    coalesce(w.name, '') AS written_by,
    d.kind = 'different' AND d.known_date <> '' AND d.known_date <> coalesce(o.{_STAMP}, '')
      AND o.{_WRITER} <> {quote(str(desk.client.uid))} AS is_edited,
    {_reason(policy)} AS reason
  FROM differing AS d
  LEFT JOIN odoo AS o ON o.id = d.odoo_id
  LEFT JOIN users AS w ON w.id = TRY_CAST(o.{_WRITER} AS BIGINT)
  LEFT JOIN called AS c ON c.field = d.field AND c.value = d.odoo AND d.is_relation
  LEFT JOIN (SELECT position, any_value(message) AS message FROM said GROUP BY position) AS m
    ON m.position = d.position AND d.kind = 'missing'
  ORDER BY CASE d.kind WHEN 'missing' THEN 0 WHEN 'different' THEN 1 ELSE 2 END, d.sheet_row,
    d.position, d.key, d.field, d.odoo_id
) TO {quote(str(path))} (FORMAT parquet, COMPRESSION zstd)""")


_STAMP, _WRITER = value_column("write_date"), value_column("write_uid")


def _reason(policy: str) -> str:
    is_left = "TRUE" if policy == "create_only" else "FALSE"
    unsent = _WHY_ABSENT if policy == "update_only" else _WHY_UNSENT
    return f"""CASE d.kind
      WHEN 'different' THEN
        CASE WHEN {is_left} AND d.origin <> 'created' THEN {quote(_WHY_LEFT)} ELSE '' END
      WHEN 'extra' THEN CASE d.state WHEN 'stub' THEN {quote(_WHY_STUB)}
        WHEN 'stray' THEN {quote(_WHY_STRAY)} ELSE {quote(_WHY_EXTRA)} END
      ELSE coalesce(m.message, CASE d.state WHEN 'gone' THEN {quote(_WHY_GONE)}
        WHEN 'again' THEN {quote(_WHY_AGAIN)} WHEN 'no_key' THEN {quote(_WHY_NO_KEY)}
        ELSE {quote(unsent)} END) END"""


def _name_users(desk: Desk, duck: DuckDBPyConnection, folder: Path) -> None:
    """Who wrote last to what differs."""
    rows = duck.execute(
        f"SELECT DISTINCT TRY_CAST(o.{_WRITER} AS BIGINT) FROM differing AS d "
        "JOIN odoo AS o ON o.id = d.odoo_id WHERE d.kind = 'different'"
    ).fetchall()
    ids = [number for (number,) in rows if number]
    names = user_names(desk.client, ids)
    duck.execute("CREATE TEMP TABLE users (id BIGINT, name VARCHAR)")
    if ids:
        duck.executemany(
            "INSERT INTO users VALUES (?, ?)",
            [[one, names.get(one) or f"user {one}"] for one in ids],
        )
