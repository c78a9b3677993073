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

    file_bytes: int = 512 * MIB
    unzipped_bytes: int = 2048 * MIB  # all members of one archive or workbook together
    rows: int = 5_000_000  # of one sheet
    columns: int = 2_000
    cell_chars: int = 1_000_000
    workbook_cells: int = (
        20_000_000  # of one workbook sheet, empty ones inside its area too
    )


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, f"STOWAGE_{name}", default)


def current_limits() -> Limits:
    """The limits in force: STOWAGE_MAX_FILE_BYTES, _UNZIPPED_BYTES, _ROWS, _COLUMNS, _CELL_CHARS
    and _WORKBOOK_CELLS, each with its default."""
    default = Limits()
    return Limits(
        file_bytes=_setting("MAX_FILE_BYTES", default.file_bytes),
        unzipped_bytes=_setting("MAX_UNZIPPED_BYTES", default.unzipped_bytes),
        rows=_setting("MAX_ROWS", default.rows),
        columns=_setting("MAX_COLUMNS", default.columns),
        cell_chars=_setting("MAX_CELL_CHARS", default.cell_chars),
        workbook_cells=_setting("MAX_WORKBOOK_CELLS", default.workbook_cells),
    )


def work_root() -> Path:
    """STOWAGE_WORK_DIR, where temporary files of reading and preparing live."""
    return Path(_setting("WORK_DIR", Path(gettempdir()) / "stowage-work"))


def empty_words() -> list[str]:
    """STOWAGE_EMPTY_WORDS: the words that mean an empty cell where a dataset names none."""
    return list(_setting("EMPTY_WORDS", ["NULL", "N/A", "#N/A"]))


def job_attempts() -> int:
    """STOWAGE_JOB_ATTEMPTS: how often a job whose process died is taken up again."""
    return int(_setting("JOB_ATTEMPTS", 5))
