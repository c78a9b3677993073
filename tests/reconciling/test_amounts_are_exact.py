"""Sums are decimals, rounded as Odoo rounds each row; what floats cannot hold is no difference."""

from decimal import Decimal

import duckdb
import pytest

from graphs.reporting.lettering import marked
from graphs.reporting.workbook import safe
from importer.engine.reconciling.fields import Checked
from importer.engine.reconciling.reading import as_texts
from importer.engine.reconciling.tables import amount, differs, rounded
from importer.engine.reconciling.totals import plain
from importer.odoo.protocols import FieldFacts


def field(typed: str, **more: object) -> Checked:
    return Checked("x", "X", "X", typed, **more)  # type: ignore[arg-type]


def is_other(one: Checked, cell: str | None, value: str) -> bool:
    places = {1: 2, 7: 0}
    found = duckdb.execute(
        f'SELECT {differs(one, "o", "NULL", places)} FROM (SELECT ? AS "cell:x") AS p, '
        '(SELECT ? AS "v:x", ? AS "v:currency_id") AS o',
        [cell, value, "7"],
    ).fetchone()
    assert found
    return bool(found[0])


@pytest.mark.parametrize(
    ("one", "cell", "value", "other"),
    [
        (field("float", digits=2), "12.345", "12.35", False),
        (field("float", digits=2), "12.345", "12.34", True),
        (field("float", digits=2), "-0.005", "-0.01", False),
        (field("float"), "9.2", "9.200000000000001", False),
        (field("float"), "9.2", "9.21", True),
        (field("float"), "0.1234567890123456789", "0.12345678901234568", False),
        (field("monetary", currency="currency_id"), "100.4", "100", False),
        (field("monetary", currency="currency_id"), "100.6", "100", True),
        (field("integer"), "7", "7", False),
        (field("char"), None, "kept", False),
        (field("char", is_cleared=True), None, "left", True),
        (field("boolean"), "0", "1", True),
        (field("html"), "A & B", "<p>A &amp; B</p>", False),
        (field("html"), "<b>A</b>", "<p><b>A</b></p>", False),
        (field("html"), "A", "<p>B</p>", True),
        (field("many2one", kind="reference", relation="res.partner"), '["A"]', "", True),
    ],
)
def test_what_is_a_difference(one: Checked, cell: str | None, value: str, other: bool) -> None:
    assert is_other(one, cell, value) is other


def test_a_sum_of_tenths_is_whole_and_each_row_is_rounded_before_it() -> None:
    one, number = field("float", digits=2), amount("v")
    found = duckdb.execute(
        f"SELECT sum({number}), sum({rounded(one, number, '', {})}) "
        "FROM (SELECT '0.1' AS v FROM range(10) UNION ALL SELECT '0.005' FROM range(2))"
    ).fetchone()
    assert found == (Decimal("1.01"), Decimal("1.02"))
    assert [plain(Decimal(text)) for text in ("1.500000", "-0.00", "1000")] == ["1.5", "0", "1000"]


def test_odoos_values_become_the_texts_that_cells_are() -> None:
    def texts(kind: str, values: list[object]) -> list[str]:
        facts = FieldFacts("x", "X", kind, False, False, True)
        return as_texts({"x": facts}, "x")(values)

    assert texts("many2one", [3, False]) == ["3", ""]
    assert texts("many2many", [[10, 9], []]) == ["9,10", ""]
    assert texts("float", [1e-07, False]) == ["1e-07", "0"]
    assert texts("char", ["a", False, "x" * 2001])[2].startswith("xxx")
    assert len(texts("char", ["x" * 2001])[0]) < 300


def test_texts_stay_texts_on_paper() -> None:
    assert (safe("＝1"), safe("\n=1")) == ("'＝1", "'\n=1")
    assert safe("=1+1") == "'=1+1" and safe("-12.5") == "-12.5" and safe("-1+cmd") == "'-1+cmd"
    assert marked("Ωж <b>") == "Ωж &lt;b&gt;"
    assert marked("漢") == '<font name="STSong-Light">漢</font>'
    assert marked("\U0001f6a2") == "U+1F6A2"
