"""The SELECT by which gaps are found: per row, what each field's inputs say and whether it fits.
Pure; it builds text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.data.compiled import CompiledField
from importer.data.compiling import Bench, fold, replaced
from importer.data.duck import quote
from importer.data.fields import add_field
from importer.data.row_companies import add_company
from importer.data.row_filters import add_filter
from importer.data.skipping import add_skips
from importer.data.specs import FieldSpec, Input, read_field, read_inputs
from importer.data.transforms.stages import Worked
from importer.odoo.protocols import ModelFacts

CODES = ("selection", "boolean", "not_found", "ambiguous", "unknown_company")
"""Of a value that fits nothing; other codes are about rows or about the form of a cell."""


@dataclass(frozen=True, slots=True)
class GapField:
    """A field whose values can fit nothing. Columns of the SELECT: ``raw:<n>:<i>`` per input, or,
    of a list, ``raws:<n>`` with the values that fit nothing (of a reference: all, each with its
    key); ``code:<n>``; of a reference its cell. ``own``: the input that a value map changes."""

    n: str
    target: str
    lang: str
    kind: str
    spec: FieldSpec | None
    one: CompiledField | None
    inputs: tuple[Input, ...]

    @property
    def own(self) -> int:
        """A path through another record only narrows; the last of the others is the field's own."""
        by = self.spec.by[0] if self.spec and self.spec.by else ()
        plain = [n for n, part in enumerate(by) if "." not in part]
        return plain[-1] if plain else max(len(self.inputs) - 1, 0)

    @property
    def is_list(self) -> bool:
        return bool(self.spec and self.spec.separator)

    @property
    def ignores_case(self) -> bool:
        values = self.inputs[self.own].values
        return values.ignore_case if values else True


@dataclass(frozen=True, slots=True)
class GapSelect:
    """``lookups``: name of each list that the SELECT reads -> view. ``worked``: what libraries do
    before."""

    sql: str
    fields: tuple[GapField, ...]
    lookups: Mapping[str, str]
    has_skips: bool
    worked: tuple[Worked, ...] = ()


def gap_select(frozen: Mapping[str, Any], facts: ModelFacts, columns: Sequence[str]) -> GapSelect:
    """The SELECT over the view ``source``. Raises Refused where the sheet lacks a column."""
    bench = Bench(columns)
    bench.pick("NULL", "key")
    bench.pick("FALSE", "key_gap")
    fields = [
        field
        for n, raw in enumerate(frozen["fields"])
        if (field := _field(n, read_field(raw), facts)) is not None
    ]
    for field in fields:
        _add(bench, field)
    company = _company(bench, frozen)
    add_filter(bench, str(frozen.get("row_filter") or ""))
    skips = add_skips(bench, frozen)
    found = (*fields, *([company] if company else []))
    return GapSelect(bench.select(), found, dict(bench.lookups), bool(skips), bench.worked())


def _field(n: int, spec: FieldSpec, facts: ModelFacts) -> GapField | None:
    known = facts.fields.get(spec.target)
    if known is None:
        return None
    one = CompiledField(n, spec, known, False)
    kind = ""
    if spec.source in ("column", "expression") and known.type in ("selection", "boolean"):
        kind = known.type
    elif spec.lookup or spec.source == "reference":
        kind = spec.source
    if not kind:
        return None
    return GapField(str(n), spec.target, spec.lang, kind, spec, one, spec.inputs)


def _add(bench: Bench, field: GapField) -> None:
    if field.one is None or field.spec is None:
        raise ValueError("a company is added elsewhere")
    add_field(bench, field.one)
    if field.is_list:
        _add_list(bench, field, field.spec)
        return
    for n, each in enumerate(field.inputs):
        bench.give(bench.raw(f"gap_{field.n}_{n}", each)[0], f"raw:{field.n}:{n}")


def _add_list(bench: Bench, field: GapField, spec: FieldSpec) -> None:
    (each,) = field.inputs
    raw, _broken = bench.raw(f"gap_{field.n}", each)
    whole = f"coalesce({raw}, {quote(spec.default)})" if spec.default else raw
    source = (
        f"SELECT _row, strip(unnest(string_split({whole}, {quote(spec.separator)}))) AS raw "
        "FROM picked"
    )
    part = "raw"
    if each.values:
        table = bench.pairs(each.values)
        part = replaced("raw", each.values, table)
        match = fold("raw", each.values.ignore_case)
        source = (
            f"SELECT _row, raw, {part} AS part FROM ({source}) LEFT JOIN {table} "
            f"ON {table}.source = {match}"
        )
    else:
        source = f"SELECT _row, raw, raw AS part FROM ({source})"
    if field.kind == "lookup":
        found = bench.lookup(spec.lookup, 1, spec.ignore_case)
        gaps = (
            f"SELECT _row, list(DISTINCT raw) AS raws FROM ({source}) LEFT JOIN {found} AS f "
            f"ON f.k1 = {fold('part', spec.ignore_case)} "
            "WHERE part <> '' AND coalesce(f.n, 0) <> 1 GROUP BY _row"
        )
    else:
        gaps = (
            "SELECT _row, list(DISTINCT {'raw': raw, 'key': key_of([key_part(part)])}) AS raws "
            f"FROM ({source}) WHERE part <> '' GROUP BY _row"
        )
    stage = bench.listed(f"gap_{field.n}", gaps)
    bench.join(stage, f"g_{field.n}", f"g_{field.n}._row = mapped._row")
    bench.give(f"g_{field.n}.raws", f"raws:{field.n}")


def _company(bench: Bench, frozen: Mapping[str, Any]) -> GapField | None:
    if add_company(bench, frozen) is None:
        return None
    inputs = read_inputs([frozen["row_company"]])
    bench.give(bench.raw("gap_company", inputs[0])[0], "raw:company:0")
    return GapField("company", "company", "", "company", None, None, inputs)
