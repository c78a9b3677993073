"""What the suggestions are given and what they say, as plain values. Pure; nothing is computed."""

from collections.abc import Mapping
from dataclasses import dataclass

from importer.odoo.protocols import ModelFacts

Models = Mapping[str, ModelFacts]
"""What a connection's database is known to have, by name."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: ``name`` is unique in it, ``header`` is what the file says, ``samples``
    are some of its cells (empty ones included). ``is_unique``: no filled cell comes twice and none
    is empty; None where nobody has looked."""

    name: str
    header: str
    samples: tuple[str, ...] = ()
    is_unique: bool | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """``keys``: sets of columns that a profile found to name each row once, best first."""

    name: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Pointer:
    """A column that holds the keys of a sheet, as a profile found it."""

    sheet: str
    column: str
    to_sheet: str
    to_column: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column goes. ``by``: the field of the record in Odoo by which it is looked up;
    ``part``: ``first`` or ``last``, of a text that several columns make; ``sheet``: the sheet of
    the same dataset whose keys the column holds."""

    field: str
    by: str = ""
    part: str = ""
    sheet: str = ""

    def __str__(self) -> str:
        if self.sheet:
            return f"{self.field}@{self.sheet}"
        if self.part:
            return f"{self.field}+{self.part}"
        return f"{self.field}.{self.by}" if self.by else self.field


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``target`` is None where the column has no field; then ``confidence`` is about that.
    ``others``: the next best, without their places being free."""

    column: str
    target: Target | None
    confidence: float
    reason: str
    others: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetSuggestion:
    """``model`` is empty where none fits. ``missing``: required fields of the model that no column
    fills and Odoo has no default for."""

    sheet: str
    model: str
    model_confidence: float
    model_reason: str
    key: tuple[str, ...]
    key_reason: str
    columns: tuple[Suggestion, ...]
    missing: tuple[str, ...] = ()
    other_models: tuple[str, ...] = ()

    def column(self, name: str) -> Suggestion:
        """KeyError where the sheet has no such column."""
        for one in self.columns:
            if one.column == name:
                return one
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class EdgeSuggestion:
    """``sheet`` waits for ``to_sheet``, because its ``column`` refers to it in ``field``."""

    sheet: str
    to_sheet: str
    column: str
    field: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class DatasetSuggestion:
    """All sheets in the order of the dataset, and what waits for what."""

    sheets: tuple[SheetSuggestion, ...]
    edges: tuple[EdgeSuggestion, ...]


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a mapping of the project says: a column of this header (``phrase``: as
    ``normalising.squeezed`` gives it) of an entity of this model went to this target before."""

    model: str
    phrase: str
    target: Target
    mapping: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A sheet of the dataset that a column holds the keys of."""

    sheet: str
    model: str
    key: str
    confidence: float
    reason: str
