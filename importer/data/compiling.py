"""The bench on which a SELECT is put together, stage by stage; it knows SQL and no field types."""

from collections.abc import Iterable, Sequence

from importer.data.duck import name, quote
from importer.data.specs import Input, ValueEntries
from importer.data.transforms.stages import Stages, Worked, with_stages
from importer.data.transforms.stepping import Traced, add_steps
from importer.data.value_actions import CREATE, EMPTY, SKIP
from importer.errors import Refused

_NO_DEFAULT = f"({quote(EMPTY)}, {quote(SKIP)})"

Codes = list[tuple[str, str]]
"""(SQL of a condition, code of what is wrong where it holds)"""


class Bench:
    """Collects the parts of the stages ``sheet`` (cells), ``picked`` (values of the row, after
    their transforms), ``mapped`` (after value maps) and the final SELECT, then writes them as one
    statement."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.lookups: dict[str, str] = {}
        self.stages = Stages()
        self._known = {column.lower(): column for column in columns}
        self._used: dict[str, str] = {}
        self._tables: dict[str, str] = {}
        self._picked: list[str] = []
        self._mapped: list[str] = []
        self._map_joins: list[str] = []
        self._lists: dict[str, str] = {}
        self._joins: list[str] = []
        self._given: list[str] = []
        self._where: list[str] = []

    def use(self, columns: Iterable[str]) -> list[str]:
        """The names by which later stages know these columns (``c0``, ``c1``..)."""
        return [self._use(column) for column in columns]

    def pick(self, sql: str, alias: str) -> str:
        """A value computed from the row's own cells."""
        self._picked.append(f"{sql} AS {name(alias)}")
        return alias

    def where(self, sql: str) -> None:
        self._where.append(sql)

    def value(self, alias: str, one: Input, *, default: str) -> tuple[str, Codes]:
        """An input after its transforms, value map and default. Gives the value's name in the last
        stage and what may be wrong with it."""
        raw, codes = self.raw(alias, one)
        mapped = raw
        if one.values:
            table = self.pairs(one.values)
            joined = f"m_{alias}"
            self._map_joins.append(
                f"LEFT JOIN {table} AS {joined} "
                f"ON {joined}.source = {fold(raw, one.values.ignore_case)}"
            )
            mapped = replaced(raw, one.values, joined)
        if default:
            mapped = f"coalesce({mapped}, {quote(default)})"
            if one.values and one.values.actions:
                mapped = f"CASE WHEN {joined}.action IN {_NO_DEFAULT} THEN NULL ELSE {mapped} END"
        if mapped == raw:
            return raw, codes
        self._mapped.append(f"{mapped} AS v_{alias}")
        return f"v_{alias}", codes

    def raw(self, alias: str, one: Input) -> tuple[str, Codes]:
        """An input after its transforms."""
        trace = self.traced(alias, one)
        if one.is_column:
            return trace[-1].value, [each.code for each in trace if each.wrong]
        broken = (f"x_{alias} IS NULL", "expression")
        return trace[-1].value, [broken, *(each.code for each in trace if each.wrong)]

    def traced(self, alias: str, one: Input) -> list[Traced]:
        """The input as the sheet has it, then after each of its transforms."""
        own = self.use(one.columns)
        if one.is_column:
            first = own[0]
        else:
            tried = self.pick(f"TRY([CAST((\n{one.sql}\n) AS VARCHAR)])", f"x_{alias}")
            first = f"filled({tried}[1])"
        return [Traced(first), *add_steps(self, alias, first, one.steps)]

    def pairs(self, values: ValueEntries) -> str:
        """A table (source, target), unique by source as it is compared; first entry wins. With
        ``action``, where an entry has one."""
        actions = dict(values.actions)
        rows = ", ".join(
            f"({n}, {quote(source)}, {quote(target)}"
            + (f", {quote(actions.get(source, ''))})" if actions else ")")
            for n, (source, target) in enumerate(values.entries)
        )
        source = fold("source", values.ignore_case)
        action, column = (", arg_min(action, n) AS action", ", action") if actions else ("", "")
        return self._table(
            "pairs",
            f"SELECT {source} AS source, nullif(arg_min(target, n), '') AS target{action}\n"
            f"  FROM (VALUES {rows or '(0, NULL, NULL)'}) AS v(n, source, target{column}) "
            "GROUP BY 1",
        )

    def lookup(self, lookup: str, width: int, ignore_case: bool) -> str:
        """A table (k1.., ref, n), unique by its keys; n > 1 where several records share them."""
        view = self.lookups.setdefault(lookup, f"lookup_{len(self.lookups)}")
        keys = ", ".join(f"k{n + 1}" for n in range(width))
        folded = ", ".join(f"{fold(f'by_{n + 1}', ignore_case)} AS k{n + 1}" for n in range(width))
        return self._table(
            "found",
            f"SELECT {keys}, min(ref) AS ref, count(DISTINCT id) AS n\n"
            f"  FROM (SELECT {folded}, id, rank, coalesce(external_id, '.id:' || id) AS ref\n"
            f"        FROM {view} QUALIFY rank = min(rank) OVER (PARTITION BY {keys}))\n"
            f"  GROUP BY {keys}",
        )

    def cells_by(self, sheet: str, key: str, column: str) -> str:
        """A table (source, target) of another sheet's cells, unique by source; the target is NULL
        where there are several."""
        view = self.lookups.setdefault(sheet_list(sheet), f"lookup_{len(self.lookups)}")
        return self._table(
            "cells",
            "SELECT source, CASE WHEN count(DISTINCT target) = 1 THEN min(target) END AS target\n"
            f"  FROM (SELECT key_part(cell({name(key)})) AS source,\n"
            f"          cell({name(column)}) AS target FROM {view})\n"
            "  WHERE source IS NOT NULL GROUP BY 1",
        )

    def join(self, table: str, alias: str, condition: str) -> None:
        self._joins.append(f"LEFT JOIN {table} AS {alias} ON {condition}")

    def listed(self, alias: str, select: str) -> str:
        """A stage of its own between ``mapped`` and the end, unique by ``_row``."""
        self._lists[f"list_{alias}"] = select
        return f"list_{alias}"

    def give(self, sql: str, alias: str) -> None:
        """A column of the result."""
        self._given.append(f"{sql} AS {name(alias)}")

    def worked(self, key: str = "") -> tuple[Worked, ...]:
        """What a library must make of distinct values before the statement can run, in order."""
        return self.stages.worked(self._before(), self._picked_sql(key))

    def select(self, key: str = "") -> str:
        """The whole statement. ``key``: SQL of a key of which only the first row counts."""
        stages = self._before() | self.stages.written(self._picked_sql(key))
        stages["mapped"] = _select(["picked.*", *self._mapped], ["picked", *self._map_joins])
        given = ["mapped._row AS sheet_row", "mapped.key AS key", *self._given]
        return f"{with_stages(stages | self._lists)}\n{_select(given, ['mapped', *self._joins])}"

    def _before(self) -> dict[str, str]:
        cells = [f"cell({name(column)}) AS {name(column)}" for column in self._used]
        return {"sheet": _select(["_row", *cells], ["source"]), **self._tables}

    def _picked_sql(self, key: str) -> str:
        columns = [f"{name(column)} AS {alias}" for column, alias in self._used.items()]
        picked = _select(["_row", *columns, *self._picked], ["sheet"])
        if self._where:
            picked += f"\n  WHERE {' AND '.join(self._where)}"
        if key:
            picked += f"\n  QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _row) = 1"
        return picked

    def _use(self, column: str) -> str:
        known = self._known.get(column.lower())
        if known is None:
            raise Refused(
                f"The sheet has no column “{column}”. Its columns are: "
                f"{', '.join(self._known.values())}."
            )
        return self._used.setdefault(known, f"c{len(self._used)}")

    def _table(self, kind: str, sql: str) -> str:
        for alias, known in self._tables.items():
            if known == sql:
                return alias
        alias = f"{kind}_{len(self._tables)}"
        self._tables[alias] = sql
        return alias


def replaced(raw: str, values: ValueEntries, joined: str) -> str:
    """SQL of a text after its value map, whose table is joined under that name. A value of which a
    record is to be made stays as it is."""
    stays = f"{joined}.source IS NULL"
    if any(action == CREATE for _, action in values.actions):
        stays += f" OR {joined}.action = {quote(CREATE)}"
    return f"CASE WHEN {stays} THEN {raw} ELSE {joined}.target END"


def sheet_list(sheet: str) -> str:
    """Under which name another sheet of the dataset is known among the lists."""
    return f"sheet {sheet}"


def fold(sql: str, ignore_case: bool) -> str:
    """How a text is made comparable."""
    return f"fold({sql})" if ignore_case else f"key_part({sql})"


def _select(columns: Sequence[str], sources: Sequence[str]) -> str:
    listed, joined = ",\n    ".join(columns), "\n  ".join(sources)
    return f"SELECT {listed}\n  FROM {joined}"
