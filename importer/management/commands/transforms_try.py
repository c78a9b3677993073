"""manage.py transforms_try: what transforms make of a column's first rows; without a dataset, which
transforms there are.
"""

import json
from typing import Any

from django.core.management.base import CommandParser

from importer.errors import Refused
from importer.management.commands.mapping_preview import sheet_named
from importer.management.naming import asking_user, dataset_named, project_named
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.transforming import list_transforms, try_transforms


class Command(VerbCommand):
    help = "Try transforms on a sheet's first rows, or list those there are. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("dataset", nargs="?", help="name or id; left out: list transforms")
        parser.add_argument("--sheet", default="", help="default: the only one there is")
        parser.add_argument("--column", default="", help="whose values are tried")
        parser.add_argument("--sql", default="", help="an expression instead of a column")
        parser.add_argument(
            "--transforms", default="[]", help='JSON, such as \'[{"name": "trim"}]\''
        )
        parser.add_argument("--rows", type=int, default=20, help="default: 20")

    def run_verb(self, options: dict[str, Any]) -> int:
        if not options["dataset"]:
            known = list_transforms()
            lines = [f"{one['name']:16} {one['says']}" for one in known]
            return self.answer(options, "\n".join(lines), {"transforms": known})
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        said = try_transforms(
            sheet_named(dataset_named(project, options["dataset"]), options["sheet"]),
            by=user,
            transforms=_steps(options["transforms"]),
            column=options["column"],
            sql=options["sql"],
            shown=max(options["rows"], 1),
        )
        return self.answer(options, _text(said), said)


def _steps(text: str) -> list[dict[str, Any]]:
    try:
        steps: list[dict[str, Any]] = json.loads(text)
    except ValueError as error:
        raise Refused(f"--transforms is not JSON: {error}.") from error
    if not isinstance(steps, list):
        raise Refused('--transforms must be a list, such as [{"name": "trim"}].')
    return steps


def _text(said: dict[str, Any]) -> str:
    lines = [
        f"Of the first {said['looked_at']} rows {said['changed']} are changed and "
        f"{said['unreadable']} cannot be read."
    ]
    for row in said["rows"]:
        made = row["problem"] or f"{row['before']!r} -> {row['after']!r}"
        lines.append(f"row {row['row']}: {made}")
    return "\n".join(lines)
