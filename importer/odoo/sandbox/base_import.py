"""``base_import.import``: a CSV text run through ``load``, kept or only tried."""

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.loading import load
from importer.odoo.sandbox.refusals import PythonFault, UserRefusal
from importer.odoo.sandbox.values import to_stored

Rows = list[list[str]]
ISO_DATE = "%Y-%m-%d"


def execute_import(env: Env, model: str, ids: list[Any], a: dict[str, Any]) -> dict[str, Any]:
    """The answer of ``load`` with ``name``; a pre-check answers ``messages`` alone."""
    wizard = env.row(model, ids[0])
    options: dict[str, Any] = a["options"] or {}
    fields: list[Any] = list(a["fields"])
    title, rows = _rows(wizard, options)
    columns = [i for i, name in enumerate(fields) if name]
    if not columns:
        return _refused("You must choose at least one field to import.", False, None)
    if any(len(row) < len(fields) for row in [title, *rows[:1]]):
        return _refused("All rows must have as many cells as there are columns.", False, None)
    names, data = _mapped(fields, columns, rows)
    target = str(wizard.get("res_model", ""))
    _unify(env, target, names, data, options)
    wrong = _wrong_cell(env, target, names, data)
    if wrong is not None:
        return wrong
    skip = int(options.get("skip") or 0)
    return _run(env, target, names, data[skip:], options, skip, dry=bool(a.get("dryrun")))


def _run(
    env: Env,
    model: str,
    names: list[str],
    data: Rows,
    options: dict[str, Any],
    skip: int,
    dry: bool,
) -> dict[str, Any]:
    limit = options.get("limit")
    context = {
        key: options[key]
        for key in (
            "name_create_enabled_fields",
            "import_set_empty_fields",
            "import_skip_records",
        )
        if options.get(key)
    }
    savepoint = env.store.savepoint()
    inner = env.with_context(
        import_file=True, **context, **({"_import_limit": limit} if limit else {})
    )
    answer = load(inner, model, names, data)
    if dry:
        env.store.rollback(savepoint)
    if answer["nextrow"]:
        answer["nextrow"] += skip
    if "name" in names and answer["ids"]:
        column = names.index("name")
        taken = [row[column] for row in data[: limit or None]]
        answer["name"] = [""] * skip + taken + [""] * (len(data) - len(taken))
    else:
        answer["name"] = []
    return answer


def _rows(wizard: dict[str, Any], options: dict[str, Any]) -> tuple[list[str], Rows]:
    """The first row, and the rows of data without blank ones."""
    text, separator = str(wizard.get("file") or ""), options.get("separator")
    quote = options.get("quoting")
    if separator is None or not quote:
        raise UserRefusal(f"The file '{wizard.get('file_name', '')}' cannot be read as csv.")
    if separator == "":
        first = text.partition("\n")[0]
        separator = max(",;\t|", key=first.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=separator, quotechar=quote))
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    title = rows[0] if rows else []
    has_title = options.get("has_headers") or options.get("headers")
    return title, rows[1:] if has_title else rows


def _mapped(fields: list[Any], columns: Sequence[int], rows: Rows) -> tuple[list[str], Rows]:
    """The columns chosen; the same field twice is joined with a blank."""
    names = list(dict.fromkeys(str(fields[i]) for i in columns))
    data: Rows = []
    for row in rows:
        cells: dict[str, str] = {}
        for i in columns:
            cell = row[i] if i < len(row) else ""
            name = str(fields[i])
            cells[name] = f"{cells[name]} {cell}".strip() if name in cells else cell
        data.append([cells[name] for name in names])
    return names, data


def _unify(env: Env, model: str, names: list[str], data: Rows, options: dict[str, Any]) -> None:
    """Dates and numbers in the file's own form become the form ``load`` reads."""
    columns = env.facts(model).columns
    form = options.get("date_format") or ISO_DATE
    thousands = options.get("float_thousand_separator") or ""
    decimal = options.get("float_decimal_separator") or "."
    for position, name in enumerate(names):
        kind = columns[name].type if name in columns else ""
        for row in data:
            if kind == "date" and row[position]:
                with suppress(ValueError):
                    row[position] = datetime.strptime(row[position], form).strftime(ISO_DATE)
            elif kind in ("float", "monetary"):
                plain = row[position].replace(thousands, "") if thousands else row[position]
                row[position] = plain.replace(decimal, ".")


def _wrong_cell(env: Env, model: str, names: list[str], data: Rows) -> dict[str, Any] | None:
    """Dates and numbers are looked at before ``load``: the first bad one ends the call."""
    columns = env.facts(model).columns
    for position, name in enumerate(names):
        column = columns.get(name)
        if column is None or column.type not in ("date", "datetime", "float", "monetary"):
            continue
        for number, row in enumerate(data, 1):
            try:
                to_stored(env, model, column, row[position])
            except PythonFault as fault:
                text = f"Column {name} holds a wrong value in line {number}: {fault.message}"
                return _refused(text, [name], column.type)
    return None


def _refused(text: str, path: Any, kind: str | None) -> dict[str, Any]:
    message = {
        "type": "error",
        "message": text,
        "record": False,
        "not_matching_error": True,
        "field_path": path,
        "field_type": kind,
    }
    return {"messages": [message]}
