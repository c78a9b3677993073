"""The look before the plan, in its order: what is known, what is ours, what the rules find.

Called outside any transaction; in a dry run as well, as it only reads.
"""

from pathlib import Path

from importer.data.holding import is_link
from importer.data.match_rules import MatchRule, read_rules
from importer.engine.desk import Desk
from importer.engine.looking.hits import Hits
from importer.engine.looking.matches import Matching
from importer.engine.looking.named import Names
from importer.engine.looking.rows import Rows, open_rows
from importer.engine.looking.said import Looked, Sayer, saying
from importer.engine.looking.standing import look_after
from importer.engine.looking.verdicts import judge
from importer.errors import Refused


def look(desk: Desk, folder: Path, keymap: Path, only_rows: Path | None) -> Looked:
    """What Odoo has of the rows that this pass is about. ``keymap``: the planner's extract."""
    with (
        open_rows(desk.load, folder, keymap, only_rows) as rows,
        saying(folder / "looked.csv") as sayer,
    ):
        if is_link(desk.load.mapping):
            return sayer.looked  # the load before it has looked
        look_after(desk, rows, sayer)
        names = Names(desk)
        is_owned = bool(names.strangers(rows, sayer))
        rules = _usable(desk, rows, sayer)
        if is_owned or rules:
            hits = Hits(folder / "hits.ndjson")
            try:
                Matching(desk, names, rules, is_owned=is_owned).look(rows, hits)
            finally:
                hits.close()
            judge(desk, names, hits, sayer)
    return sayer.looked


def _usable(desk: Desk, rows: Rows, sayer: Sayer) -> list[MatchRule]:
    """The rules whose cells are there; a reference that is written later has none yet."""
    rules = []
    for rule in read_rules(desk.load.mapping):
        if rule.external_id_column:
            _check_column(desk, rule)
        if rows.has_cells(rule.fields):
            rules.append(rule)
        else:
            sayer.looked.notes.append(
                (
                    "warning",
                    f"The match rule “{rule.line}” was left out: one of its fields is written only "
                    "after the records are there.",
                )
            )
    return rules


def _check_column(desk: Desk, rule: MatchRule) -> None:
    sheet = desk.load.sheet
    columns = [str(one["name"]) for one in sheet.columns] if sheet else []
    if rule.external_id_column.lower() not in {one.lower() for one in columns}:
        raise Refused(
            f"The sheet has no column “{rule.external_id_column}”, by which the match rule "
            f"“{rule.line}” looks for records. Its columns are: {', '.join(columns)}."
        )
