"""Everything that is wrong with a mapping, all at once, before any row is looked at."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from importer.data.binaries.gathering import file_fields
from importer.data.casting import RELATIONAL
from importer.data.compiler import compile_mapping
from importer.data.expressions import check_expression
from importer.data.languages import languages_of
from importer.data.macros import EXTERNAL_ID
from importer.data.match_rules import check_rules
from importer.data.model_rules import missing_fields
from importer.data.row_companies import read_row_company
from importer.data.specs import FieldSpec, Input, read_field, read_inputs
from importer.data.transforms.choosing import VALUE
from importer.data.value_checks import check_actions
from importer.data.vanished import check_vanished
from importer.errors import Problem, Refused
from importer.odoo.protocols import FieldFacts, ModelFacts

Columns = Sequence[str]
_KEPT_BY_ODOO = ("id", ".id", "create_date", "create_uid", "write_date", "write_uid")


def check_mapping(
    frozen: Mapping[str, Any],
    *,
    facts: ModelFacts,
    columns: Columns | None = None,
    nested_facts: Mapping[str, ModelFacts] | None = None,
    nested_columns: Mapping[str, Columns] | None = None,
    languages: Sequence[str] = (),
) -> list[Problem]:
    """All problems of a frozen mapping against the model and, where given, the sheet's columns.
    ``nested_facts``: by model; ``nested_columns``: by sheet name. What is not given is not
    checked: without facts of a nested model its fields are left to preparing. ``languages``: see
    check_languages."""
    found = list(_entity(frozen, facts, columns))
    specs: list[FieldSpec] = []
    for raw in frozen.get("fields") or ():
        found += _field(raw, facts, columns, specs)
    found += _twice(specs)
    found += _mixed(specs, facts)
    found += _stubs(specs, frozen)
    found += check_actions(frozen)
    found += check_languages(frozen, facts, languages)
    found += _whole(frozen, facts, columns)
    found += _row_company(frozen, columns)
    found += check_rules(frozen, facts, columns)
    found += check_vanished(frozen, facts)
    for nested in frozen.get("nested") or ():
        shares = str(nested.get("sheet_name") or "") in ("", str(frozen.get("sheet_name") or ""))
        others = nested_columns or {}
        own = others.get(str(nested.get("sheet_name")), columns if shares else None)
        found += _nested(nested, facts, own, nested_facts)
    if not found and columns is not None:
        found += _compiles(frozen, facts, columns)
    return found


def _entity(
    frozen: Mapping[str, Any], facts: ModelFacts, columns: Columns | None
) -> Iterator[Problem]:
    entity = frozen["entity"]
    if entity["odoo_model"] != facts.model:
        yield Problem(
            "wrong_model",
            f"Entity “{entity['name']}” is a {entity['odoo_model']}, but the mapping was held "
            f"against {facts.model}. Choose a mapping of the right entity.",
        )
    if not entity["key_columns"]:
        yield Problem("no_key", f"Entity “{entity['name']}” has no key columns. Name at least one.")
    for column in _unknown(entity["key_columns"], columns):
        yield _no_column(column, f"the key of entity “{entity['name']}”", columns)


def _field(
    raw: Mapping[str, Any], facts: ModelFacts, columns: Columns | None, specs: list[FieldSpec]
) -> Iterator[Problem]:
    target = str(raw.get("target", ""))
    try:
        spec = read_field(raw)
    except Refused as refusal:
        yield Problem("bad_spec", f"Field “{target}”: {refusal}")
        return
    specs.append(spec)
    known = facts.fields.get(target)
    if known is None or target in _KEPT_BY_ODOO:
        yield Problem(
            "unknown_field",
            f"{facts.model} has no field “{target}” that can be filled. Choose another field, or "
            "refresh the connection's schema.",
        )
    else:
        yield from _fit(spec, known, facts.model)
        if known.type == "binary" and raw.get("winner") not in (None, "", "source"):
            yield Problem(
                "winner",
                f"Field “{target}” of {facts.model} holds a file, and of files the sheet's always "
                "wins. Take the winner out.",
            )
    for one in spec.inputs:
        yield from _input(one, f"field “{target}”", columns)


def _fit(spec: FieldSpec, known: FieldFacts, model: str) -> Iterator[Problem]:
    """Whether the kind of source suits the kind of field."""
    place = f"Field “{spec.target}” of {model}"
    points = known.type in RELATIONAL
    if known.type == "binary" or spec.source == "binary":
        yield from _file(spec, known, place)
        return
    if known.type == "one2many":
        yield Problem(
            "one2many",
            f"{place} holds the lines of a document. Give the lines an entity of their own that "
            "refers to its document, or a nested mapping.",
        )
    elif points and spec.source in ("column", "expression"):
        yield Problem(
            "needs_reference",
            f"{place} points at {known.relation}. Map it by reference (an entity of this project) "
            "or by lookup (a record in Odoo).",
        )
    elif spec.source == "reference" and known.type == "many2one_reference":
        return  # checked against the model that is named beside it (data.pointing)
    elif not points and spec.source in ("reference", "lookup"):
        yield Problem(
            "not_relational",
            f"{place} is a {known.type} and points at no record. Map it from a column.",
        )
    if points and spec.model and spec.model != known.relation:
        yield Problem(
            "wrong_model",
            f"{place} points at {known.relation}, but is looked up in {spec.model}. "
            f"Look it up in {known.relation}.",
        )
    if spec.separator and known.type == "many2one":
        yield Problem("separator", f"{place} takes one record. Take the separator out.")
    if spec.adds and known.type != "many2many":
        yield Problem(
            "linking",
            f"{place} is no many2many field, so nothing can be added to what it links. Take "
            "“linking” out.",
        )
    if spec.source == "constant":
        yield from _constant(spec, known, place)
    if known.readonly:
        yield Problem(
            "readonly", f"{place} is read-only; Odoo may ignore what is sent.", is_error=False
        )


def _file(spec: FieldSpec, known: FieldFacts, place: str) -> Iterator[Problem]:
    if known.type != "binary":
        yield Problem(
            "not_a_file",
            f"{place} is a {known.type} and holds no file. Map it from a column.",
        )
    elif spec.source not in ("binary", "column", "expression"):
        yield Problem(
            "needs_file",
            f"{place} holds a file. Map it with the source “binary” (from base64, file or url).",
        )
    elif any(step.reaches_out for one in spec.inputs for step in one.steps):
        yield Problem(
            "file_transforms",
            f"{place} holds a file. What names it can be trimmed, cut and replaced, but not go "
            "through a library or another sheet. Take that transform out.",
        )
    elif known.readonly:
        yield Problem(
            "readonly", f"{place} is read-only; Odoo may ignore what is sent.", is_error=False
        )


def _constant(spec: FieldSpec, known: FieldFacts, place: str) -> Iterator[Problem]:
    if known.type == "selection":
        keys = [key for key, _ in known.selection]
        if spec.constant not in keys:
            yield Problem(
                "selection",
                f"{place} has no choice “{spec.constant}”. Use one of: {', '.join(keys)}.",
            )
    elif known.type in RELATIONAL:
        parts = [part.strip() for part in spec.constant.split(",")]
        if not all(re.fullmatch(EXTERNAL_ID, part) for part in parts):
            yield Problem(
                "external_id",
                f"{place} points at {known.relation}; its constant must be an external id "
                f"(module.name), and “{spec.constant}” is not.",
            )


def _twice(specs: Sequence[FieldSpec]) -> Iterator[Problem]:
    targets = [spec.label for spec in specs]
    for target in sorted({target for target in targets if targets.count(target) > 1}):
        yield Problem("twice", f"Field “{target}” is mapped more than once. Keep one of them.")


def _stubs(specs: Sequence[FieldSpec], frozen: Mapping[str, Any]) -> Iterator[Problem]:
    """Whether stubs can be made where a field asks for them."""
    asking = {raw.get("target") for raw in frozen["fields"] if raw.get("on_missing") == "stub"}
    for spec in specs:
        why = ""
        if spec.target not in asking:
            continue
        if spec.source != "reference":
            why = "is no reference to an entity, and only of these stubs are made"
        elif frozen.get("parent_inputs"):
            why = "is a field of lines inside their document, for which no stubs are made"
        elif spec.entity == frozen["entity"]["name"]:
            why = "refers to rows of its own sheet, for which no stubs are made"
        if why:
            yield Problem(
                "stub",
                f"Field “{spec.target}” {why}. Choose an error or an empty field for what is "
                "missing.",
            )


def _mixed(specs: Sequence[FieldSpec], facts: ModelFacts) -> Iterator[Problem]:
    """Odoo is told once a call whether linked records are added to or replaced."""
    lists = [
        spec
        for spec in specs
        if spec.target in facts.fields and facts.fields[spec.target].type == "many2many"
    ]
    added = [spec.target for spec in lists if spec.adds]
    replaced = [spec.target for spec in lists if not spec.adds]
    if added and replaced:
        yield Problem(
            "mixed_linking",
            f"Field “{added[0]}” adds to what is linked and field “{replaced[0]}” replaces it. "
            "Odoo takes only one of the two in one call: choose the same for both.",
        )


def check_languages(
    frozen: Mapping[str, Any], facts: ModelFacts, languages: Sequence[str]
) -> Iterator[Problem]:
    """Whether the fields in second languages can be written. ``languages``: the codes that are
    active in the database, empty where that is not known."""
    for raw in frozen.get("fields") or ():
        lang = str(raw.get("lang") or frozen.get("lang") or "")
        known = facts.fields.get(str(raw.get("target")))
        if not lang or known is None:
            continue
        place = f"Field “{known.name}” of {facts.model}"
        if not known.translate:
            yield Problem("not_translated", f"{place} has no translations. Take the language out.")
        if languages and lang not in languages:
            active = ", ".join(languages)
            yield Problem(
                "unknown_language",
                f"{place} is mapped in {lang}, which is not active in the database (active: "
                f"{active}). Activate the language in Odoo, or choose another.",
            )
    if languages_of(frozen) and frozen.get("on_existing") == "create_only":
        yield Problem(
            "languages_create_only",
            "Texts in further languages are written to records that are there, so a mapping with "
            "them cannot be “create only”. Choose create or update.",
        )
    for nested in frozen.get("nested") or ():
        if any(raw.get("lang") for raw in nested.get("fields") or ()):
            yield Problem(
                "languages_nested",
                f"The lines “{nested['entity']['name']}” have texts in a further language, which "
                "nested lines cannot have. Give the lines a mapping of their own.",
            )


def _whole(
    frozen: Mapping[str, Any], facts: ModelFacts, columns: Columns | None
) -> Iterator[Problem]:
    for target in missing_fields(facts, frozen):
        yield Problem(
            "missing_required",
            f"{facts.model} needs the field “{target}” ({facts.fields[target].label}), and the "
            "mapping does not fill it. Map it, or give it a constant.",
        )
    if frozen.get("row_filter"):
        yield from _expression(str(frozen["row_filter"]), "the row filter", columns)
    for total in frozen.get("control_totals") or ():
        place = f"the control total “{total.get('name', '')}”"
        yield from _expression(str(total.get("sql", "")), place, columns)
        if total.get("field") and total["field"] not in facts.fields:
            yield Problem(
                "unknown_field",
                f"{facts.model} has no field “{total['field']}” for {place}. Choose another.",
            )


def _row_company(frozen: Mapping[str, Any], columns: Columns | None) -> Iterator[Problem]:
    place = "the company of the row"
    try:
        one = read_row_company(frozen.get("row_company"))
    except Refused as refusal:
        yield Problem("row_company", str(refusal))
        return
    if one is None:
        return
    if frozen.get("parent_inputs"):
        yield Problem(
            "row_company",
            f"The lines “{frozen['entity']['name']}” name {place}, but they are sent inside their "
            "document, in its company. Take it out there, and name it on the document.",
        )
    yield from _input(one, place, columns)


def _nested(
    nested: Mapping[str, Any],
    facts: ModelFacts,
    columns: Columns | None,
    nested_facts: Mapping[str, ModelFacts] | None,
) -> Iterator[Problem]:
    field, model = str(nested.get("nested_field", "")), str(nested["entity"]["odoo_model"])
    known = facts.fields.get(field)
    if known is None or known.type != "one2many" or known.relation != model:
        yield Problem(
            "nested_field",
            f"{facts.model} has no lines of {model} in “{field}”. Name the one2many field that "
            "holds them.",
        )
    if not nested.get("parent_inputs"):
        yield Problem(
            "no_parent",
            f"The lines “{nested['entity']['name']}” do not say which columns name their document "
            "(parent_inputs). Name them, in the order of the document's key columns.",
        )
    for one in read_inputs(nested.get("parent_inputs") or ()):
        yield from _input(one, f"the document of “{nested['entity']['name']}”", columns)
    if nested_facts is None:
        return
    if model not in nested_facts:
        yield Problem(
            "unknown_model",
            f"The fields of {model} are not known. Refresh the connection's schema.",
        )
        return
    yield from check_mapping(nested, facts=nested_facts[model], columns=columns)
    if _files_of(nested, nested_facts[model]):
        yield Problem(
            "file_in_lines",
            f"The lines “{nested['entity']['name']}” cannot hold files while they are sent inside "
            "their document. Give the lines an entity of their own.",
        )


def _files_of(frozen: Mapping[str, Any], facts: ModelFacts) -> list[FieldSpec]:
    try:
        return file_fields(frozen, facts)
    except Refused:
        return []  # named where its field is checked


def _compiles(frozen: Mapping[str, Any], facts: ModelFacts, columns: Columns) -> list[Problem]:
    try:
        compile_mapping(frozen, facts, columns=columns, is_nested=bool(frozen.get("parent_inputs")))
    except Refused as refusal:
        return [Problem("compile", str(refusal))]
    return []


def _input(one: Input, place: str, columns: Columns | None) -> Iterator[Problem]:
    read = one.columns if one.is_column else ()
    for column in _unknown((*read, *one.beside), columns):
        yield _no_column(column, place, columns)
    if not one.is_column:
        yield from _expression(one.sql, place, columns)
    for step in one.steps:
        if step.name == "expression":
            seen = None if columns is None else (*columns, VALUE)
            yield from _expression(str(step.arguments["sql"]), place, seen)


def _expression(sql: str, place: str, columns: Columns | None) -> Iterator[Problem]:
    try:
        if columns is not None:
            check_expression(sql, columns)
        else:
            read_field({"target": place, "source": "expression", "spec": {"sql": sql}})
    except Refused as refusal:
        yield Problem("expression", f"In {place}: {refusal}")


def _unknown(wanted: Sequence[str], columns: Columns | None) -> list[str]:
    if columns is None:
        return []
    known = {column.lower() for column in columns}
    return [column for column in wanted if column.lower() not in known]


def _no_column(column: str, place: str, columns: Columns | None) -> Problem:
    return Problem(
        "unknown_column",
        f"The sheet has no column “{column}”, which {place} reads. "
        f"Its columns are: {', '.join(columns or ())}.",
    )
