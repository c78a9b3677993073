"""Whatever cells a spreadsheet program writes as csv, the sheet has them as they were."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings, strategies as st

from tests.datasets.reading import read_text

LETTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
CELL = st.one_of(
    st.text(LETTERS, max_size=12),
    st.text(st.sampled_from("\r\n\",;\t| '\\aé"), max_size=8),
)
ROW = st.lists(CELL, min_size=3, max_size=3)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, max_size=12))
def test_any_cells_arrive_as_they_were(rows: list[list[str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        sheet = read_text(Path(folder), out.getvalue(), separator=",", header_row=1)
    expected = [
        (number, *(cell or None for cell in row))
        for number, row in enumerate(rows, start=2)
        if "".join(row).strip()
    ]
    assert sheet.rows == expected
