"""Eleven files that somebody else made: all rows arrive, and their sum is right."""

import os
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from tests.datasets.reading import read_paths

FOLDER = os.environ.get("STOWAGE_NORTHWIND", "")
ROWS = {
    "categories": 8,
    "customers": 91,
    "employee_territories": 49,
    "employees": 9,
    "order_details": 2155,
    "orders": 830,
    "products": 77,
    "regions": 4,
    "shippers": 3,
    "suppliers": 29,
    "territories": 53,
}


@pytest.mark.skipif(not FOLDER, reason="STOWAGE_NORTHWIND names no folder")
def test_every_row_of_northwind_arrives(tmp_path: Path) -> None:
    found = read_paths(tmp_path, sorted(Path(FOLDER).glob("*.csv")))
    sheets = {sheet.name: sheet for sheet in found}
    assert {name: len(sheet.rows) for name, sheet in sheets.items()} == ROWS
    assert all(sheet.codes == set() for sheet in sheets.values())
    territories = [row[1] for row in sheets["territories"].rows]
    assert territories[0] == "01581"
    cent = Decimal("0.01")
    total = sum(
        (Decimal(price) * Decimal(quantity) * (1 - Decimal(discount))).quantize(cent, ROUND_HALF_UP)
        for _, _, _, price, quantity, discount in sheets["order_details"].rows
    )
    assert total == Decimal("1265793.29")
