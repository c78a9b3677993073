"""Uploads files as one dataset; a worker reads them."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from importer.choices import DatasetState
from importer.datasets import upload_dataset
from importer.errors import Refused
from importer.management.naming import asking_user, project_named
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.models import Dataset

_ENDED = (DatasetState.READY, DatasetState.FAILED)


class Command(VerbCommand):
    help = "Upload one or more files as one dataset."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--name", default="", help="what the dataset is called")
        parser.add_argument("--encoding", help="such as utf-8 or cp1252 (default: found)")
        parser.add_argument("--separator", help="one character, or tab (default: found)")
        parser.add_argument("--header-row", help="number from 1, 0 for none (default: found)")
        parser.add_argument("--empty-word", action="append", dest="empty_words")
        parser.add_argument("--wait", action="store_true", help="until a worker has read them")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        given = {
            key: options[key] for key in ("encoding", "separator", "header_row", "empty_words")
        }
        files = [(path.name, _existing(path)) for path in options["files"]]
        dataset, is_new = upload_dataset(
            by=user, project=project, files=files, name=options["name"], options=given
        )
        while options["wait"] and dataset.state not in _ENDED:
            time.sleep(0.2)
            dataset.refresh_from_db()
        return self.answer(options, _sentence(dataset, is_new), _facts(dataset, is_new))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise Refused(f"There is no file “{path}”.")
    return path


def _sentence(dataset: Dataset, is_new: bool) -> str:
    start = "Uploaded" if is_new else "Known already:"
    rows = [f"  {sheet.name}: {sheet.n_rows} rows" for sheet in dataset.sheets.all()]
    if files := dataset.assets.count():
        rows.append(f"  {files} files that rows may name")
    state = dataset.error or dataset.get_state_display()
    return "\n".join((f"{start} {dataset.name} ({dataset.pk}). {state}", *rows))


def _facts(dataset: Dataset, is_new: bool) -> dict[str, Any]:
    return {
        "ok": dataset.state != DatasetState.FAILED,
        "id": str(dataset.pk),
        "name": dataset.name,
        "is_new": is_new,
        "state": dataset.state,
        "error": dataset.error,
        "n_assets": dataset.assets.count(),
        "sheets": [
            {
                "name": sheet.name,
                "rows": sheet.n_rows,
                "columns": sheet.column_names,
                "notices": sheet.notices,
            }
            for sheet in dataset.sheets.all()
        ],
    }
