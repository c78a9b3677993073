"""Makes harbour.xlsx, the demo's sample workbook: an invented ship chandler with a few honest
mistakes in it. Run it again only to change the sample; the workbook is committed."""

import random
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook

PORTS = (
    ("Rotterdam", "Netherlands"),
    ("Antwerp", "Belgium"),
    ("Hamburg", "Germany"),
    ("Marseille", "France"),
    ("Genoa", "Italy"),
    ("Valencia", "Spain"),
    ("Gothenburg", "Sweden"),
    ("Gdansk", "Poland"),
    ("Bristol", "UK"),
    ("Boston", "USA"),
)
TRADES = ("Shipping", "Fisheries", "Dredging", "Towage", "Yachts", "Ferries", "Salvage", "Pilots")
FIRST = ("Anna", "Bram", "Clara", "Dries", "Elena", "Finn", "Greta", "Hugo", "Ines", "Jonas")
LAST = ("Aalders", "Brandt", "Costa", "Dubois", "Eriksen", "Ferrari", "Garcia", "Hansen", "Ivers")
GOODS = (
    ("Rope", ("mooring rope", "tow line", "heaving line", "cargo net", "fender rope")),
    ("Paint", ("antifouling", "primer", "deck paint", "topcoat", "thinner")),
    ("Safety", ("life jacket", "flare set", "life buoy", "fire blanket", "first aid kit")),
    ("Engine", ("oil filter", "fuel filter", "impeller", "gasket set", "drive belt")),
    ("Galley", ("tea", "coffee", "rice", "flour", "olive oil")),
)


def companies(rng: random.Random) -> list[list[object]]:
    rows: list[list[object]] = []
    for number in range(1, 241):
        city, country = rng.choice(PORTS)
        name = f"{city} {rng.choice(TRADES)} {number:03}"
        mail = f"office{number}@example.com"
        rows.append(
            [f"C{number:04}", name, city, country, mail, "yes", rng.choice(("A", "B", "C"))]
        )
    rows[57][3] = "Atlantis"
    rows[120][1] = None
    rows[200][0] = "C0012"
    return rows


def contacts(rng: random.Random) -> list[list[object]]:
    rows: list[list[object]] = []
    for number in range(1, 361):
        person = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
        company = f"C{rng.randint(1, 240):04}"
        rows.append([number, person, company, f"person{number}@example.com", rng.choice(TRADES)])
    rows[10][2] = "C9999"
    return rows


def products(rng: random.Random) -> list[list[object]]:
    rows: list[list[object]] = []
    for category, names in GOODS:
        for name in names:
            for size in ("S", "M", "L"):
                number = len(rows) + 1
                price = round(rng.uniform(2, 400), 2)
                rows.append([f"P-{number:03}", f"{name} {size}", category, price])
    rows[33][3] = "on request"
    return rows


def orders(rng: random.Random) -> tuple[list[list[object]], list[list[object]]]:
    heads: list[list[object]] = []
    lines: list[list[object]] = []
    for number in range(1, 301):
        day = date(2025, 1, 6) + timedelta(days=rng.randint(0, 300))
        heads.append([f"SO{number:04}", f"C{rng.randint(1, 240):04}", day])
        for line in range(1, rng.randint(2, 6)):
            product = f"P-{rng.randint(1, 75):03}"
            price = round(rng.uniform(2, 400), 2)
            lines.append([f"SO{number:04}", line, product, rng.randint(1, 40), price])
    lines[100][3] = "a dozen"
    return heads, lines


def main() -> None:
    rng = random.Random(1642)
    heads, lines = orders(rng)
    sheets: dict[str, tuple[list[str], list[list[object]]]] = {
        "Companies": (
            ["Number", "Name", "City", "Country", "E-mail", "Active", "Class"],
            companies(rng),
        ),
        "Contacts": (["Nr", "Name", "Company", "E-mail", "Job"], contacts(rng)),
        "Categories": (["Category"], [[category] for category, _names in GOODS]),
        "Products": (["SKU", "Product", "Category", "Price"], products(rng)),
        "Orders": (["Order", "Customer", "Date"], heads),
        "Order lines": (["Order", "Line", "SKU", "Quantity", "Unit price"], lines),
    }
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, (header, rows) in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(header)
        for row in rows:
            sheet.append(row)
    book.save(Path(__file__).parent / "harbour.xlsx")


if __name__ == "__main__":
    main()
