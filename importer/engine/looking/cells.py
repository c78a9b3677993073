"""The cells of a match rule's fields as values that Odoo is asked for: references and lookups by
their records' ids.
"""

from collections.abc import Iterable, Sequence

from importer.data.keys import display_keys
from importer.data.match_rules import MatchRule
from importer.engine.desk import Desk
from importer.engine.looking.named import Names
from importer.engine.looking.rows import New
from importer.engine.matching import Value, Wanted, as_value
from importer.engine.references import known_targets


class Cells:
    """What a rule wants to know of rows; ``targets``: the fields in the order of their cells."""

    def __init__(self, desk: Desk, names: Names, targets: Sequence[str]) -> None:
        self._desk = desk
        self._names = names
        self._place = {target: n for n, target in enumerate(targets)}
        self._fields = {one.target: one for one in desk.fields}

    def wanted(self, rule: MatchRule, rows: Iterable[New]) -> list[Wanted]:
        """Of the rows that have a value in every field of the rule."""
        places = [self._place[name] for name in rule.fields]
        full = [row for row in rows if all(row.cells[place] for place in places)]
        found = {
            name: self._values(name, [row.cells[self._place[name]] or "" for row in full])
            for name in rule.fields
        }
        wanted = []
        for row in full:
            cells = {name: row.cells[self._place[name]] or "" for name in rule.fields}
            values = [found[name].get(cell) for name, cell in cells.items()]
            known = tuple(value for value in values if value is not None)
            if len(known) == len(values):
                shown = ", ".join(self._shown(name, cell) for name, cell in cells.items())
                wanted.append(Wanted(row.key, row.sheet_row, known, shown))
        return wanted

    def _values(self, name: str, cells: Sequence[str]) -> dict[str, Value]:
        one, different = self._fields[name], sorted(set(cells))
        if one.kind == "reference":
            targets = known_targets(self._desk, self._desk.entities[one.entity], different)
            return {key: known.odoo_id for key, known in targets.items()}
        if one.kind == "lookup":
            return self._looked_up(different)
        facts = self._desk.facts.fields[name]
        return {cell: as_value(facts, cell) for cell in different}

    def _looked_up(self, cells: Sequence[str]) -> dict[str, Value]:
        by_id = {cell: int(cell.removeprefix(".id:")) for cell in cells if cell.startswith(".id:")}
        named = self._names.resolve(cell for cell in cells if cell not in by_id)
        return {**by_id, **{cell: one.id for cell, one in named.items() if one.id is not None}}

    def _shown(self, name: str, cell: str) -> str:
        is_key = self._fields[name].kind == "reference"
        return display_keys(cell) if is_key else cell
