"""manage.py value_gaps: the values of a sheet that fit nothing under a mapping."""

from typing import Any

from django.core.management.base import CommandParser

from importer.management.naming import (
    asking_user,
    connection_named,
    dataset_named,
    one_named,
    project_named,
)
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.models import Mapping
from importer.value_gaps import sheet_for, value_gaps

_SHOWN = 20


class Command(VerbCommand):
    help = "List values that fit no choice, record, key or company, with their rows."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("mapping", help="name or id")
        parser.add_argument("dataset", help="name or id")
        parser.add_argument("--connection", required=True, help="name or id")
        parser.add_argument("--sheet", default="", help="default: the mapping's usual one")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        mapping = one_named(Mapping.objects.filter(project=project), options["mapping"])
        sheet = sheet_for(mapping, dataset_named(project, options["dataset"]), options["sheet"])
        connection = connection_named(project, options["connection"])
        found = value_gaps(mapping, sheet, connection, by=user)
        text = "\n".join(_text(one) for one in found if one["gaps"])
        return self.answer(options, text or "Every value of this sheet fits.", {"fields": found})


def _text(field: dict[str, Any]) -> str:
    head = (
        f"{field['column']} -> {field['field']}: {field['values']} values in {field['rows']} rows"
    )
    lines = [f"{head} (choose: {', '.join(field['may'])})"]
    for gap in field["gaps"][:_SHOWN]:
        likely = ", ".join(
            f"{one['to']} ({one['confidence']:.2f}: {one['reason']})" for one in gap["suggestions"]
        )
        lines.append(f"  {gap['value']} × {gap['rows']}{f'  ? {likely}' if likely else ''}")
    return "\n".join(lines)
