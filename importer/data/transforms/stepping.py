"""Puts the transforms of an input on the bench, and tells what each one makes of the value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from importer.data.duck import let
from importer.data.expressions import parse_expression
from importer.data.specs import ValueEntries
from importer.data.transforms.choosing import VALUE
from importer.data.transforms.shapes import EMPTY, KEEP, Step
from importer.data.transforms.stages import Stages
from importer.data.value_actions import EMPTY as EMPTIES, action_of
from importer.errors import Refused

SOFT = "?"
"""Ends the codes of what is emptied with a warning."""


@dataclass(frozen=True, slots=True)
class Traced:
    """SQL of the value after a step, in the stages after it. ``wrong``: SQL that is true where the
    step could not read it; ``name``: the code of that."""

    value: str
    wrong: str = ""
    name: str = ""

    @property
    def code(self) -> tuple[str, str]:
        return self.wrong, self.name


class Bench(Protocol):
    """What of the bench is needed here."""

    lookups: dict[str, str]
    stages: Stages

    def use(self, columns: Sequence[str]) -> list[str]: ...
    def pairs(self, values: ValueEntries) -> str: ...
    def cells_by(self, sheet: str, key: str, column: str) -> str: ...


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a step is put: its alias, its depth, and the value that it is given."""

    alias: str
    depth: int
    value: str


def add_steps(bench: Bench, alias: str, value: str, steps: Sequence[Step]) -> list[Traced]:
    """Each step after the one before; ``alias`` tells this input from all others."""
    traced: list[Traced] = []
    for depth, step in enumerate(steps):
        put = _SPECIAL.get(step.name, _put)
        made, wrong = put(bench, step, _Place(f"w_{alias}_{depth}", depth, value))
        place = alias.partition("_")[2] or "0"
        if not step.cannot:
            wrong = ""
        elif step.unreadable == KEEP:
            made, wrong = f"CASE WHEN {wrong} THEN {value} ELSE {made} END", ""
        traced.append(Traced(made, wrong, fault_code(step, place, depth)))
        value = made
    return traced


def fault_code(step: Step, place: str, depth: int) -> str:
    """The code inside a SELECT: what it is to users, then which input and step it is of."""
    own = "expression" if step.name == "expression" else f"bad_{step.name}"
    soft = SOFT if step.unreadable == EMPTY else ""
    return f"{own}#{place}.{depth}{soft}"


def _put(bench: Bench, step: Step, at: _Place) -> tuple[str, str]:
    if step.transform.work is not None:
        return _worked(bench, step, at)
    if step.transform.sql is None:
        raise ValueError(f"nobody knows how to compute {step.name}")

    def column(name_: str) -> str:
        return bench.use([name_])[0]

    sql = step.transform.sql(step.arguments, at.value, column)
    made = bench.stages.column(at.depth, let("it", sql, "filled(it)"), at.alias)
    return made, f"({at.value} IS NOT NULL AND {made} IS NULL)"


def _worked(bench: Bench, step: Step, at: _Place) -> tuple[str, str]:
    columns = step.columns
    beside = bench.use(columns)[0] if columns else "CAST(NULL AS VARCHAR)"
    table = bench.stages.ask(at.depth, step, at.value, beside)
    same = f"{table}.source = {at.value}"
    same += f" AND {table}.beside IS NOT DISTINCT FROM {beside}" if columns else ""
    bench.stages.join(at.depth, table, table, same)
    made = bench.stages.column(at.depth, f"{table}.target", at.alias)
    return made, f"({at.value} IS NOT NULL AND {made} IS NULL)"


def _expression(bench: Bench, step: Step, at: _Place) -> tuple[str, str]:
    sql = str(step.arguments["sql"])
    names = {
        own: at.value if own.lower() == VALUE else bench.use([own])[0]
        for own in parse_expression(sql).columns
    }
    tried = f"TRY([CAST((\n{sql}\n) AS VARCHAR)])"
    made = bench.stages.expression(at.depth, tried, at.alias, names)
    return f"filled({made}[1])", f"({made} IS NULL)"


def _value_map(bench: Bench, step: Step, at: _Place) -> tuple[str, str]:
    raw = step.arguments.get("entries")
    if raw is None:
        raise Refused(
            f"The value map “{step.arguments.get('map')}” of a transform was not put in when the "
            "mapping was frozen."
        )
    ignore_case = bool(step.arguments.get("ignore_case", True))
    if any(action_of(to) not in ("", EMPTIES) for to in raw.values()):
        raise Refused(
            "A value map of a transform gives texts or empties the cell; it neither leaves rows "
            "out nor makes records. Make it the field's own value map instead."
        )
    entries = tuple(
        (str(one), "" if to is None or action_of(to) else str(to)) for one, to in raw.items()
    )
    table, fold = (
        bench.pairs(ValueEntries(entries, ignore_case)),
        "fold" if ignore_case else "key_part",
    )
    joined = f"j{at.alias}"
    bench.stages.join(at.depth, table, joined, f"{joined}.source = {fold}({at.value})")
    made = bench.stages.column(at.depth, f"{joined}.target", at.alias)
    known = bench.stages.column(at.depth, f"{joined}.source IS NOT NULL", f"k{at.alias}")
    return made, f"({at.value} IS NOT NULL AND NOT {known})"


def _lookup(bench: Bench, step: Step, at: _Place) -> tuple[str, str]:
    said = step.arguments
    table = bench.cells_by(str(said["sheet"]), str(said["key"]), str(said["column"]))
    joined = f"j{at.alias}"
    bench.stages.join(at.depth, table, joined, f"{joined}.source = key_part({at.value})")
    made = bench.stages.column(at.depth, f"{joined}.target", at.alias)
    return made, f"({at.value} IS NOT NULL AND {made} IS NULL)"


_SPECIAL: dict[str, Callable[[Bench, Step, _Place], tuple[str, str]]] = {
    "expression": _expression,
    "value_map": _value_map,
    "lookup": _lookup,
}
"""Transforms that need more than the text."""
