"""Undo held to every table of a real Odoo: snapshot, run, undo, snapshot; nothing may differ but
what is on the list that it prints with its reasons.

`.venv/bin/python -m benchmarks.undo_exactness [--scenes created,changed,edited,mixed] [--edits 7]`
with ODOO_TEST_URL, ODOO_TEST_DB, ODOO_TEST_LOGIN, ODOO_TEST_SECRET, ODOO_TEST_DSN (its PostgreSQL,
only read), STOWAGE_NORTHWIND, and for the last two ODOO_OTHER_LOGIN and ODOO_OTHER_SECRET. It
starts a Stowage of its own. Nobody else may use that database meanwhile. Scenes: Northwind into a
database without it; a changed Northwind over itself; Northwind with records that somebody else
edits before the undo, of which exactly those must stay; a mixed workbook (firms that are there are
adopted, departments and heads in a circle, equal changes by one write, both loads killed in their
middle, two cells edited by somebody else, one of them updated by the loads). Exit 1 on any other
difference.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.changed_books import changed_northwind
from benchmarks.every_table import (
    ALLOWED_CELLS,
    ALLOWED_COLUMNS,
    ALLOWED_TABLES,
    Snapshot,
    TableDiff,
    compare,
    snapshot,
)
from benchmarks.mixed_scene import kill_in_the_middle
from benchmarks.own_stowage import ROOT, Odoo, Source, prepare, stowage, wait_over

if TYPE_CHECKING:
    from graphs.models import Graph, GraphRun
    from importer.models import User

_PATIENCE = 3600.0
_SHOWN = 5


@dataclass
class Bench:
    """One Stowage, one Odoo, the first Northwind's graph."""

    boss: "User"
    graph: "Graph"
    odoo: Odoo
    dsn: str
    changed: tuple[Path, ...]
    edits: int
    folder: Path

    def load(self, *, killed_after: int = 0, **more: Any) -> "GraphRun":
        """``killed_after``: all workers are killed once so many rows are in."""
        from graphs.runs import start_run

        run = start_run(self.graph, by=self.boss, **more)
        if killed_after:
            kill_in_the_middle(self.folder / "var", lambda: rows_done(run), killed_after)
        return self._end(run)

    def undo(self, run: "GraphRun") -> "GraphRun":
        from graphs.rollbacks import start_rollback

        run.refresh_from_db()
        return self._end(start_rollback(run, by=self.boss))

    def _end(self, run: "GraphRun") -> "GraphRun":
        began = time.monotonic()
        if not wait_over(run, _PATIENCE):
            raise SystemExit(f"The run {run.pk} did not end: {run.get_status_display()}")
        seconds = time.monotonic() - began
        print_(f"  {run.kind} {run.status} after {seconds:.0f} s {run.error_message}")
        return run


def rows_done(run: "GraphRun") -> int:
    from importer.models import Load

    return sum(load.rows_done for load in Load.objects.filter(node_run__run=run))


def print_(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def scene_created(bench: Bench) -> int:
    """Northwind into a database without it, and out again."""
    before = snapshot(bench.dsn)
    bench.undo(bench.load())
    return verdict(before, bench, lambda table, diff: 0)


def scene_changed(bench: Bench) -> int:
    """A changed Northwind over itself; what it changed gets its former values back."""
    from config.demonstration import upload

    first = bench.load()
    before = snapshot(bench.dsn)
    newer = upload(bench.boss, bench.graph.project, *bench.changed)
    bench.undo(bench.load(dataset=newer))
    bad = verdict(before, bench, lambda table, diff: 0)
    bench.undo(first)
    return bad


def scene_edited(bench: Bench) -> int:
    """Somebody else edits some of the new partners; exactly what that wrote to stays."""
    before = snapshot(bench.dsn)
    run = bench.load()
    edited = edit(bench)
    touched = written_by_other(bench)
    bench.undo(run)
    bad = verdict(before, bench, lambda table, diff: of_touched(table, diff, touched))
    left = still_edited(bench, edited)
    along = len(touched - set(edited))
    print_(f"  {len(edited)} edited by somebody else, {along} written along by Odoo itself")
    print_(f"  {left} of the edited are there with their edit")
    return bad + (left != len(edited)) + (not set(edited) <= touched)


def scene_mixed(bench: Bench) -> int:
    """Adoption, a circle, equal writes, two loads killed with all workers, edits; then both
    undone."""
    from benchmarks import mixed_scene as mixed
    from config.demonstration import upload
    from importer.connections import refresh_schema

    source = mixed.mixed(bench.folder)
    own = replace(bench, graph=prepare(bench.boss, "Mixed", source, bench.odoo))
    assert own.graph.connection is not None
    refresh_schema(own.graph.connection, ["hr.department", "hr.employee"])  # which are optional
    admin, other = own_client(bench.odoo), other_client(bench.odoo)
    there = mixed.make_firms_that_are_there(admin)
    before = snapshot(bench.dsn)
    first = own.load(killed_after=mixed.FIRMS // 3)
    newer = upload(bench.boss, own.graph.project, *source.changed)
    second = own.load(killed_after=mixed.THERE, dataset=newer)
    edits = mixed.Edits(updated=there[4], untouched=there[1])
    edits.make(other)
    own.undo(second)
    own.undo(first)
    bad = verdict(before, bench, lambda table, diff: 0, edits.is_all_of)
    is_left = edits.is_left(admin)
    print_(f"  the two edits {'are' if is_left else 'ARE NOT'} there, and nothing else of them")
    kinds = kinds_of(second)
    print_(f"  the changed load wrote by {', '.join(kinds)}")
    admin.unlink("res.partner", there)
    admin.close()
    other.close()
    return bad + (not is_left) + ("write" not in kinds)


SCENES = {
    "created": scene_created,
    "changed": scene_changed,
    "edited": scene_edited,
    "mixed": scene_mixed,
}


def kinds_of(run: "GraphRun") -> list[str]:
    """Of the batches of a run."""
    from importer.models import Batch

    found = Batch.objects.filter(load__node_run__run=run, state="done")
    return sorted(set(found.values_list("kind", flat=True)))


def own_client(odoo: Odoo) -> Any:
    from importer.odoo.client import connect

    return connect(odoo.url, odoo.database, odoo.login, odoo.secret)


def edit(bench: Bench) -> list[int]:
    """Partners of the run, spread over it, edited by the second login."""
    from importer.models import KeyMap

    made = KeyMap.objects.filter(
        connection=bench.graph.connection,
        odoo_model="res.partner",
        entity__name__in=("customer", "supplier"),
    ).order_by("odoo_id")
    ids = list(made.values_list("odoo_id", flat=True))
    chosen = ids[:: max(1, len(ids) // bench.edits)][: bench.edits]
    client = other_client(bench.odoo)
    client.write("res.partner", chosen, {"comment": "Edited by hand"})
    client.close()
    return chosen


def still_edited(bench: Bench, ids: list[int]) -> int:
    client = other_client(bench.odoo)
    found: int = client.search_count(
        "res.partner", [["id", "in", ids], ["comment", "like", "Edited by hand"]]
    )
    client.close()
    return found


def written_by_other(bench: Bench) -> set[int]:
    """Partners that the second login wrote to last: Odoo writes to a company's contacts along."""
    client = other_client(bench.odoo)
    found = client.search("res.partner", [["write_uid", "=", client.uid]])
    client.close()
    return set(found)


def other_client(odoo: Odoo) -> Any:
    from importer.odoo.client import connect

    login, secret = os.environ["ODOO_OTHER_LOGIN"], os.environ["ODOO_OTHER_SECRET"]
    return connect(odoo.url, odoo.database, login, secret)


def of_touched(table: str, diff: TableDiff, touched: set[int]) -> int:
    """How many rows are to be more than before because these partners stay; -1 where it is not
    so, as other rows came or some of these are missing."""
    came = _partners(table, diff)
    return (len(touched) if came == touched else -1) if came is not None else 0


def _partners(table: str, diff: TableDiff) -> set[object] | None:
    if table == "res_partner":
        return {row["id"] for row in diff.more.values()}
    if table == "ir_model_data":
        return {row["res_id"] for row in diff.more.values() if row["model"] == "res.partner"}
    return None


def verdict(
    before: Snapshot,
    bench: Bench,
    due: Callable[[str, TableDiff], int],
    is_edit: Callable[[str, TableDiff], bool] = lambda table, diff: False,
) -> int:
    """How many tables differ that may not; says all of it. ``due``: rows of a table that are to be
    more than before; ``is_edit``: what differs is what somebody else wrote, all of it."""
    bad, allowed = compare(before, snapshot(bench.dsn))
    print_(f"  {len(before)} tables, {sum(len(rows) for rows in before.values())} rows compared")
    for table, diff in allowed.items():
        print_(f"  may differ: {table}: {diff.sentence}")
    wrong = 0
    for table, diff in bad.items():
        expected = due(table, diff)
        is_due = bool(expected) and expected == len(diff.more)
        is_due = is_due and not (diff.fewer or diff.changed)
        is_due = is_due or is_edit(table, diff)
        wrong += not is_due
        print_(f"  {'kept as it must' if is_due else 'DIFFERS'}: {table}: {diff.sentence}")
        if not is_due:
            _show(diff)
    print_(f"  {wrong} tables differ that may not")
    return wrong


def _show(diff: TableDiff) -> None:
    for word, rows in (("more", diff.more), ("fewer", diff.fewer)):
        for row in list(rows.values())[:_SHOWN]:
            print_(f"    {word}: {json.dumps(row)[:400]}")
    for column, keys in diff.changed.items():
        print_(f"    {column}: {', '.join(keys[:_SHOWN])}")


def northwind(odoo: Odoo, folder: Path) -> Source:
    """With the recipe for that Odoo's version."""
    from importer.odoo.client import connect

    client = connect(odoo.url, odoo.database, odoo.login, odoo.secret)
    name = "graph-odoo15.json" if client.version.major < 16 else "graph.json"
    print_(f"Odoo {client.version.text}")
    client.close()
    recipe = json.loads((ROOT / "docs" / "examples" / "northwind" / name).read_text("utf-8"))
    return Source("Northwind", tuple(sorted(folder.glob("*.csv"))), recipe)


def say_what_may_differ() -> None:
    print_("May differ:")
    for column, why in ALLOWED_COLUMNS.items():
        print_(f"  column {column}: {why}")
    for (table, column), why in ALLOWED_CELLS.items():
        print_(f"  {table}.{column}: {why}")
    for rule, why in ALLOWED_TABLES.items():
        print_(f"  table {rule}: {why}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--edits", type=int, default=7)
    asked = parser.parse_args()
    url, database, login, secret = (
        os.environ[f"ODOO_TEST_{name}"] for name in ("URL", "DB", "LOGIN", "SECRET")
    )
    odoo = Odoo(url, database, login, secret, "staging")
    source = Path(os.environ["STOWAGE_NORTHWIND"])
    say_what_may_differ()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "changed").mkdir()
        changed = changed_northwind(source, folder / "changed")
        with stowage(folder / "var"):
            from importer.models import User

            boss = User.objects.create_superuser("bench", password="a long password")
            graph = prepare(boss, "Exactness", northwind(odoo, source), odoo)
            dsn = os.environ["ODOO_TEST_DSN"]
            bench = Bench(boss, graph, odoo, dsn, changed, asked.edits, folder)
            wrong = 0
            for scene in asked.scenes.split(","):
                print_(f"{scene}: {SCENES[scene].__doc__}")
                wrong += SCENES[scene](bench)
    print_(f"{wrong} differences that may not be")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
