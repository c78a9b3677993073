"""Prepared files, key map extracts and parents' files as the planner reads them, made by hand."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from hashlib import md5
from pathlib import Path
from typing import Any

import duckdb

from importer.data.keys import key_text
from importer.engine.looking.said import Said
from importer.engine.plan_rules import ParentFiles, PlanField, Planned, PlanRules
from importer.engine.planning import plan_rows

Row = dict[str, Any]


def key(*parts: str) -> str:
    return key_text(parts)


def hashes(row: Row, fields: Sequence[str]) -> str:
    return "".join(md5((row.get(name) or "\0").encode()).hexdigest()[:16] for name in fields)


def write_prepared(path: Path, rows: Sequence[Row], fields: Sequence[str]) -> Path:
    """Rows have ``key``, the fields' cells and perhaps ``level``, ``failed``, ``lines``."""
    full = [
        {
            "position": n,
            "sheet_row": n + 2,
            "key": row["key"],
            "level": row.get("level", 0),
            "failed": row.get("failed", False),
            "cut": row.get("cut", ""),
            "hash": md5(json.dumps([row.get(name) for name in fields]).encode()).hexdigest(),
            "field_hashes": hashes(row, fields),
            "lines": row.get("lines"),
            **{f"cell:{name}": row.get(name) for name in fields},
        }
        for n, row in enumerate(rows)
    ]
    columns = ", ".join(
        f'"{name}" {_TYPES.get(name, "VARCHAR")}'
        for name in (*_FIXED, *(f"cell:{f}" for f in fields))
    )
    with duckdb.connect() as duck:
        duck.execute(f"CREATE TABLE t ({columns})")
        if full:
            marks = ", ".join("?" for _ in full[0])
            duck.executemany(f"INSERT INTO t VALUES ({marks})", [list(r.values()) for r in full])
        duck.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return path


_FIXED = (
    *("position", "sheet_row", "key", "level", "failed", "cut"),
    *("hash", "field_hashes", "lines"),
)
_TYPES = {"position": "BIGINT", "sheet_row": "BIGINT", "level": "INTEGER", "failed": "BOOLEAN"}


def write_csv(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


@dataclass
class Bench:
    """One planning, put together piece by piece."""

    folder: Path
    fields: tuple[PlanField, ...] = (PlanField("name"), PlanField("city"))
    rows: list[Row] = field(default_factory=list)
    known: list[Row] = field(default_factory=list)
    live: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    failed: Mapping[str, Sequence[tuple[str, str, int]]] = field(default_factory=dict)
    planned: Mapping[str, Path] = field(default_factory=dict)
    looked: list[Said] = field(default_factory=list)

    def plan(self, **rules: Any) -> Planned:
        """``known`` rows: key, odoo_id and the cells last sent (and perhaps state, kind, ref)."""
        targets = [one.target for one in self.fields if not one.is_restored]
        prepared = write_prepared(self.folder / "prepared.parquet", self.rows, targets)
        known = [
            (
                row["key"],
                row.get("odoo_id", n + 1),
                row.get("ref", ""),
                row.get("kind", "x"),
                row.get("state", "live"),
                hashes(row, targets) if row.get("sent", True) else "",
                1 if row.get("sent", True) else "",
                row.get("origin", "created"),
                "",
            )
            for n, row in enumerate(self.known)
        ]
        keymap = write_csv(self.folder / "keymap.csv", known)
        looked = write_csv(self.folder / "looked.csv", [astuple(one) for one in self.looked])
        told = PlanRules("customer", self.fields, layouts={1: tuple(targets)})
        with duckdb.connect() as duck:
            return plan_rows(
                duck,
                prepared=prepared,
                keymap=keymap,
                parents={entity: self._parent(entity) for entity in self._entities()},
                rules=replace(told, **rules),
                out_dir=self.folder,
                looked=looked,
            )

    def _entities(self) -> set[str]:
        return {one.entity for one in self.fields if one.entity not in ("", "customer")}

    def _parent(self, entity: str) -> ParentFiles:
        live = write_csv(self.folder / f"live_{entity}.csv", self.live.get(entity, ()))
        failed = write_csv(self.folder / f"failed_{entity}.csv", self.failed.get(entity, ()))
        planned = [self.planned[entity]] if entity in self.planned else []
        return ParentFiles(live, failed, tuple(planned))


def read_plan(planned: Planned) -> list[Row]:
    return _read(planned.path, "plan_row")


def read_issues(planned: Planned) -> list[Row]:
    return _read(planned.issues, "position, field")


def verdicts(planned: Planned) -> dict[str, str]:
    """First part of the key -> verdict."""
    return {json.loads(row["key"])[0]: row["verdict"] for row in read_plan(planned)}


def _read(path: Path, order: str) -> list[Row]:
    with duckdb.connect() as duck:
        found = duck.execute(f"SELECT * FROM read_parquet('{path}') ORDER BY {order}")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
