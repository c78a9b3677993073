"""The same files with other cells in some rows: what a second load finds changed."""

import csv
from collections.abc import Mapping
from pathlib import Path

EVERY = 7
"""Of these rows the first has other cells."""
CHANGES: Mapping[str, Mapping[str, str]] = {
    "customers.csv": {"phone": "030-999", "address": "Neue Str. 1"},
    "suppliers.csv": {"city": "Oslo", "fax": "030-998"},
    "products.csv": {"unitPrice": "19.75"},
    "order_details.csv": {"quantity": "20"},
}


def changed_northwind(source: Path, folder: Path) -> tuple[Path, ...]:
    """Every seventh row of some sheets has other cells; the files are written to ``folder``."""
    files = []
    for path in sorted(source.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows[::EVERY] if path.name in CHANGES else ():
            row.update(CHANGES[path.name])
        target = folder / path.name
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        files.append(target)
    return tuple(files)
