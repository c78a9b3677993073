"""What a transform is: a name, typed arguments, and how it is computed, in SQL or by a library
for each distinct value. Pure; nothing is computed here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Arguments = Mapping[str, Any]
Schema = dict[str, Any]

Worker = Callable[[str, str | None], str | None]
"""(the text, the text of the column beside it or None) -> the new text, None where it is no such
value. Never raises."""

ERROR, EMPTY, KEEP = "error", "empty", "keep"

TEXT: Schema = {"type": "string", "maxLength": 1000}
SOME_TEXT: Schema = TEXT | {"minLength": 1}
COLUMN: Schema = {"type": "string", "minLength": 1, "maxLength": 300, "format": "column"}
UNREADABLE: Schema = {
    "enum": [ERROR, EMPTY, KEEP],
    "default": ERROR,
    "title": "A value that cannot be read",
    "description": "error: the row is not sent; empty: the cell is emptied, with a warning; "
    "keep: the value stays as it is",
}


@dataclass(frozen=True, slots=True)
class Example:
    """What the docs and the pick list show, and the tests hold it to."""

    before: str
    after: str
    arguments: Arguments = field(default_factory=dict)
    cells: Arguments = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transform:
    """One entry of the pick list.

    ``sql`` gives the new text as SQL over (arguments, SQL of the text, SQL of each column that it
    reads); ``work`` gives the function that a library needs. Where neither is there,
    ``stepping`` knows the transform by its name. ``beside``: the
    argument that names a column whose text the worker is given as well. ``columns``: the columns
    that the arguments name. ``cannot``: how the sentence goes on after “value”, for a transform
    that cannot read every value; empty for one that can. ``check`` raises ValueError with a
    sentence for arguments that no schema can judge."""

    name: str
    label: str
    group: str
    says: str
    example: Example
    arguments: Schema = field(default_factory=dict)
    required: tuple[str, ...] = ()
    sql: Callable[[Arguments, str, Callable[[str], str]], str] | None = None
    work: Callable[[Arguments], Worker] | None = None
    beside: str = ""
    columns: Callable[[Arguments], tuple[str, ...]] = lambda arguments: ()
    cannot: Callable[[Arguments], str] | None = None
    check: Callable[[Arguments], None] | None = None

    @property
    def schema(self) -> Schema:
        """JSON Schema of one such step of a mapping."""
        own: Schema = {"name": {"const": self.name}, **self.arguments}
        if self.cannot is not None:
            own.setdefault("unreadable", UNREADABLE)
        return {
            "type": "object",
            "properties": own,
            "required": ["name", *self.required],
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One transform of a mapping, with its arguments."""

    transform: Transform
    arguments: Arguments

    @property
    def name(self) -> str:
        return self.transform.name

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads besides the value."""
        beside = self.arguments.get(self.transform.beside)
        return (*self.transform.columns(self.arguments), *([str(beside)] if beside else ()))

    @property
    def reaches_out(self) -> bool:
        """Whether it needs a library's table or another sheet beside the SELECT."""
        return self.transform.work is not None or self.name == "lookup"

    @property
    def unreadable(self) -> str:
        usual = self.transform.arguments.get("unreadable", UNREADABLE)["default"]
        return str(self.arguments.get("unreadable") or usual)

    @property
    def cannot(self) -> str:
        """How the sentence about a value that it cannot read goes on; empty where there is none."""
        return self.transform.cannot(self.arguments) if self.transform.cannot else ""
