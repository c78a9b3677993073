"""Match rules: by which fields a row's record is looked for among those that Odoo has already.

Rules are read, checked and written as lines for people here; nothing looks at a sheet or at Odoo.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.data.specs import FieldSpec, read_field
from importer.errors import Problem, Refused
from importer.odoo.protocols import ModelFacts

TEXTS = frozenset(("char", "text"))
_MATCHED = TEXTS | {
    *("integer", "float", "monetary", "boolean", "selection", "date", "datetime", "many2one")
}
_ANY_CASE = "(any case)"
_EXTERNAL_ID = "external id:"


@dataclass(frozen=True, slots=True)
class MatchRule:
    """All of ``fields`` together, or the external id that a column of the sheet holds.
    ``ignore_case`` concerns texts."""

    fields: tuple[str, ...] = ()
    external_id_column: str = ""
    ignore_case: bool = False

    @property
    def line(self) -> str:
        """The rule as people type it: ``email + is_company (any case)``."""
        if self.external_id_column:
            return f"{_EXTERNAL_ID} {self.external_id_column}"
        return " + ".join(self.fields) + (f" {_ANY_CASE}" if self.ignore_case else "")

    def as_json(self) -> dict[str, Any]:
        if self.external_id_column:
            return {"external_id_column": self.external_id_column}
        return {"fields": list(self.fields), **({"ignore_case": True} if self.ignore_case else {})}


def read_rules(frozen: Mapping[str, Any]) -> tuple[MatchRule, ...]:
    """A mapping's rules in their order; mappings from before there were any have none."""
    return tuple(read_rule(raw) for raw in frozen.get("match_rules") or ())


def read_rule(raw: Any) -> MatchRule:
    """One rule's JSON; Refused says what is wrong with it."""
    if not isinstance(raw, Mapping):
        raise Refused(f"A match rule must be an object {{…}}, not {raw!r:.60}.")
    fields, column = raw.get("fields") or [], raw.get("external_id_column") or ""
    if bool(fields) == bool(column):
        raise Refused(
            "A match rule names either “fields” or an “external_id_column”, and this one does not: "
            f"{dict(raw)!r:.80}."
        )
    if not isinstance(column, str) or not _are_texts(fields):
        raise Refused(f"A match rule's fields and columns are texts: {dict(raw)!r:.80}.")
    return MatchRule(tuple(fields), column, bool(raw.get("ignore_case")))


def _are_texts(fields: Any) -> bool:
    return isinstance(fields, Sequence) and all(isinstance(one, str) and one for one in fields)


def rule_of_line(line: str) -> MatchRule:
    """``vat``, ``email + is_company``, ``name (any case)`` or ``external id: Old id``."""
    text = line.strip()
    if text.lower().startswith(_EXTERNAL_ID):
        column = text[len(_EXTERNAL_ID) :].strip()
        if not column:
            raise Refused(f"“{text}” names no column. Write “{_EXTERNAL_ID} Old id”, for example.")
        return MatchRule(external_id_column=column)
    any_case = text.lower().endswith(_ANY_CASE)
    names = [part.strip() for part in text[: -len(_ANY_CASE) if any_case else None].split("+")]
    if not all(names) or any(" " in name for name in names):
        raise Refused(
            f"“{text}” is no match rule. Write the technical names of Odoo fields with “+” between "
            f"them (email + is_company), or “{_EXTERNAL_ID}” and a column of the sheet."
        )
    return MatchRule(tuple(names), ignore_case=any_case)


def check_rules(
    frozen: Mapping[str, Any], facts: ModelFacts, columns: Sequence[str] | None
) -> Iterator[Problem]:
    """Everything that is wrong with a mapping's rules, against its fields, the model and, where
    given, the sheet's columns."""
    specs = {one.target: one for one in _readable_fields(frozen)}
    for number, raw in enumerate(frozen.get("match_rules") or (), start=1):
        try:
            rule = read_rule(raw)
        except Refused as refusal:
            yield _problem(str(refusal))
            continue
        place = f"Match rule {number} ({rule.line})"
        if frozen.get("parent_inputs"):
            yield _problem(
                f"{place}: lines are part of their document and are not looked for. Take the rule "
                "out."
            )
        if rule.external_id_column and columns is not None:
            yield from _column(place, rule.external_id_column, columns)
        for name in rule.fields:
            yield from _field(place, name, specs.get(name), facts)
        known = [specs[name] for name in rule.fields if name in specs]
        if known and all(one.source == "constant" for one in known):
            yield _problem(
                f"{place}: its fields are the same in every row. Add one that tells records apart."
            )


def _readable_fields(frozen: Mapping[str, Any]) -> Iterator[FieldSpec]:
    for raw in frozen.get("fields") or ():
        try:
            yield read_field(raw)
        except Refused:
            continue  # named by check_mapping


def _problem(sentence: str) -> Problem:
    return Problem("match_rule", sentence)


def _column(place: str, column: str, columns: Sequence[str]) -> Iterator[Problem]:
    if column.lower() not in {one.lower() for one in columns}:
        yield _problem(
            f"{place}: the sheet has no column “{column}”. Its columns are: {', '.join(columns)}."
        )


def _field(place: str, name: str, spec: FieldSpec | None, facts: ModelFacts) -> Iterator[Problem]:
    known = facts.fields.get(name)
    if spec is None:
        yield _problem(
            f"{place}: the field “{name}” is not mapped, so its rows have no value to look for. "
            "Map it, or take it out of the rule."
        )
    elif known is None:
        return  # named by check_mapping
    elif known.type not in _MATCHED or spec.separator:
        yield _problem(
            f"{place}: “{name}” is a {known.type} and cannot be matched by. Use texts, numbers, "
            "dates, choices or fields that point at one record."
        )
    elif spec.via:
        yield _problem(
            f"{place}: “{name}” leads through another record ({spec.via}). Match by a field that "
            "refers to its record itself."
        )
    elif not known.searchable:
        yield _problem(
            f"{place}: Odoo cannot search {facts.model} by “{name}”, which it computes when it is "
            "read. Use another field."
        )
