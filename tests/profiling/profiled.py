"""Profiles files as a dataset's job does: read into sheets first, then looked at."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from importer.data.files import SourceFile, read_files
from importer.data.options import checked_options, read_options
from importer.data.profiling.cells import SheetFile
from importer.data.profiling.facts import Alarm, ColumnFacts, DatasetFacts
from importer.data.profiling.profile import profile_sheets
from importer.limits import Limits

EMPTY_WORDS = ("NULL", "N/A", "#N/A")


def profile_paths(folder: Path, paths: Sequence[Path], **options: Any) -> DatasetFacts:
    work = folder / "read"
    work.mkdir()
    found = read_files(
        [SourceFile(path, path.name) for path in paths],
        read_options(checked_options(options)),
        Limits(),
        work,
        lambda done, message: None,
    )
    sheets = [
        SheetFile(
            sheet.name,
            sheet.path,
            sheet.n_rows,
            tuple((one["name"], one["header"] or "") for one in sheet.columns),
            tuple((one.code, one.message, one.row, one.count) for one in sheet.notices),
        )
        for _, sheet in found
    ]
    return profile_sheets(
        sheets, empty_words=EMPTY_WORDS, work=folder / "duck", told=lambda done, total, name: None
    )


def profile_texts(folder: Path, **sheets: str) -> DatasetFacts:
    """Sheets by name, each as the text of a csv file."""
    folder.mkdir(exist_ok=True)
    paths = []
    for name, text in sheets.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return profile_paths(folder, paths)


def column_of(folder: Path, *cells: str, header: str = "value") -> ColumnFacts:
    """One column beside a number of the row, so that empty cells are rows as well; the first
    cell is in row 2."""
    lines = [f"n;{header}", *(f"{n};{cell}" for n, cell in enumerate(cells))]
    profile = profile_texts(folder, sheet="\n".join(lines) + "\n")
    return profile.sheets[0].columns[1]


def alarm(alarms: Sequence[Alarm], code: str) -> Alarm:
    """The one alarm of that code."""
    (found,) = [one for one in alarms if one.code == code]
    return found


def codes(alarms: Sequence[Alarm]) -> set[str]:
    return {one.code for one in alarms}
