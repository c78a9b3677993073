"""Which character separates the cells of a text file. Pure."""

import csv
from collections import Counter
from pathlib import Path

CANDIDATES = (",", ";", "\t", "|")
_SAMPLE_CHARACTERS = 64 * 1024
_SAMPLE_RECORDS = 100


def find_separator(path: Path, encoding: str, *, prefer_tab: bool) -> tuple[str, bool]:
    """The separator, and whether the first line is only ``sep=…``, as Excel writes it, which
    spreadsheet programs do not show.

    Undecodable bytes are left for the reader to complain about.
    """
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        sample = stream.read(_SAMPLE_CHARACTERS)
        is_whole = not stream.read(1)
    first = sample.splitlines()[0].strip().strip('"') if sample else ""
    if first[:4].lower() == "sep=" and len(first) == 5:
        return first[4], True
    if prefer_tab and "\t" in sample:
        return "\t", False
    return max(CANDIDATES, key=lambda separator: _score(sample, separator, is_whole)), False


def _score(sample: str, separator: str, is_whole: bool) -> tuple[bool, bool, float, int]:
    """Best is a separator that gives every record, the first one too, the same number of cells,
    and more than one."""
    try:
        records = list(csv.reader(sample.splitlines(keepends=True), delimiter=separator))
    except csv.Error:
        return (False, False, 0.0, 0)
    if not is_whole and len(records) > 1:
        records.pop()  # cut off in the middle
    widths = [len(record) for record in records[:_SAMPLE_RECORDS] if record]
    if not widths:
        return (False, False, 0.0, 0)
    usual, count = Counter(widths).most_common(1)[0]
    return (usual > 1, widths[0] == usual, round(count / len(widths), 2), usual)
