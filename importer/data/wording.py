"""The sentences about cells that cannot be sent, as SQL: what is wrong, where, what to do."""

from collections.abc import Sequence

from importer.data.binaries.judging import CODES
from importer.data.compiled import SOFT_CODES, CompiledField
from importer.data.duck import quote
from importer.data.transforms.stepping import SOFT, fault_code

BY_VALUE = ("selection", "boolean", *SOFT_CODES)
"""Codes whose issues are grouped by value: one correction mends all rows that share it."""

_CHOICES_NAMED = 12


def message_sql(one: CompiledField) -> str:
    """SQL of the sentence, over the columns ``code`` and ``value``."""
    sentences = _sentences(one) | _step_sentences(one)
    whens = " ".join(f"WHEN {quote(code)} THEN {sql}" for code, sql in sentences.items())
    return f"{quote(where(one.spec.columns, one.spec.target))} || CASE code {whens} END"


def group_sql(one: CompiledField) -> str:
    """SQL of the group key: the same cause in many rows has one group."""
    codes = ", ".join(quote(code) for code in BY_VALUE)
    target = quote(one.spec.target)
    value = "CASE WHEN length(value) > 80 THEN md5(value) ELSE value END"
    is_by_value = f"code IN ({codes}) OR contains(code, '#')"
    by_value = f"CASE WHEN {is_by_value} THEN coalesce({value}, '') END"
    return f"concat_ws('|', {public_code('code')}, {target}, {by_value})"


def public_code(code: str) -> str:
    """SQL of the code as an issue has it: without the input and the step that it is of."""
    return f"split_part({code}, '#', 1)"


def soft_codes(one: CompiledField) -> tuple[str, ...]:
    """Codes of the field that only warn."""
    emptied = tuple(code for code in _step_sentences(one) if code.endswith(SOFT))
    return (*(SOFT_CODES if one.is_soft else ()), *emptied)


def key_sentence(key_columns: Sequence[str]) -> str:
    """For a row whose key has a gap."""
    if len(key_columns) == 1:
        return (
            f"Column “{key_columns[0]}” is the key and is empty in this row. "
            "Fill it, or take the row out."
        )
    return (
        f"Columns {_listed(key_columns)} make the key together and at least one of them is empty "
        "in this row. Fill it, or take the row out."
    )


def _sentences(one: CompiledField) -> dict[str, str]:
    column = one.spec.columns[0] if one.spec.columns else "column"
    end = quote(" The field is left empty." if one.is_soft else "")
    plain = {
        "integer": " is no whole number that Odoo can keep. Correct it, or map an expression.",
        "comma": (
            " has a comma, and Odoo reads only a point as decimal mark. Map an expression such as "
            f"""replace("{column}", ',', '.') instead."""
        ),
        "number": " is no number. Take units and blanks out of it, or map an expression.",
        "boolean": " is neither yes nor no. Use yes/no, true/false or 1/0, or a value map.",
        "date": (
            " is no date of the form 1996-07-04. Correct it, or map an expression such as "
            f"""strptime("{column}", '%d/%m/%Y')."""
        ),
        "datetime": (
            " is no time of the form 1996-07-04 15:30:00 (without a time zone). Correct it, or map "
            f"""an expression such as strptime("{column}", '%d/%m/%Y %H:%M')."""
        ),
        "external_id": " has not the form of an external id (module.name). Correct it.",
        "selection": _selection(one),
        "length": f" is longer than the {one.facts.size} characters the field takes. Shorten it.",
    }
    sentences = {code: _valued("", rest) for code, rest in plain.items()}
    missing = ". Correct the cell, add a value map, or add the record in Odoo."
    sentences["not_found"] = f"{_valued(f'no {_record(one)} ', missing)} || {end}"
    several = f"more than one {_record(one)} "
    sentences["ambiguous"] = f"{_valued(several, '. Look it up by more fields.')} || {end}"
    sentences["incomplete"] = (
        _valued("only ", " is there, and not all that is needed to find the record. ")
        + f" || {quote('Fill all of the columns or none.')} || {end}"
    )
    if one.kind == "binary":
        sentences |= {code: f"{_valued('', rest)} || {end}" for code, rest in CODES.items()}
    sentences["required"] = quote(
        f"the field “{one.facts.label}” ({one.spec.target}) must not be empty. "
        "Fill the cell, or give the field a default."
    )
    sentences["expression"] = _valued(
        "the expression could not be computed for this row, with ",
        ". Correct the cells it reads, or the expression.",
    )
    return sentences


def _step_sentences(one: CompiledField) -> dict[str, str]:
    """For each transform that cannot read every value."""
    sentences = {}
    for place, each in enumerate(one.spec.inputs):
        for depth, step in enumerate(each.steps):
            code = fault_code(step, str(place), depth)
            said = step.cannot + (" The cell is emptied." if code.endswith(SOFT) else "")
            sentences[code] = _valued("", said)
    return sentences


def _valued(before: str, after: str) -> str:
    return f"{quote(before)} || coalesce('“' || shown(value) || '”', 'the value') || {quote(after)}"


def _record(one: CompiledField) -> str:
    by = " or ".join(" + ".join(parts) for parts in one.spec.by)
    return f"{one.spec.model or one.facts.relation} has the {by or 'external id'}"


def _selection(one: CompiledField) -> str:
    keys = [key for key, _ in one.facts.selection]
    more = ", ..." if len(keys) > _CHOICES_NAMED else ""
    return (
        f" is none of the choices ({', '.join(keys[:_CHOICES_NAMED])}{more}). "
        "Correct it, or use a value map."
    )


def where(columns: Sequence[str], target: str) -> str:
    """The beginning of a sentence about a cell: the sheet's columns, else the field."""
    if not columns:
        return f"Field “{target}”: "
    return f"Column{'s' if len(columns) > 1 else ''} {_listed(columns)}: "


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f"“{column}”" for column in columns)
