"""manage.py row_explain: everything about one row, from its cells to its record and back."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.explaining import as_json, lines_of, with_runs
from importer.errors import Refused
from importer.explaining.asking import Told, explain_key, explain_record, explain_row
from importer.management.naming import asking_user, connection_named, dataset_named, project_named
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.models import Entity, Project, Sheet, User


class Command(VerbCommand):
    help = "Explain a row: by its record, by its key, or by its place in a file. Sends nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("--record", metavar="MODEL,ID", help="such as res.partner,42")
        parser.add_argument("--connection", help="name or id; needed with --record")
        parser.add_argument("--entity", help="whose key is given")
        parser.add_argument("--key", nargs="+", metavar="TEXT", help="its columns' texts")
        parser.add_argument("--dataset", help="name or id")
        parser.add_argument("--sheet", help="its sheet, where it has several")
        parser.add_argument("--row", type=int, help="as a spreadsheet program shows it")
        parser.add_argument("--load", type=int, help="whose steps are told (default the newest)")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        told = with_runs(_explained(user, project_named(user, options["project"]), options))
        text = "\n\n".join("\n".join(lines_of(one)) for one in told)
        return self.answer(options, text, {"rows": as_json(told)})


def _explained(user: User, project: Project, options: dict[str, Any]) -> Told:
    load, name = options["load"], options["connection"]
    target = connection_named(project, name) if name else None
    if options["record"] and target is not None:
        model, _, number = options["record"].rpartition(",")
        if not model or not number.isdecimal():
            raise Refused("A record is named like this: res.partner,42.")
        odoo_id = int(number)
        return explain_record(by=user, connection=target, model=model, odoo_id=odoo_id, load=load)
    if options["entity"] and options["key"]:
        entity = Entity.objects.filter(project=project, name=options["entity"]).first()
        if entity is None:
            raise Refused(f"The project has no entity “{options['entity']}”.")
        return explain_key(by=user, entity=entity, key=options["key"], connection=target, load=load)
    if options["dataset"] and options["row"]:
        sheet = _sheet(project, options)
        return explain_row(by=user, sheet=sheet, row=options["row"], load=load)
    raise Refused("Say --record and --connection; or --entity and --key; or --dataset and --row.")


def _sheet(project: Project, options: dict[str, Any]) -> Sheet:
    sheets = dataset_named(project, options["dataset"]).sheets.select_related("dataset", "project")
    found = list(sheets.filter(name=options["sheet"]) if options["sheet"] else sheets)
    if len(found) != 1:
        names = ", ".join(sheets.values_list("name", flat=True))
        raise Refused(f"Say which sheet with --sheet: {names}.")
    return found[0]
