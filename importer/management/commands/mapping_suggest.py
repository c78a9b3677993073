"""manage.py mapping_suggest: what the sheets of a dataset could be in Odoo, column by column."""

from typing import Any

from django.core.management.base import CommandParser

from importer.data.suggesting.shapes import SheetSuggestion
from importer.data.suggesting.written import suggestion_json
from importer.errors import Refused
from importer.management.naming import asking_user, connection_named, dataset_named, project_named
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.models import Connection, Dataset, Project, Sheet, User
from importer.suggestions import accept_mapping, suggest_mapping


class Command(VerbCommand):
    help = "Suggest mappings for the sheets of a dataset; with --accept, make them."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("dataset", help="name or id")
        parser.add_argument("--connection", help="name or id (default: the only one)")
        parser.add_argument("--sheet", help="only this one")
        parser.add_argument("--model", default="", help="of that sheet (default: guessed)")
        parser.add_argument("--accept", action="store_true", help="make the mappings")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        if options["model"] and not options["sheet"]:
            raise Refused("A model is of one sheet: give --sheet with --model.")
        dataset = dataset_named(project, options["dataset"])
        connection = _connection(project, options["connection"])
        found = []
        for sheet in _sheets(dataset, options["sheet"]):
            said = suggest_mapping(sheet, connection, by=user, model=options["model"])
            made = _accept(sheet, connection, said, user) if options["accept"] else ""
            found.append((said, made))
        facts = [suggestion_json(said) | {"mapping": made or None} for said, made in found]
        text = "\n".join(_text(said, made) for said, made in found)
        return self.answer(options, text, {"sheets": facts})


def _connection(project: Project, name: str | None) -> Connection:
    if name:
        return connection_named(project, name)
    found = list(Connection.objects.filter(project=project)[:2])
    if len(found) != 1:
        raise Refused("Say which connection with --connection; there is not exactly one.")
    return found[0]


def _sheets(dataset: Dataset, name: str | None) -> list[Sheet]:
    sheets = list(dataset.sheets.all())
    if name:
        sheets = [sheet for sheet in sheets if sheet.name == name]
        if not sheets:
            raise Refused(f"“{dataset}” has no sheet “{name}”.")
    return sheets


def _accept(sheet: Sheet, connection: Connection, said: SheetSuggestion, user: User) -> str:
    """The name of the mapping; none where no model fits."""
    if not said.model:
        return ""
    targets = {one.column: str(one.target) for one in said.columns if one.target}
    made = accept_mapping(
        sheet, connection, by=user, model=said.model, key=said.key, targets=targets
    )
    return made.name


def _text(said: SheetSuggestion, made: str) -> str:
    model = said.model or "no model"
    lines = [f"{said.sheet}: {model}. {said.model_reason}"]
    if said.model:
        lines.append(f"  key: {', '.join(said.key)}. {said.key_reason}")
    for one in said.columns if said.model else ():
        target = f"{one.target} ({one.confidence:.2f})" if one.target else "-"
        lines.append(f"  {one.column:24} {target:32} {one.reason}")
    if said.missing:
        lines.append(f"  Odoo requires, and no column fills: {', '.join(said.missing)}.")
    if made:
        lines.append(f"  Made the mapping “{made}”.")
    return "\n".join(lines)
