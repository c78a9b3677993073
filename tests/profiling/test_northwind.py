"""Northwind, found by STOWAGE_NORTHWIND: its keys and references as its makers meant them, and the
faults that are really in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.data.profiling.facts import DatasetFacts, LikelyType
from tests.profiling.profiled import alarm, profile_paths

FOLDER = os.environ.get("STOWAGE_NORTHWIND", "")

pytestmark = pytest.mark.skipif(not FOLDER, reason="STOWAGE_NORTHWIND names no folder")


@pytest.fixture(scope="module")
def northwind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatasetFacts]:
    folder = tmp_path_factory.mktemp("northwind")
    yield profile_paths(folder, sorted(Path(FOLDER).glob("*.csv")))


def test_each_sheet_has_its_key(northwind: DatasetFacts) -> None:
    first = {sheet.name: sheet.candidate_keys[0].columns for sheet in northwind.sheets}
    assert first == {
        "categories": ("categoryID",),
        "customers": ("customerID",),
        "employee_territories": ("territoryID",),
        "employees": ("employeeID",),
        "order_details": ("orderID", "productID"),
        "orders": ("orderID",),
        "products": ("productID",),
        "regions": ("regionID",),
        "shippers": ("shipperID",),
        "suppliers": ("supplierID",),
        "territories": ("territoryID",),
    }


def test_all_references_are_found_and_no_other_is_sure(northwind: DatasetFacts) -> None:
    found = {(one.sheet, one.column): one for one in northwind.foreign_keys}
    meant = {
        ("employee_territories", "employeeID"): "employees",
        ("employee_territories", "territoryID"): "territories",
        ("employees", "reportsTo"): "employees",
        ("order_details", "orderID"): "orders",
        ("order_details", "productID"): "products",
        ("orders", "customerID"): "customers",
        ("orders", "employeeID"): "employees",
        ("orders", "shipVia"): "shippers",
        ("products", "supplierID"): "suppliers",
        ("products", "categoryID"): "categories",
        ("territories", "regionID"): "regions",
    }
    sure = {key: one.to_sheet for key, one in found.items() if one.confidence >= 0.75}
    assert sure == meant
    assert {found[key].orphan_rows for key in meant} == {0}
    assert set(found) - set(meant) == {("orders", "shipName")}


def test_types_are_what_the_columns_hold(northwind: DatasetFacts) -> None:
    orders, products = northwind.sheet("orders"), northwind.sheet("products")
    kinds = {name: orders.column(name).likely_type for name in ("orderDate", "freight", "shipVia")}
    assert kinds == {
        "orderDate": LikelyType.DATE,
        "freight": LikelyType.DECIMAL,
        "shipVia": LikelyType.INTEGER,
    }
    assert (orders.column("shippedDate").nulls, orders.column("orderDate").min) == (
        21,
        "1996-07-04",
    )
    assert products.column("discontinued").likely_type is LikelyType.BOOLEAN
    assert northwind.sheet("territories").column("territoryID").likely_type is LikelyType.TEXT
    assert northwind.sheet("customers").column("phone").likely_type is LikelyType.PHONE


def test_its_own_faults_are_named(northwind: DatasetFacts) -> None:
    near = northwind.sheet("orders").near_duplicates
    assert [{one.value for one in group.variants} for group in near] == [
        {"Alfreds Futterkiste", "Alfred's Futterkiste"}
    ]
    pages = northwind.sheet("suppliers").column("homePage")
    assert alarm(pages.alarms, "mixed_types").rows == (3, 15)
    assert northwind.score >= 95
