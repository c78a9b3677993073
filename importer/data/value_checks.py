"""Whether the actions of a mapping's value maps can be done where they stand. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from importer.data.value_actions import CREATE, SKIP, actions_in, created_values
from importer.errors import Problem

Raw = Mapping[str, Any]


def check_actions(frozen: Raw) -> Iterator[Problem]:
    """A problem for each field whose value map asks for what cannot be done there."""
    for raw in frozen.get("fields") or ():
        if CREATE in actions_in(raw) and (why := _why_not_made(raw, frozen)):
            yield Problem(
                "create_here",
                f"Field “{raw.get('target')}” uses a value map that makes records of some values, "
                f"but {why}. Choose something else for these values.",
            )
    company = frozen.get("row_company")
    if company and CREATE in actions_in({"spec": {"inputs": [company]}}):
        yield Problem(
            "create_here",
            "The company of the row uses a value map that makes records of some values, and no "
            "companies are made. Choose something else for these values.",
        )
    for nested in frozen.get("nested") or ():
        yield from _lines(nested)


def _why_not_made(raw: Raw, frozen: Raw) -> str:
    if raw.get("source") != "reference":
        return "only of a reference to another entity stubs are made"
    if (raw.get("spec") or {}).get("entity") == frozen["entity"]["name"]:
        return "it refers to rows of its own sheet, for which no stubs are made"
    if frozen.get("parent_inputs"):
        return "it is a field of lines inside their document, for which no stubs are made"
    if not created_values(raw):
        return "stubs are made only of references with one input"
    return ""


def _lines(nested: Raw) -> Iterator[Problem]:
    parents = {"target": "the document", "spec": {"inputs": nested.get("parent_inputs") or ()}}
    for raw in (*(nested.get("fields") or ()), parents):
        if SKIP in actions_in(raw):
            yield Problem(
                "skip_in_lines",
                f"Field “{raw.get('target')}” of the lines “{nested['entity']['name']}” uses a "
                "value map that leaves rows out, but a document is loaded whole or not at all. "
                "Choose something else for these values.",
            )
