"""How much of a user's file is taken on, from settings with defaults that need no setting."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from django.conf import settings

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Each is inclusive: what is larger is refused with a sentence."""

    file_bytes: int = 500 * MIB
    unzipped_bytes: int = 4_000 * MIB  # all members of one archive or workbook together
    rows: int = 5_000_000  # of one sheet
    columns: int = 1_000
    cell_characters: int = 1_000_000
    workbook_cells: int = 10_000_000  # of one workbook sheet, empty ones inside its area too
    binary_bytes: int = 20 * MIB  # of one picture or attachment


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, f"STOWAGE_{name}", default)


def current_limits() -> Limits:
    """The limits in force: STOWAGE_MAX_FILE_MB, _UNZIPPED_MB, _ROWS, _COLUMNS, _CELL_CHARACTERS,
    _WORKBOOK_CELLS and _BINARY_MB, each with its default."""
    default = Limits()
    return Limits(
        file_bytes=_setting("MAX_FILE_MB", default.file_bytes // MIB) * MIB,
        unzipped_bytes=_setting("MAX_UNZIPPED_MB", default.unzipped_bytes // MIB) * MIB,
        rows=_setting("MAX_ROWS", default.rows),
        columns=_setting("MAX_COLUMNS", default.columns),
        cell_characters=_setting("MAX_CELL_CHARACTERS", default.cell_characters),
        workbook_cells=_setting("MAX_WORKBOOK_CELLS", default.workbook_cells),
        binary_bytes=_setting("MAX_BINARY_MB", default.binary_bytes // MIB) * MIB,
    )


def work_root() -> Path:
    """STOWAGE_WORK_DIR, where temporary files of reading and preparing live."""
    return Path(_setting("WORK_DIR", Path(gettempdir()) / "stowage-work"))


def default_empty_words() -> list[str]:
    """STOWAGE_EMPTY_WORDS: the words that mean an empty cell where a dataset names none."""
    return list(_setting("EMPTY_WORDS", ["NULL", "N/A", "#N/A"]))


def job_attempts() -> int:
    """STOWAGE_JOB_ATTEMPTS: how often a job whose process died is taken up again."""
    return int(_setting("JOB_ATTEMPTS", 5))
