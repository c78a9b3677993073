"""Groups and sums, in the shapes of ``read_group`` and of 19's ``formatted_read_group``."""

from collections.abc import Sequence
from typing import Any

from importer.odoo.sandbox.env import Env
from importer.odoo.sandbox.names import display_name
from importer.odoo.sandbox.reading import stored_value
from importer.odoo.sandbox.refusals import PythonFault
from importer.odoo.sandbox.searching import search

Groups = dict[tuple[Any, ...], list[int]]


def _grouped(env: Env, model: str, domain: Sequence[Any], fields: Sequence[str]) -> Groups:
    groups: Groups = {}
    for record_id in search(env, model, domain):
        key = tuple(stored_value(env, model, record_id, f) or False for f in fields)
        groups.setdefault(key, []).append(record_id)
    if not fields and not groups:
        groups[()] = []
    return dict(sorted(groups.items(), key=lambda item: [_sort_key(v) for v in item[0]]))


def _sort_key(value: Any) -> tuple[bool, str, Any]:
    """By value, empty ones last; values of one field are of one kind."""
    return value is False, type(value).__name__, value


def _shown(env: Env, model: str, field: str, value: Any) -> Any:
    column = env.column(model, field)
    if column.type == "many2one" and value:
        return [value, display_name(env, column.relation, value)]
    return value


def _aggregate(env: Env, model: str, ids: list[int], field: str, function: str) -> Any:
    values = [stored_value(env, model, i, field) for i in ids]
    if function == "count":
        return len([v for v in values if v])
    if function == "count_distinct":
        return len({v for v in values if v})
    numbers = [v or 0 for v in values]
    match function:
        case "sum":
            total = sum(numbers)
            return round(total, 6) if isinstance(total, float) else total
        case "avg":
            return sum(numbers) / len(numbers) if numbers else 0.0
        case "min":
            return min(numbers, default=False)
        case "max":
            return max(numbers, default=False)
    raise PythonFault("ValueError", f"Invalid aggregate method {function!r} for {field!r}.")


def _wanted(env: Env, model: str, specs: Sequence[str]) -> list[tuple[str, str]]:
    """``amount_total:sum`` or a bare number field -> (field, function)."""
    wanted = []
    for spec in specs:
        field, _, function = spec.partition(":")
        if field.startswith("__"):
            continue
        column = env.column(model, field)
        if function or column.type in ("integer", "float", "monetary"):
            wanted.append((field, function or "sum"))
    return wanted


def read_group(env: Env, model: str, ids: list[Any], a: dict[str, Any]) -> list[dict[str, Any]]:
    env.require(model, "read")
    groupby = [a["groupby"]] if isinstance(a["groupby"], str) else list(a["groupby"] or [])
    lazy = a.get("lazy", True)
    fields = groupby[:1] if lazy else groupby
    count = f"{fields[0]}_count" if lazy and fields else "__count"
    wanted = _wanted(env, model, [f for f in a["fields"] if f not in fields and f != "id"])
    answer = []
    for key, members in _grouped(env, model, a["domain"], fields).items():
        row: dict[str, Any] = {
            f: _shown(env, model, f, v) for f, v in zip(fields, key, strict=True)
        }
        row[count] = len(members)
        for field, function in wanted:
            row[field] = _aggregate(env, model, members, field, function)
        if fields:
            conditions = [[f, "=", v] for f, v in zip(fields, key, strict=True)]
            terms = [*conditions, *a["domain"]]
            leaves = sum(isinstance(term, list) for term in terms)
            joints = leaves - 1 - sum(term in ("&", "|") for term in a["domain"])
            row["__domain"] = ["&"] * joints + terms
        answer.append(row)
    return answer


def formatted_read_group(
    env: Env, model: str, ids: list[Any], a: dict[str, Any]
) -> list[dict[str, Any]]:
    env.require(model, "read")
    fields = list(a.get("groupby") or [])
    aggregates = list(a.get("aggregates") or [])
    wanted = _wanted(env, model, aggregates)
    answer = []
    for key, members in _grouped(env, model, a["domain"], fields).items():
        row: dict[str, Any] = {
            f: _shown(env, model, f, v) for f, v in zip(fields, key, strict=True)
        }
        row["__extra_domain"] = [[f, "=", v] for f, v in zip(fields, key, strict=True)]
        if "__count" in aggregates:
            row["__count"] = len(members)
        for field, function in wanted:
            row[f"{field}:{function}"] = _aggregate(env, model, members, field, function)
        answer.append(row)
    return answer
