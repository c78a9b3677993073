"""The good rows of the dirty workbook: by sheet, the header's row and what stands in each row.

Every value here is one that a careful person would have typed, so nothing may be said of them.
"""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import NamedTuple

Cells = dict[str, str | int | float | None]

_PLACES = ("Amber", "Beacon", "Cedar", "Delta", "Ember", "Fjord", "Gable", "Heron", "Islet")
_TRADES = ("Shipping", "Timber", "Textiles", "Foods", "Optics", "Paper", "Tools", "Glass")
_NAMES = [f"{place} {trade}" for trade, place in product(_TRADES, _PLACES)]
_FIRST = ("Ada", "Bruno", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas")
_LAST = ("Adler", "Boone", "Cole", "Dorn", "Estes", "Fry", "Gray")
_PEOPLE = [f"{first} {last}" for last, first in product(_LAST, _FIRST)]
_THINGS = ("anchor", "bolt", "chain", "drill", "easel", "flask", "grate", "hinge", "inkwell")
_MADE_OF = ("Brass", "Steel", "Oak", "Copper")
_GOODS = [f"{made} {thing}" for thing, made in product(_THINGS, _MADE_OF)]
_CITIES = ("Ghent", "Liège", "Namur", "Bruges", "Mons")


class GoodSheet(NamedTuple):
    """``header``: its row. ``row`` gives the cells of the row of that number, which is below it and
    at most ``last``."""

    header: int
    last: int
    row: Callable[[int], Cells]

    @property
    def columns(self) -> list[str]:
        return list(self.row(self.header + 1))


def _vat(n: int) -> str:
    base = 47747200 + n
    return f"BE0{base % 10_000_000:07}{97 - (base % 10_000_000) % 97:02}"


def _zip(n: int) -> str:
    return f"{7000 + 13 * n}" if n % 2 else f"0{701 + n}"


def _partner(row: int) -> Cells:
    n = row - 3
    is_branch = row == 6 or row > 54
    return {
        "No": f"P-{n:03}",
        "Name": f"{_NAMES[n]}{' branch' if is_branch else ''}",
        "Group": "P-058" if row == 6 else f"P-{n - 11:03}" if row in (55, 56) else None,
        "Is company": "no" if is_branch else "yes",
        "E-mail": f"office{n}@harbour.example",
        "Phone": f"+32 2 555 {n:02} {n + 10:02}",
        "VAT": None if is_branch else _vat(n),
        "Country": None if is_branch else "Belgium" if n % 3 else "Luxembourg",
        "Region": None,
        "": None,
        "City": None if is_branch else _CITIES[n % 5],
        "city": None,
        "Zip": None if is_branch else _zip(n),
        "Tags": "Retail" if n % 2 else "Retail, Export",
        "Salesperson": None if is_branch else "admin",
        "Remark": f"met at fair {n}",
        "Old id": None,
    }


def _contact(row: int) -> Cells:
    n = row - 1
    return {
        "Code": f"C-{n:03}",
        "Name": _PEOPLE[n],
        "Company": "P-041" if n % 2 else "P-042",
        "Job": ("Buyer", "Clerk", "Director")[n % 3],
        "Card": f"40117756{2000 + 37 * n}",
    }


def _product(row: int) -> Cells:
    n = row - 1
    return {
        "SKU": f"SKU-{n:03}",
        "Product": _GOODS[n],
        "Price": f"{10 + n}.{25 + n}",
        "Cost": f"{5 + n}.5{n % 9 + 1}",
        "Kind": "service" if n % 4 == 0 else "consu",
        "Unit": "Units" if n % 2 else "Hours",
        "Rank": n,
        "Photo": "ok.png" if n == 1 else None,
    }


def _order(row: int) -> Cells:
    n = row - 1
    day = date(2024, 1, 13) + timedelta(days=31 * (n % 10) + n % 5)
    return {
        "Order": f"{5000 + n}",
        "Customer": f"P-{41 + n % 8:03}",
        "Date": day.strftime("%d/%m/%Y"),
        "Deliver at": f"2024-12-{n % 20 + 1:02} 10:30:00",
        "Branch": "My Company",
    }


def _line(row: int) -> Cells:
    n = row - 1
    return {
        "Order": f"{5011 + (n + 1) // 2}",
        "Line": "1" if n % 2 else "2",
        "SKU": f"SKU-{n % 4 + 20:03}",
        "Quantity": n % 7 + 1,
        "Price": f"{n + 3}.75",
        "Discount": 5 if n % 3 else 0,
    }


def _employee(row: int) -> Cells:
    n = row - 1
    return {
        "Staff no": f"E-{n:03}",
        "Name": _PEOPLE[30 + n],
        "Badge": f"B{9000 + n * 7}",
        "Birthday": f"{1960 + n}-0{n % 9 + 1}-1{n % 10}",
        "Colour": n % 8 + 1,
        "Active": "no" if n % 9 == 0 else "yes",
        "Manager": f"E-{n % 2 + 1:03}" if n > 3 else None,
    }


def _journal(row: int) -> Cells:
    n = row - 1
    return {"Code": f"JX{n}", "Journal": f"{_PLACES[n]} book", "Currency": "EUR"}


SHEETS: dict[str, GoodSheet] = {
    "Partners": GoodSheet(3, 62, _partner),
    "Contacts": GoodSheet(1, 25, _contact),
    "Products": GoodSheet(1, 33, _product),
    "Orders": GoodSheet(1, 31, _order),
    "Order lines": GoodSheet(1, 39, _line),
    "Employees": GoodSheet(1, 25, _employee),
    "Journals": GoodSheet(1, 7, _journal),
}
