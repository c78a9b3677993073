"""manage.py mapping_preview: the first rows of a sheet as a mapping would send them."""

from typing import Any

from django.core.management.base import CommandParser

from importer.errors import Refused
from importer.management.naming import (
    asking_user,
    connection_named,
    dataset_named,
    one_named,
    project_named,
)
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.mappings import preview
from importer.models import Connection, Dataset, Mapping, Project, Sheet


class Command(VerbCommand):
    help = "Show the first rows of a sheet as a mapping would send them. Nothing is sent."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("mapping", help="name or id")
        parser.add_argument("dataset", help="name or id")
        parser.add_argument("--connection", help="name or id (default: the only one)")
        parser.add_argument("--sheet", help="default: the mapping's usual sheet")
        parser.add_argument("--rows", type=int, default=10, help="default: 10")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        place = f" in project “{project}”"
        mapping = one_named(Mapping.objects.filter(project=project), options["mapping"], place)
        sheet = sheet_named(
            dataset_named(project, options["dataset"]), options["sheet"] or mapping.sheet_name
        )
        connection = _connection(project, options["connection"])
        said = preview(mapping, sheet, connection, by=user, limit=max(options["rows"], 0))
        return self.answer(options, _text(said), said)


def sheet_named(dataset: Dataset, name: str) -> Sheet:
    """The dataset's sheet of that name, or its only one."""
    sheets = list(dataset.sheets.all())
    found = [sheet for sheet in sheets if sheet.name == name] or (sheets if not name else [])
    if len(found) != 1:
        names = ", ".join(f"“{sheet}”" for sheet in sheets)
        raise Refused(f"Say which sheet of “{dataset}” with --sheet: {names}.")
    return found[0]


def _connection(project: Project, name: str | None) -> Connection:
    if name:
        return connection_named(project, name)
    found = list(Connection.objects.filter(project=project)[:2])
    if len(found) != 1:
        raise Refused("Say which connection with --connection; there is not exactly one.")
    return found[0]


def _text(said: dict[str, Any]) -> str:
    lines = [
        f"{said['n_rows']} rows, {said['n_failed']} with errors, {said['n_warnings']} warnings. "
        "Nothing was sent."
    ]
    for group in said["groups"]:
        rows = ", ".join(str(row) for row in group["first_rows"])
        lines.append(f"{group['rows']} x {group['message']} (rows {rows})")
    for row in said["rows"]:
        cells = ", ".join(f"{name}={cell!r}" for name, cell in row["cells"].items())
        lines.append(f"row {row['sheet_row']}: {cells}")
    return "\n".join(lines)
