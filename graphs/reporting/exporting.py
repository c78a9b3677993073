"""Gives a ready report as a file."""

from collections.abc import Callable
from pathlib import Path

from graphs.choices import ReconciliationState
from graphs.models import Reconciliation
from graphs.reporting.paper import write_pdf
from graphs.reporting.workbook import write_workbook
from importer.data.storage import work_dir
from importer.errors import Refused

Write = Callable[[Reconciliation, Path], None]
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
_WRITE: dict[str, Write] = {"xlsx": write_workbook, "pdf": write_pdf}


def exported(made: Reconciliation, form: str) -> bytes:
    """The file of a report, ``xlsx`` or ``pdf``. Refused until the report is ready."""
    if made.state != ReconciliationState.READY:
        raise Refused("The report is not ready. Wait until it is.")
    with work_dir() as folder:
        path = folder / f"report.{form}"
        _WRITE[form](made, path)
        return path.read_bytes()


def file_name(made: Reconciliation, form: str) -> str:
    """What the download is called."""
    return f"reconciliation-{made.pk.hex[:8]}.{form}"
