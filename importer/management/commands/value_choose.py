"""manage.py value_choose: says what becomes of one value of a field."""

from typing import Any

from django.core.management.base import CommandParser

from importer.management.naming import asking_user, one_named, project_named
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.models import Mapping
from importer.value_choices import MAP, Choice, choose_values


class Command(VerbCommand):
    help = "Map a value to another text, or let its field be empty, its rows be skipped, or a stub."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("mapping", help="name or id")
        parser.add_argument("field", help="Odoo field, or company for the company of the row")
        parser.add_argument("value", help="as the sheet has it")
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--to", help="the text it becomes")
        for action, said in (
            ("create", "make a stub of it"),
            ("empty", "leave the field empty"),
            ("skip", "leave its rows out"),
        ):
            way.add_argument(
                f"--{action}", dest="way", action="store_const", const=action, help=said
            )

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        mapping = one_named(Mapping.objects.filter(project=project), options["mapping"])
        way, to = options["way"] or MAP, options["to"] or ""
        choice = Choice(options["field"], options["value"], way, to)
        names = [one.name for one in choose_values(mapping, [choice], by=user)]
        where = f"the value map “{names[0]}”" if names else "the mapping"
        text = f"Kept in {where}. Publish the graph again before the next run."
        return self.answer(options, text, {"value_maps": names})
