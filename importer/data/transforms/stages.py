"""The stages of a SELECT in which transforms are applied: the first transform of every input in
the first, and so on. Knows SQL, and no transform.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from importer.data.duck import name
from importer.data.transforms.shapes import Step

_ROW = name("§ the row §")


@dataclass(frozen=True, slots=True)
class Worked:
    """What a library must do: ``select`` gives the distinct (source, beside) that there are; the
    table ``table`` (source, beside, target) must be there before the next one is asked for."""

    table: str
    step: Step
    select: str


@dataclass(slots=True)
class _Level:
    columns: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    expressions: list[str] = field(default_factory=list)
    asked: list[tuple[str, Step, str]] = field(default_factory=list)


class Stages:
    """Collects what the transforms of each depth need; depth 0 is the first transform."""

    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self._n_asked = 0

    def column(self, depth: int, sql: str, alias: str) -> str:
        """A column computed from those of the stage before."""
        self._at(depth).columns.append(f"{sql} AS {alias}")
        return alias

    def join(self, depth: int, table: str, alias: str, condition: str) -> None:
        """A table that is unique under the condition."""
        self._at(depth).joins.append(f"LEFT JOIN {table} AS {alias} ON {condition}")

    def expression(self, depth: int, sql: str, alias: str, names: Mapping[str, str]) -> str:
        """A user's expression, which sees only ``names`` (its own names -> SQL)."""
        seen = ", ".join(f"{value} AS {name(own)}" for own, value in names.items())
        packed = f"(SELECT prev AS {_ROW}{', ' if seen else ''}{seen} FROM {{prev}} AS prev)"
        select = f"SELECT {_ROW}.*, {sql} AS {alias}\n  FROM {packed}"
        self._at(depth).expressions.append(select)
        return alias

    def ask(self, depth: int, step: Step, value: str, beside: str) -> str:
        """The name of the table in which a library's answers will be."""
        table = f"worked_{self._n_asked}"
        self._n_asked += 1
        select = f"SELECT DISTINCT {value} AS source, {beside} AS beside\n  FROM {{prev}} AS prev"
        self._at(depth).asked.append((table, step, f"{select} WHERE {value} IS NOT NULL"))
        return table

    def written(self, picked: str) -> dict[str, str]:
        """Name -> SQL of the stages; the last is called ``picked``."""
        texts = [picked]
        for level in self._levels:
            joined = "\n  ".join(("{prev} AS prev", *level.joins))
            columns = ",\n    ".join(("prev.*", *level.columns))
            texts += [f"SELECT {columns}\n  FROM {joined}", *level.expressions]
        names = [*(f"picked_{n}" for n in range(len(texts) - 1)), "picked"]
        before = ["", *names[:-1]]
        return {
            own: text.replace("{prev}", prev) if prev else text
            for own, text, prev in zip(names, texts, before, strict=True)
        }

    def worked(self, before: Mapping[str, str], picked: str) -> tuple[Worked, ...]:
        """What libraries must do, in the order in which one needs the other. ``before``: stages
        that ``picked`` reads."""
        found, place = [], 0
        names = list(self.written(picked).items())
        for level in self._levels:
            stages = {**before, **dict(names[: place + 1])}
            prev = names[place][0]
            found += [
                Worked(table, step, f"{with_stages(stages)}\n{select.replace('{prev}', prev)}")
                for table, step, select in level.asked
            ]
            place += 1 + len(level.expressions)
        return tuple(found)

    def _at(self, depth: int) -> _Level:
        while len(self._levels) <= depth:
            self._levels.append(_Level())
        return self._levels[depth]


def with_stages(stages: Mapping[str, str]) -> str:
    """The WITH of a statement."""
    parts: Sequence[str] = [f"{stage} AS (\n  {sql}\n)" for stage, sql in stages.items()]
    return "WITH " + ",\n".join(parts)
