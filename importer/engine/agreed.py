"""Holds a load to the plan that a person has agreed to: it is planned anew by the same code, and
where the two differ nothing is sent until somebody agrees again. Compares files; decides nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction
from duckdb import DuckDBPyConnection

from importer.choices import Verdict
from importer.data.duck import open_duck, quote
from importer.data.hiding import SECRET_WORDS, STARS
from importer.data.storage import local_path, store_file
from importer.engine.desk import Desk
from importer.engine.extracts import copy_out
from importer.engine.plan_befores import Befores
from importer.engine.plan_rules import Planned
from importer.models import Load

CHANGED = "changed"
"""Key in ``Load.verification``: what the plan would be now, while it waits for an agreement."""
_WRITES = "('create', 'update', 'adopt', 'archive')"
_WHAT = {
    "new": "{rows} in the plan that {were} not in it",
    "gone": "{rows} no more in the plan",
    "record": "{rows} would go to another record",
    "fields": "{rows} would change other fields",
    "values": "{rows} would send other values",
    "odoo": "{rows} would overwrite values that were changed in Odoo",
}
_MADE = (
    "SELECT odoo_id FROM importer_keymap k JOIN importer_batch b ON b.id = k.created_batch "
    "WHERE k.connection_id = %s AND k.entity_id = %s AND b.load_id = %s"
)


def is_as_agreed(
    desk: Desk, planned: Planned, stored: str, befores: Befores | None, *, is_again: bool
) -> bool:
    """Whether the load may go on with this plan. If not, the run is paused, and what the plan
    would be is noted in ``Load.verification``. ``is_again``: a later pass, of some rows only."""
    if not desk.load.agreed or befores is None:
        return True
    folder = desk.folder / f"agreed_{uuid4().hex}"
    folder.mkdir()
    path = folder / "differences.parquet"
    counts = _compare(desk, folder, path, [planned.path, befores.path], is_again=is_again)
    if not counts:
        return True
    name = f"loads/{desk.load.pk}/{folder.name}"
    proposal = {
        "plan_as": stored,
        "befores_as": store_file(befores.path, f"{name}/befores.parquet"),
        "differences_as": store_file(path, f"{name}/differences.parquet"),
        "n_differences": sum(n for *_, n in counts),
        "sentence": _sentence(counts),
        "counts": planned.counts,
    }
    _ask(desk, proposal)
    return False


def _ask(desk: Desk, proposal: dict[str, Any]) -> None:
    load = desk.load
    with transaction.atomic():
        held = Load.objects.select_for_update().filter(pk=load.pk, worker=desk.worker)
        for one in held:
            one.verification = {**one.verification, CHANGED: proposal}
            one.lease_until, one.worker = None, ""
            one.save(update_fields=["verification", "lease_until", "worker"])
            desk.reporter.pause(
                f"The plan is not the one that was agreed to any more: {proposal['sentence']} "
                "Nothing of it was sent. Look at the differences, then agree to them or cancel."
            )
    desk.look_again()


def _compare(
    desk: Desk, folder: Path, path: Path, now: Sequence[Path], *, is_again: bool
) -> list[tuple[str, str, str, int]]:
    """(verdict agreed to, verdict now, what differs, rows), the most first."""
    load = desk.load
    was = [local_path(load.agreed[name]) for name in ("plan_as", "befores_as")]
    made = copy_out(_MADE, [load.connection_id, load.entity_id, load.pk], folder / "made.csv")
    with open_duck(folder, readable=[*was, *now], seconds=None) as duck:
        _open(duck, "was", was)
        _open(duck, "now", now)
        duck.execute(
            f"CREATE TEMP TABLE made AS SELECT * FROM read_csv({quote(str(made))}, "
            "header = false, auto_detect = false, columns = {'id': 'BIGINT'})"
        )
        duck.execute(f"CREATE TEMP TABLE differing AS {differing(is_again=is_again)}")
        duck.execute(
            f"COPY (SELECT * FROM differing ORDER BY sheet_row, key) TO {quote(str(path))} "
            "(FORMAT parquet)"
        )
        return duck.execute(
            "SELECT was, now, what, count(*) FROM differing GROUP BY ALL ORDER BY 4 DESC, 1, 2, 3"
        ).fetchall()


def _open(duck: DuckDBPyConnection, name: str, paths: Sequence[Path]) -> None:
    """Rows under what does not depend on this run: sheet row and key, never a plan's own order."""
    plan, befores = (f"read_parquet({quote(str(path))})" for path in paths)
    duck.execute(
        f"CREATE TEMP TABLE {name} AS SELECT sheet_row, coalesce(p.key, '') AS key, p.verdict, "
        "p.odoo_id, array_to_string(list_sort(p.fields), ',') AS fields, p.hash, p.emptied, "
        "b.befores "
        f"FROM {plan} AS p LEFT JOIN (SELECT plan_row, map(list(field ORDER BY field), "
        f"list(coalesce(before, '') ORDER BY field)) AS befores "
        f"FROM {befores} GROUP BY plan_row) AS b "
        "USING (plan_row)"
    )


def differing(*, is_again: bool) -> str:
    """SELECT of the rows that would not be sent as agreed. Rows that are blocked now, because a
    record they need was refused in this run, send less and are told by themselves; of rows that
    were to be made with a record of this run, the record was not known."""
    again = "TRUE" if is_again else "FALSE"
    return f"""
SELECT * FROM (
  SELECT coalesce(w.sheet_row, n.sheet_row) AS sheet_row, coalesce(w.key, n.key) AS key,
    coalesce(w.verdict, '') AS was, coalesce(n.verdict, '') AS now,
    CASE
      WHEN n.verdict IS NULL THEN CASE WHEN {again} THEN '' ELSE 'gone' END
      WHEN w.verdict IS NULL THEN 'new'
      WHEN w.verdict <> n.verdict THEN CASE
        WHEN w.verdict NOT IN {_WRITES} AND n.verdict NOT IN {_WRITES} THEN ''
        WHEN n.verdict = 'blocked' THEN ''
        WHEN {again} AND n.verdict IN ('unchanged', 'skip') THEN ''
        WHEN {again} AND w.verdict = 'create' AND n.odoo_id IN (SELECT id FROM made) THEN ''
        ELSE 'verdict' END
      WHEN n.verdict NOT IN {_WRITES} THEN ''
      WHEN w.odoo_id <> n.odoo_id THEN 'record'
      WHEN w.hash <> n.hash OR w.emptied <> n.emptied THEN 'values'
      WHEN w.fields <> n.fields THEN 'fields'
      WHEN {_MOVED} <> '' THEN 'odoo'
      ELSE '' END AS what,
    CASE WHEN w.verdict = n.verdict THEN {_MOVED} ELSE '' END AS detail
  FROM was AS w FULL JOIN now AS n ON n.sheet_row = w.sheet_row AND n.key = w.key)
WHERE what <> ''"""


_SECRET = f"regexp_matches(lower(f), {quote('|'.join(SECRET_WORDS))})"
_MOVED = f"""coalesce(array_to_string(list_transform(list_filter(
  map_keys(n.befores), lambda f: coalesce(w.befores[f] <> n.befores[f], FALSE)),
  lambda f: f || ': ' || CASE WHEN {_SECRET} THEN '{STARS}'
    ELSE w.befores[f] || ' → ' || n.befores[f] END), '; '), '')"""


def _sentence(counts: Sequence[tuple[str, str, str, int]]) -> str:
    return "; ".join(_said(*one) for one in counts) + "."


def _said(was: str, now: str, what: str, n: int) -> str:
    rows, were = ("1 row", "was") if n == 1 else (f"{n} rows", "were")
    if what != "verdict":
        return _WHAT[what].format(rows=rows, were=were)
    is_now = "is" if n == 1 else "are"
    before, after = (Verdict(one).label.lower() for one in (was, now))
    return f"{rows} that {were} “{before}” {is_now} now “{after}”"
