"""Nulls, distinct values, top values, least and greatest: equal to what plain Python counts."""

import random
from collections import Counter
from pathlib import Path

from importer.data.profiling.facts import LikelyType
from tests.profiling.profiled import alarm, column_of, profile_texts


def test_counts_agree_with_plain_python(tmp_path: Path) -> None:
    rng = random.Random(7)
    texts = ["", " ", "NULL", "a", "b ", "B", "ü", "1", "x y", "long " * 30]
    cells = [rng.choice(texts) for _ in range(500)]
    facts = column_of(tmp_path, *cells)
    filled = [cell for cell in cells if cell.strip() not in ("", "NULL")]
    counts = Counter(filled)
    assert facts.filled == len(filled)
    assert facts.nulls == len(cells) - len(filled)
    assert facts.distinct == len(counts)
    assert (facts.shortest, facts.longest) == (1, 150)
    best = max(counts.values())
    assert facts.top[0].count == best
    assert sum(one.count for one in facts.top) == len(filled)
    for one in facts.top:
        first = next(row for row, cell in enumerate(cells, 2) if _shown(cell) == one.value)
        assert one.row == first
    assert sum(one.count for one in facts.formats) == len(filled)


def _shown(cell: str) -> str:
    return cell if len(cell) <= 80 else cell[:77] + "..."


def test_words_for_an_empty_cell_are_empty(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "NULL", " N/A ", "", "5")
    assert (facts.nulls, facts.filled, facts.likely_type) == (3, 1, LikelyType.INTEGER)


def test_rows_are_named_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    profile = profile_texts(tmp_path, sheet="n,mail\n1,a@b.cd\n\n\n2,wrong@\n3,c@d.ef\n")
    column = profile.sheets[0].column("mail")
    assert column.likely_type is LikelyType.EMAIL
    found = alarm(column.alarms, "broken_emails")
    assert (found.rows, found.count) == ((5,), 1)
    assert "Column “mail” of sheet “sheet”" in found.message
    assert "row 5" in found.message


def test_all_rows_with_the_same_fault_are_named(tmp_path: Path) -> None:
    cells = ["2024-01-01", "soon", "2024-01-02", "soon", "2024-01-03", "soon"]
    found = alarm(column_of(tmp_path, *cells, *["2024-05-05"] * 6).alarms, "mixed_types")
    assert (found.rows, found.count) == ((3, 5, 7), 3)


def test_types_of_words(tmp_path: Path) -> None:
    def kind(name: str, *cells: str, header: str = "value") -> LikelyType:
        return column_of(tmp_path / name, *cells, header=header).likely_type

    assert kind("url", "https://a.example", "www.b.example/c") is LikelyType.URL
    assert kind("phone", "+49 30 123456", "(030) 12 34 56") is LikelyType.PHONE
    assert kind("tel", "030-0074321", "0300074321", header="Tel.") is LikelyType.PHONE
    assert kind("text", "12-34-5678", "30-00-7432", header="code") is LikelyType.TEXT
    assert kind("bool", "yes", "no", "yes") is LikelyType.BOOLEAN
    assert kind("country", "NO", "DE", "FR", "IT") is LikelyType.TEXT
    assert kind("empty", "", "") is LikelyType.TEXT


def test_spoiled_texts_are_named(tmp_path: Path) -> None:
    facts = column_of(tmp_path, "MÃ¼ller", " Ann", "<p>Hi</p>", '"a\nb"', "Bob", "Total")
    rows = {one.code: one.rows for one in facts.alarms}
    assert rows == {
        "broken_letters": (2,),
        "surrounding_blanks": (3,),
        "html": (4,),
        "control_characters": (5,),
        "total_rows": (7,),
    }
