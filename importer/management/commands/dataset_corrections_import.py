"""Takes in a workbook of corrected rows that came back: shows what it changes, and with --apply
makes the corrected dataset."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from importer.errors import Refused
from importer.management.naming import asking_user, dataset_named, project_named
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.models import Dataset, ReturnedWorkbook
from importer.returned import Compared
from importer.workbooks import ANSWERS, apply_workbook, preview_workbook, receive_workbook

_SHOWN = 50


class Command(VerbCommand):
    help = "Show what a workbook of corrected rows changes; with --apply make the new dataset."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("dataset", help="name or id of the dataset whose rows had gone out")
        parser.add_argument("file", type=Path, help="the workbook that came back")
        parser.add_argument("--apply", action="store_true", help="make the corrected dataset")
        parser.add_argument(
            "--conflicts",
            choices=ANSWERS,
            default="ask",
            help="cells corrected otherwise meanwhile",
        )

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        dataset = dataset_named(project_named(user, options["project"]), options["dataset"])
        path = options["file"]
        if not path.is_file():
            raise Refused(f"There is no file “{path}”.")
        came = receive_workbook(dataset, by=user, name=path.name, source=path)
        found = preview_workbook(came, by=user)
        made = None
        if options["apply"]:
            made = apply_workbook(came, by=user, conflicts=options["conflicts"])
        facts = _facts(came, found, made)
        return self.answer(options, "\n".join(_lines(found, made)), facts)


def _facts(came: ReturnedWorkbook, found: Compared, made: Dataset | None) -> dict[str, Any]:
    return {
        "ok": True,
        "id": str(came.pk),
        "rows": found.n_rows,
        "changed_cells": len(found.changes),
        "changed_rows": found.n_changed_rows,
        "conflicts": len(found.conflicts),
        "remarks": [one.message for one in found.remarks],
        "made": str(made.pk) if made else None,
    }


def _lines(found: Compared, made: Dataset | None) -> list[str]:
    left_out = sum(not one.column for one in found.changes)
    lines = [
        f"{found.n_rows:,} rows came back for {found.dataset}: {len(found.changes) - left_out:,} "
        f"cells are changed, {left_out:,} rows left out, {len(found.conflicts):,} in conflict."
    ]
    for one in found.changes[:_SHOWN]:
        what = f"“{one.now or ''}” -> “{one.new or ''}”" if one.column else "is left out"
        lines.append(f"  {one.sheet}, row {one.row}, {one.column}: {what}".replace(", :", ":"))
    if len(found.changes) > _SHOWN:
        lines.append(f"  and {len(found.changes) - _SHOWN:,} more")
    lines += [f"  not taken over: {one.message}" for one in found.remarks]
    lines.append(f"Made {made} ({made.pk})." if made else "Nothing was changed; --apply does it.")
    return lines
