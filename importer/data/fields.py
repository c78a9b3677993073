"""One mapped field on the bench: its cell, its code where something is wrong, and the value to
show with it.
"""

from importer.data.binaries.gathering import list_name
from importer.data.binaries.judging import CODES
from importer.data.casting import cast_for
from importer.data.compiled import CompiledField
from importer.data.compiling import Bench, Codes, fold, replaced
from importer.data.duck import quote
from importer.data.specs import ValueEntries
from importer.data.transforms.stepping import SOFT


def add_field(bench: Bench, one: CompiledField) -> None:
    """Give ``cell:<target>``, ``code:<n>`` and ``value:<n>``."""
    shown = bench.use(one.spec.columns)
    if one.spec.source == "constant":
        cell, codes = _constant(one)
    elif one.spec.source == "reference":
        cell, codes = _reference_list(bench, one) if one.is_list else _reference(bench, one)
    elif one.spec.source == "lookup":
        cell, codes = _lookup_list(bench, one) if one.is_list else _lookup(bench, one)
        if one.is_list:
            shown = [f"coalesce(l_{one.n}.missing, l_{one.n}.doubled, {shown[0]})"]
    elif one.kind == "binary":
        cell, codes = _binary(bench, one)
        shown = [f"f_{one.n}.shown"]
    else:
        cell, codes = _plain(bench, one)
    if one.is_required:
        codes.append((f"{cell} IS NULL", "required"))
    _give(bench, one, cell, codes, shown)


def _give(bench: Bench, one: CompiledField, cell: str, codes: Codes, shown: list[str]) -> None:
    codes = sorted(codes, key=lambda each: each[1].endswith(SOFT))  # what is wrong goes first
    whens = " ".join(f"WHEN {condition} THEN {quote(code)}" for condition, code in codes)
    code = f"CASE {whens} END" if codes else "CAST(NULL AS VARCHAR)"
    wrong = " OR ".join(f"({condition})" for condition, _ in codes)
    value = f"concat_ws(', ', {', '.join(shown)})" if shown else "NULL"
    bench.give(cell, one.cell)
    bench.give(code, one.code)
    bench.give(
        f"CASE WHEN {wrong} THEN {value} END" if codes and shown else "CAST(NULL AS VARCHAR)",
        one.value,
    )


def _constant(one: CompiledField) -> tuple[str, Codes]:
    literal = quote(one.spec.constant)
    if one.facts.type in ("many2many", "selection"):
        return literal, []
    cast = cast_for(one.facts, literal)
    return cast.cell, list(cast.codes)


def _plain(bench: Bench, one: CompiledField) -> tuple[str, Codes]:
    value, codes = bench.value(str(one.n), one.spec.inputs[0], default=one.spec.default)
    if one.facts.type == "selection":
        cell, wrong = _selection(bench, one, value)
        return cell, [*codes, *wrong]
    cast = cast_for(one.facts, value)
    return cast.cell, [*codes, *cast.codes]


def _binary(bench: Bench, one: CompiledField) -> tuple[str, Codes]:
    """What the list of the sheet's files says of the cell (data.binaries.gathering)."""
    view = bench.lookups.setdefault(list_name(one.spec.target), f"lookup_{len(bench.lookups)}")
    found = f"f_{one.n}"
    codes: Codes = []
    if one.spec.origin == "base64":
        bench.join(view, found, f"{found}.source = CAST(mapped._row AS VARCHAR)")
        codes.append((f"coalesce({found}.code = 'expression', FALSE)", "expression"))
    else:
        value, wrong = bench.value(str(one.n), one.spec.inputs[0], default=one.spec.default)
        bench.join(view, found, f"{found}.source = md5({value})")
        codes += wrong
    codes += [(f"coalesce({found}.code = {quote(code)}, FALSE)", code) for code in CODES]
    return f"{found}.cell", codes


def _selection(bench: Bench, one: CompiledField, value: str) -> tuple[str, Codes]:
    keys = [key for key, _ in one.facts.selection]
    entries = [(key, key) for key in keys] + [(label, key) for key, label in one.facts.selection]
    ignore_case = len({key.lower() for key in keys}) == len(keys)
    table = bench.pairs(ValueEntries(tuple(entries), ignore_case))
    bench.join(table, f"s_{one.n}", f"s_{one.n}.source = {fold(value, ignore_case)}")
    cell = f"s_{one.n}.target"
    return cell, [(f"{value} IS NOT NULL AND {cell} IS NULL", "selection")]


def _values(bench: Bench, one: CompiledField) -> tuple[list[str], Codes]:
    pairs = [
        bench.value(f"{one.n}_{position}", each, default=one.spec.default)
        for position, each in enumerate(one.spec.inputs)
    ]
    return [value for value, _ in pairs], [code for _, codes in pairs for code in codes]


def _reference(bench: Bench, one: CompiledField) -> tuple[str, Codes]:
    values, codes = _values(bench, one)
    whole = _all(values, "IS NOT NULL")
    parts = ", ".join(f"key_part({value})" for value in values)
    codes += _gaps(values, values)
    return f"CASE WHEN {whole} THEN key_of([{parts}]) END", codes


def _lookup(bench: Bench, one: CompiledField) -> tuple[str, Codes]:
    values, codes = _values(bench, one)
    if one.spec.is_by_external_id:
        cast = cast_for(one.facts, values[0])
        return cast.cell, [*codes, *cast.codes]
    table = bench.lookup(one.spec.lookup, len(values), one.spec.ignore_case)
    found = f"l_{one.n}"
    match = " AND ".join(
        f"{found}.k{n + 1} = {fold(value, one.spec.ignore_case)}" for n, value in enumerate(values)
    )
    bench.join(table, found, match)
    own = _own(one, values)
    codes += _gaps(own, values)
    some = _all(own, "IS NOT NULL")
    codes += [(f"{some} AND {found}.n IS NULL", "not_found"), (f"{found}.n > 1", "ambiguous")]
    return f"CASE WHEN {found}.n = 1 THEN {found}.ref END", codes


def _own(one: CompiledField, values: list[str]) -> list[str]:
    """The inputs that are the record's own: a path through another record (``country_id.code``)
    only narrows, so that a country without a state is no issue."""
    own = [value for value, part in zip(values, one.spec.by[0], strict=True) if "." not in part]
    return own or values


def _gaps(own: list[str], values: list[str]) -> Codes:
    if len(values) == 1:
        return []
    some = " OR ".join(f"{value} IS NOT NULL" for value in own)
    gap = " OR ".join(f"{value} IS NULL" for value in values)
    return [(f"({some}) AND ({gap})", "incomplete")]


def _reference_list(bench: Bench, one: CompiledField) -> tuple[str, Codes]:
    parts, codes = _parts(bench, one)
    table = bench.listed(
        str(one.n),
        "SELECT _row, CAST(to_json(list(DISTINCT [key_part(part)] ORDER BY [key_part(part)])) "
        f"AS VARCHAR) AS cell\n  FROM ({parts}) WHERE part <> '' GROUP BY _row",
    )
    bench.join(table, f"l_{one.n}", f"l_{one.n}._row = mapped._row")
    return f"l_{one.n}.cell", codes


def _lookup_list(bench: Bench, one: CompiledField) -> tuple[str, Codes]:
    parts, codes = _parts(bench, one)
    found = f"l_{one.n}"
    if one.spec.is_by_external_id:
        source = f"(SELECT _row, part, as_external_id(part) AS ref, 1 AS n FROM ({parts}))"
    else:
        table = bench.lookup(one.spec.lookup, 1, one.spec.ignore_case)
        match = fold("part", one.spec.ignore_case)
        source = f"(SELECT _row, part, ref, n FROM ({parts}) LEFT JOIN {table} ON k1 = {match})"
    stage = bench.listed(
        str(one.n),
        "SELECT _row, string_agg(DISTINCT ref, ',' ORDER BY ref) FILTER (n = 1) AS cell,\n"
        "    string_agg(part, ', ') FILTER (ref IS NULL) AS missing,\n"
        "    string_agg(part, ', ') FILTER (n > 1) AS doubled\n"
        f"  FROM {source} WHERE part <> '' GROUP BY _row",
    )
    bench.join(stage, found, f"{found}._row = mapped._row")
    codes.append((f"{found}.missing IS NOT NULL", "not_found"))
    codes.append((f"{found}.doubled IS NOT NULL", "ambiguous"))
    return f"{found}.cell", codes


def _parts(bench: Bench, one: CompiledField) -> tuple[str, Codes]:
    """SQL of (_row, part): each value of the list, through the value map by itself."""
    each = one.spec.inputs[0]
    raw, codes = bench.raw(str(one.n), each)
    whole = f"coalesce({raw}, {quote(one.spec.default)})" if one.spec.default else raw
    split = (
        f"SELECT _row, strip(unnest(string_split({whole}, {quote(one.spec.separator)}))) AS part "
        "FROM picked"
    )
    if each.values:
        table = bench.pairs(each.values)
        match = fold("part", each.values.ignore_case)
        split = (
            f"SELECT _row, {replaced('part', each.values, table)} AS part "
            f"FROM ({split}) LEFT JOIN {table} ON {table}.source = {match}"
        )
    return split, codes


def _all(values: list[str], condition: str) -> str:
    return " AND ".join(f"{value} {condition}" for value in values)
