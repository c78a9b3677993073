"""A workbook that meets what Odoo has: firms that somebody made there before, departments and their
heads in a circle, many equal changes. What the undo of two loads of it must leave, edit by edit.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.disturbing import Disturber
from benchmarks.every_table import TableDiff
from benchmarks.kills import with_children
from benchmarks.own_stowage import Source, patiently

FIRMS = 240
THERE = 12
"""So many of the firms are in Odoo already, found by their reference."""
_DEPARTMENTS = 8
_MARK = "STW-MIX"
KEPT_CITY, KEPT_JOB = "Edited city", "Edited job"


def write_mixed(folder: Path, *, is_changed: bool) -> tuple[Path, ...]:
    """The workbook as files; changed: a third of the firms move to one city, a sixth get a phone
    of their own, the departments' heads change places."""
    folder.mkdir(exist_ok=True)
    sheets = {
        "firms.csv": ["Ref,Name,City,Phone", *(_firm(n, is_changed) for n in range(FIRMS))],
        "units.csv": ["Unit,Head", *(_unit(n, is_changed) for n in range(_DEPARTMENTS))],
        "staff.csv": [
            "Name,Unit",
            *(f"Mixed Head {n},Mixed Unit {n}" for n in range(_DEPARTMENTS)),
        ],
    }
    for name, lines in sheets.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tuple(folder / name for name in sorted(sheets))


def _firm(n: int, is_changed: bool) -> str:
    city = "Newport" if is_changed and n % 3 == 1 else f"Harbour {n % 40}"
    phone = f"030-{n}" if is_changed and n % 6 == 2 else "030-1"
    return f"{_MARK}-{n},Mixed Firm {n},{city},{phone}"


def _unit(n: int, is_changed: bool) -> str:
    return f"Mixed Unit {n},Mixed Head {(n + 1) % _DEPARTMENTS if is_changed else n}"


def mixed(folder: Path) -> Source:
    return Source(
        "Mixed",
        write_mixed(folder / "mixed", is_changed=False),
        RECIPE,
        write_mixed(folder / "mixed changed", is_changed=True),
    )


def make_firms_that_are_there(client: Any) -> list[int]:
    """Partners that the first load will adopt, as somebody made them before."""
    return [
        client.create_record(
            "res.partner",
            {"name": f"Old Firm {n}", "ref": f"{_MARK}-{n}", "city": "Lima", "phone": "0"},
        )
        for n in range(THERE)
    ]


@dataclass(frozen=True, slots=True)
class Edits:
    """What somebody else writes between the loads and their undo: a field that a load has updated
    and one that none has, both of adopted firms."""

    updated: int
    untouched: int

    def make(self, client: Any) -> None:
        client.write("res.partner", [self.updated], {"city": KEPT_CITY})
        client.write("res.partner", [self.untouched], {"function": KEPT_JOB})

    def is_left(self, client: Any) -> bool:
        read = client.read("res.partner", [self.updated, self.untouched], ["city", "function"])
        values = {one["id"]: (one["city"], one["function"]) for one in read}
        return values[self.updated][0] == KEPT_CITY and values[self.untouched] == ("Lima", KEPT_JOB)

    def is_all_of(self, table: str, diff: TableDiff) -> bool:
        """Whether exactly the two cells differ."""
        if table != "res_partner" or diff.more or diff.fewer:
            return False
        return {column: list(keys) for column, keys in diff.changed.items()} == {
            "city": [f"[{self.updated}]"],
            "function": [f"[{self.untouched}]"],
        }


def kill_in_the_middle(var: Path, rows_done: Callable[[], int], after: int) -> None:
    """kill -9 of all workers with their children once so many rows are in."""
    while patiently(rows_done) < after:
        time.sleep(0.02)
    disturber = Disturber(var, Random(1))
    disturber.kill("workers", with_children(disturber.all_of("worker")))


def _column(target: str, name: str) -> dict[str, Any]:
    return {"target": target, "source": "column", "spec": {"column": name}}


def _refer(target: str, entity: str, name: str) -> dict[str, Any]:
    spec = {"entity": entity, "inputs": [{"column": name}]}
    return {"target": target, "source": "reference", "spec": spec}


RECIPE: dict[str, Any] = {
    "name": "Mixed",
    "mappings": [
        {
            "name": "Firms",
            "sheet_name": "firms",
            "entity": {"name": "firm", "odoo_model": "res.partner", "key_columns": ["Ref"]},
            "match_rules": [{"fields": ["ref"]}],
            "fields": [
                _column("name", "Name"),
                _column("ref", "Ref"),
                _column("city", "City"),
                _column("phone", "Phone"),
            ],
        },
        {
            "name": "Units",
            "sheet_name": "units",
            "entity": {"name": "unit", "odoo_model": "hr.department", "key_columns": ["Unit"]},
            "fields": [_column("name", "Unit"), _refer("manager_id", "member", "Head")],
        },
        {
            "name": "Staff",
            "sheet_name": "staff",
            "entity": {"name": "member", "odoo_model": "hr.employee", "key_columns": ["Name"]},
            "fields": [_column("name", "Name"), _refer("department_id", "unit", "Unit")],
        },
    ],
    "nodes": [
        {"id": sheet.lower(), "type": "load", "data": {"odooModel": model, "mapping": sheet}}
        for sheet, model in (
            ("Firms", "res.partner"),
            ("Units", "hr.department"),
            ("Staff", "hr.employee"),
        )
    ],
    "edges": [],
}
