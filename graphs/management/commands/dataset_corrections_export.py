"""Writes the bad rows of a run, or of a dataset under a mapping, as a workbook for the client."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from graphs.fixing import RunRows
from graphs.management.naming import run_named
from importer.bad_rows import ALL_LEVELS, LEVELS, BadRows, Wanted
from importer.checking import CheckedRows
from importer.errors import Refused
from importer.management.naming import (
    asking_user,
    connection_named,
    dataset_named,
    one_named,
    project_named,
)
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.models import Mapping, User
from importer.workbooks import export_workbook


class Command(VerbCommand):
    help = "Write bad rows as a workbook: of a run, or of a dataset under a mapping."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("file", type=Path, help="where to write it, ending in .xlsx")
        parser.add_argument("--run", help="id of the run that found them")
        parser.add_argument("--dataset", help="name or id; with --mapping and --connection")
        parser.add_argument("--mapping", help="name or id")
        parser.add_argument("--connection", help="name or id")
        parser.add_argument("--code", default="", help="only rows with this cause")
        parser.add_argument("--column", default="", help="only rows that are bad in this column")
        parser.add_argument("--value", help="only rows with this value")
        parser.add_argument(
            "--all-levels", action="store_true", help="rows blocked by others and warned of, too"
        )

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        if options["file"].suffix.lower() != ".xlsx":
            raise Refused("The workbook's name must end in .xlsx.")
        made = export_workbook(_bad(user, options), by=user, path=options["file"])
        sentence = (
            f"Wrote {made.n_rows:,} rows of {made.dataset} to {options['file']}. Give it back with "
            "dataset_corrections_import."
        )
        facts = {"ok": True, "rows": made.n_rows, "dataset": str(made.dataset.pk)}
        return self.answer(options, sentence, facts)


def _bad(user: User, options: dict[str, Any]) -> BadRows:
    wanted = Wanted(
        code=options["code"],
        column=options["column"],
        value=options["value"],
        levels=ALL_LEVELS if options["all_levels"] else LEVELS,
    )
    if options["run"]:
        return RunRows(run_named(options["run"]), wanted)
    if not (options["dataset"] and options["mapping"] and options["connection"]):
        raise Refused("Name a run with --run, or a dataset with its --mapping and --connection.")
    project = project_named(user, options["project"])
    own = Mapping.objects.filter(project=project)
    return CheckedRows(
        dataset_named(project, options["dataset"]),
        one_named(own, options["mapping"], f" in project “{project}”"),
        connection_named(project, options["connection"]),
        wanted,
    )
