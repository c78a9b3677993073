"""Looks for the records of new rows: first under our own external ids, then rule after rule."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from importer.data.match_rules import MatchRule
from importer.engine.contexts import company_context, write_context
from importer.engine.desk import Desk
from importer.engine.looking.cells import Cells
from importer.engine.looking.hits import CHUNK, Hit, Hits
from importer.engine.looking.named import Names
from importer.engine.looking.rows import New, Rows
from importer.engine.matching import Values, Wanted, comparable, domain_of, ids_by_values, is_text
from importer.odoo.protocols import Context

MOST_CANDIDATES = 5
_SPARE = 10
_AT_ONCE_ANY_CASE = 100


class Matching:
    """One look's search. ``rules``: those whose cells this load has; ``is_owned``: whether some of
    our external ids are unknown to the key map."""

    def __init__(
        self, desk: Desk, names: Names, rules: Sequence[MatchRule], *, is_owned: bool
    ) -> None:
        self._desk = desk
        self._names = names
        self._rules = rules
        self._is_owned = is_owned
        self._targets = list(dict.fromkeys(name for rule in rules for name in rule.fields))
        ids = (rule.external_id_column for rule in rules)
        self._columns = list(dict.fromkeys(column for column in ids if column))
        self._cells = Cells(desk, names, self._targets)
        written = write_context(desk.load.odoo_model, desk.load.mapping)
        self._context = {**written, "active_test": False}

    def look(self, rows: Rows, hits: Hits) -> None:
        """Put what is hit into ``hits``; rows that fit nothing are new."""
        for some in rows.new(self._targets, self._columns, CHUNK):
            left: list[New] = some
            if self._is_owned:
                left = _without(left, self._keep(hits, self._owned(left)))
            for rule in self._rules:
                found = self._by_id(rule, left) if rule.external_id_column else self._by(rule, left)
                left = _without(left, self._keep(hits, found))

    def _keep(self, hits: Hits, found: Iterable[Hit]) -> set[str]:
        keys = set()
        for hit in found:
            hits.add(hit)
            keys.add(hit.key)
        return keys

    def _owned(self, some: Sequence[New]) -> list[Hit]:
        found = self._names.found(some)
        return [Hit(one.key, one.sheet_row, (found[one.key],)) for one in some if one.key in found]

    def _by(self, rule: MatchRule, some: Sequence[New]) -> list[Hit]:
        """Each company's rows among the records, and by the values, of that company."""
        return [
            hit
            for company in sorted({one.company for one in some})
            for hit in self._by_in(rule, [one for one in some if one.company == company], company)
        ]

    def _by_in(self, rule: MatchRule, some: Sequence[New], company: int) -> list[Hit]:
        facts = self._desk.facts.fields
        wanted = self._cells.wanted(rule, some)
        context = {**self._context, **company_context(company)}
        found = self._search(rule, sorted({one.values for one in wanted}, key=str), context)
        columns = tuple(
            dict.fromkeys(
                column for name in rule.fields for column in self._desk.specs[name].columns
            )
        )
        return [
            Hit(one.key, one.sheet_row, tuple(ids), rule.line, columns, one.shown)
            for one in wanted
            if (ids := found.get(comparable(rule, facts, one.values)))
        ]

    def _search(
        self, rule: MatchRule, values: Sequence[Values], context: Context
    ) -> dict[Values, list[int]]:
        """Records by their values. A common value may fit very many: what does not come whole is
        asked for in halves, and of one row's values a few records tell enough."""
        if not values:
            return {}
        facts = self._desk.facts.fields
        any_case = rule.ignore_case and any(is_text(facts[name]) for name in rule.fields)
        limit = len(values) * _SPARE
        read: list[dict[str, Any]] = []
        is_whole = len(values) <= (_AT_ONCE_ANY_CASE if any_case else CHUNK)
        if is_whole:
            read = self._desk.client.search_read(
                self._desk.load.odoo_model,
                domain_of(rule, facts, values),
                list(rule.fields),
                limit=limit,
                context=context,
            )
            is_whole = len(read) < limit
        if is_whole or len(values) == 1:
            return ids_by_values(rule, facts, read)
        middle = len(values) // 2
        left = self._search(rule, values[:middle], context)
        return left | self._search(rule, values[middle:], context)

    def _by_id(self, rule: MatchRule, some: Sequence[New]) -> list[Hit]:
        column = rule.external_id_column
        place = self._columns.index(column)
        wanted = [
            Wanted(one.key, one.sheet_row, (text,), text)
            for one in some
            if (text := (one.columns[place] or "").strip())
        ]
        found = self._names.resolve(one.shown for one in wanted)
        there = self._there(found)
        hits = []
        for one in wanted:
            record = found.get(one.shown)
            if record is None or record.id is None:
                continue
            is_ours = record.model == self._desk.load.odoo_model
            if is_ours and record.id not in there:
                continue
            stray = "" if is_ours else record.model
            told = (rule.line, (column,), one.shown, stray)
            hits.append(Hit(one.key, one.sheet_row, (record.id,), *told))
        return hits

    def _there(self, found: Mapping[str, Any]) -> set[int]:
        """An external id may have outlived its record."""
        model = self._desk.load.odoo_model
        ids = sorted({one.id for one in found.values() if one.model == model})
        if not ids:
            return set()
        return set(self._desk.client.search(model, [["id", "in", ids]], context=self._context))


def _without(rows: Sequence[New], keys: set[str]) -> list[New]:
    return [row for row in rows if row.key not in keys]
