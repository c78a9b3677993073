"""Compares a newer sheet with an older one, or with what was loaded last."""

from typing import Any

from django.core.management.base import CommandParser

from importer.data.delta import KINDS, DeltaCounts, DeltaRow
from importer.deltas import compare_sheets, last_loaded
from importer.errors import Refused
from importer.management.naming import asking_user, connection_named, dataset_named, project_named
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.models import Dataset, Entity, Project, Sheet


class Command(VerbCommand):
    help = "Compare two sheets by key: new, changed, unchanged and vanished rows. Sends nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("dataset", help="the newer one: name or id")
        parser.add_argument("--sheet", help="its sheet, where it has several")
        parser.add_argument("--against", help="the older dataset: name or id")
        parser.add_argument("--against-sheet", help="its sheet (default: of the same name)")
        parser.add_argument("--entity", help="whose key and whose last load")
        parser.add_argument("--connection", help="compare with what was loaded last into it")
        parser.add_argument("--key", nargs="+", metavar="COLUMN", help="default: the entity's key")
        parser.add_argument("--kind", nargs="+", choices=KINDS, default=[], help="rows to show")
        parser.add_argument("--rows", type=int, default=20, help="how many (default 20)")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        project = project_named(user, options["project"])
        new = _sheet(dataset_named(project, options["dataset"]), options["sheet"])
        entity = _entity(project, options["entity"])
        old = _old(project, options, new, entity)
        key = options["key"] or (list(entity.key_columns) if entity else [])
        with compare_sheets(by=user, old=old, new=new, key_columns=key) as found:
            kinds = options["kind"] or [kind for kind in KINDS if kind != "unchanged"]
            rows = found.rows(kinds, limit=max(0, options["rows"]))
            facts = {
                "counts": found.counts.as_json(),
                "rows": [row.as_json() for row in rows],
            }
        return self.answer(options, "\n".join(_lines(found.counts, rows)), facts)


def _entity(project: Project, name: str | None) -> Entity | None:
    if not name:
        return None
    found = Entity.objects.filter(project=project, name=name).first()
    if found is None:
        raise Refused(f"The project has no entity “{name}”.")
    return found


def _old(project: Project, options: dict[str, Any], new: Sheet, entity: Entity | None) -> Sheet:
    if options["against"]:
        name = options["against_sheet"] or (new.name if not options["sheet"] else options["sheet"])
        older = dataset_named(project, options["against"])
        return _sheet(older, options["against_sheet"] or _usual(older, name))
    if entity is None or not options["connection"]:
        raise Refused("Say --against DATASET, or --entity and --connection.")
    return last_loaded(entity, connection_named(project, options["connection"]))


def _usual(dataset: Dataset, name: str) -> str | None:
    return name if dataset.sheets.filter(name=name).exists() else None


def _sheet(dataset: Dataset, name: str | None) -> Sheet:
    sheets = list(dataset.sheets.select_related("dataset", "project"))
    if name:
        sheets = [sheet for sheet in sheets if sheet.name == name]
    if len(sheets) != 1:
        names = ", ".join(dataset.sheets.values_list("name", flat=True))
        raise Refused(f"Say which sheet of “{dataset}”: {names or 'it has none'}.")
    return sheets[0]


def _lines(counts: DeltaCounts, rows: list[DeltaRow]) -> list[str]:
    told = [f"{getattr(counts, kind):,} {kind}" for kind in KINDS]
    lines = [", ".join(told) + "."]
    lines += [
        f"  {column}: {n:,} rows"
        for column, n in ((one.column, one.rows) for one in counts.columns)
    ]
    for what, columns in (("New", counts.added_columns), ("Lost", counts.lost_columns)):
        lines += [f"{what} columns: {', '.join(columns)}"] if columns else []
    for what, (old, new) in (("key of an earlier row", counts.doubled),
                             ("no whole key", counts.without_key)):  # fmt: skip
        lines += [f"Left out, {what}: {old:,} old, {new:,} new rows"] if old or new else []
    return lines + [_line(row) for row in rows]


def _line(row: DeltaRow) -> str:
    places = [f"row {number}" for number in (row.old_row, row.new_row) if number is not None]
    changes = [f"{one.column}: {one.old or ''} -> {one.new or ''}" for one in row.changes]
    return (
        f"{row.kind:9} {', '.join(row.key)} ({' -> '.join(places)}) {'; '.join(changes)}".rstrip()
    )
