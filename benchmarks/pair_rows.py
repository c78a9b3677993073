"""The rows of a pair: the same partners as a sheet for Stowage and as columns of ``load``.

Nine columns, a country and one or two of ten tags among them. Of bad rows a third holds no number
where one must be (only these files have a tenth column), a third names a country that there is not,
and a third has no name, which only Odoo's database refuses.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TAGS = 10
_COUNTRIES = ("BE", "NL", "DE", "FR", "IT", "ES", "SE", "PL")
_SHEET = ("Number", "Name", "E-mail", "Phone", "Street", "City", "Country", "Tags")
_LOAD = (
    *("id", "name", "email", "phone", "street", "city"),
    *("country_id/id", "category_id/id", "ref"),
)


@dataclass(frozen=True, slots=True)
class Files:
    """``sheet`` is for Stowage, ``load`` for the other side; ``bad``: rows that must not arrive."""

    sheet: Path
    load: Path
    n_rows: int
    bad: int


def write_rows(folder: Path, name: str, count: int, *, bad: float = 0, changed: float = 0) -> Files:
    """``bad`` and ``changed``: shares of the rows, always the same ones."""
    chosen = random.Random(11).sample(range(count), round(count * (bad or changed)))
    sheet, load = folder / f"{name}-sheet.csv", folder / f"{name}-load.csv"
    with (
        sheet.open("w", newline="", encoding="utf-8") as one,
        load.open("w", newline="", encoding="utf-8") as other,
    ):
        more = ("Colour",) if bad else ()
        ours, theirs = csv.writer(one), csv.writer(other, delimiter=";")
        ours.writerow([*_SHEET, *more])
        theirs.writerow([*_LOAD, *(("color",) if bad else ())])
        wrong = {number: n % 3 for n, number in enumerate(chosen)} if bad else {}
        moved = set(chosen) if changed else set()
        for mine, their in _rows(count, wrong, moved, has_colour=bool(bad)):
            ours.writerow(mine)
            theirs.writerow(their)
    return Files(sheet, load, count, len(chosen) if bad else 0)


def _rows(
    count: int, wrong: dict[int, int], moved: set[int], *, has_colour: bool
) -> Iterator[tuple[list[str], list[str]]]:
    for n in range(count):
        kind = wrong.get(n)
        tags = sorted({n % TAGS, n * 7 % TAGS})
        code = _COUNTRIES[n % len(_COUNTRIES)]
        plain = [
            "" if kind == 2 else f"Partner {n}",
            f"partner{n}@example.com",
            f"+32 2 {n:07}",
            f"{n % 400 + 1} Quay Street",
            f"Harbour {n % 97}{' North' if n in moved else ''}",
        ]
        colour = [("blue" if kind == 0 else str(n % 12))] if has_colour else []
        country = ("Q9", f"base.nope_{n}") if kind == 1 else (code, f"base.{code.lower()}")
        number = f"PF{n:07}"
        mine = [number, *plain, country[0], ",".join(f"Pair {tag}" for tag in tags), *colour]
        named = ",".join(f"__import__.pair_{tag}" for tag in tags)
        yield mine, [f"__import__.pf_{n:07}", *plain, country[1], named, number, *colour]


def recipe(*, has_colour: bool) -> dict[str, Any]:
    """A graph of one node for the sheet."""
    columns = {"ref": "Number", "name": "Name", "email": "E-mail", "phone": "Phone"}
    columns |= {"street": "Street", "city": "City"} | ({"color": "Colour"} if has_colour else {})
    fields: list[dict[str, Any]] = [
        {"target": target, "source": "column", "spec": {"column": column}}
        for target, column in columns.items()
    ]
    fields += [
        _lookup("country_id", "res.country", "code", {"inputs": [{"column": "Country"}]}),
        _lookup(
            "category_id",
            "res.partner.category",
            "name",
            {"inputs": [{"column": "Tags"}], "separator": ","},
        ),
    ]
    entity = {"name": "partner", "odoo_model": "res.partner", "key_columns": ["Number"]}
    mapping = {"name": "Partners", "sheet_name": "", "entity": entity, "fields": fields}
    node = {"odooModel": "res.partner", "mapping": "Partners"}
    return {
        "name": "Partners",
        "mappings": [mapping],
        "nodes": [{"id": "partners", "type": "load", "data": node}],
        "edges": [],
    }


def _lookup(target: str, model: str, by: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"target": target, "source": "lookup", "spec": {"model": model, "by": [by], **spec}}
