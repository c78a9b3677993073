"""The field tables of each version, read from ``facts/<version>/<model>.json``.

They are bare facts (names, types, flags); labels are derived here from the technical names.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

VERSIONS = (15, 17, 19)
FOLDER = Path(__file__).parent / "facts"
TEXTS = frozenset({"char", "text", "html", "binary", "json", "reference", "properties"})
RELATIONAL = frozenset({"many2one", "one2many", "many2many"})
CHECKED_FIRST = {"datetime": 0, "many2one": 1}
NUMBERS = frozenset({"integer", "float", "monetary"})


def label_of(name: str) -> str:
    """``country_id`` -> ``Country``; ``order_line`` -> ``Order Line``."""
    base = name.removesuffix("_ids").removesuffix("_id")
    return base.replace("_", " ").strip().title() or name


def model_label(model: str) -> str:
    """``res.partner.category`` -> ``Partner Category``."""
    return label_of("_".join(model.split(".")[1:]) or model)


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a model."""

    name: str
    type: str
    required: bool = False
    readonly: bool = False
    store: bool = True
    translate: bool = False
    company_dependent: bool = False
    relation: str = ""
    relation_field: str = ""
    size: int | None = None
    digits: int | None = None
    selection: tuple[str, ...] = ()
    is_computed: bool = False
    ondelete: str = ""
    depends: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return label_of(self.name)

    @property
    def is_checked(self) -> bool:
        """Whether PostgreSQL can find this field empty: a number is 0, a flag is false."""
        return self.type not in ("boolean", "one2many", "many2many", *NUMBERS)

    @property
    def choices(self) -> list[list[str]]:
        return [[key, label_of(key)] for key in self.selection]

    @property
    def empty(self) -> Any:
        """What a read says of this field when nothing is stored."""
        if self.type in ("integer", "many2one_reference"):
            return 0
        if self.type in ("float", "monetary"):
            return 0.0
        return [] if self.type in ("one2many", "many2many") else False


@dataclass(frozen=True)
class ModelFacts:
    """One model of one version. ``inherits``: parent model -> our field that points at it."""

    model: str
    order: str
    rec_name: str
    inherits: Mapping[str, str]
    columns: Mapping[str, Column]
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return model_label(self.model)

    @property
    def table(self) -> str:
        return self.model.replace(".", "_")

    @cached_property
    def required(self) -> tuple[Column, ...]:
        """Fields the database refuses to leave empty, in the order it finds them empty."""
        found = [c for c in self.columns.values() if c.required and c.store and c.is_checked]
        return tuple(sorted(found, key=lambda c: CHECKED_FIRST.get(c.type, 2)))

    @cached_property
    def has_active(self) -> bool:
        return "active" in self.columns


def _column(name: str, packed: list[Any]) -> Column:
    kind, flags = packed[0], packed[1]
    extra: dict[str, Any] = packed[2] if len(packed) > 2 else {}
    digits = 2 if kind == "monetary" else extra.get("digits")
    return Column(
        name=name,
        type=kind,
        required="r" in flags,
        readonly="o" in flags,
        store="N" not in flags,
        translate="t" in flags,
        company_dependent="c" in flags,
        relation=extra.get("relation", ""),
        relation_field=extra.get("relation_field", ""),
        size=extra.get("size"),
        digits=digits,
        selection=tuple(str(key) for key in extra.get("selection", ())),
        is_computed="k" in flags,
        ondelete=extra.get("ondelete", ""),
        depends=tuple(extra.get("depends", ("id",) if "k" in flags else ())),
    )


class Catalogue:
    """All models of one version, read on first use and then kept."""

    def __init__(self, version: int) -> None:
        if version not in VERSIONS:
            raise ValueError(f"There is no sandbox of version {version}; choose 15, 17 or 19.")
        self.version = version
        self._folder = FOLDER / str(version)
        self._read: dict[str, ModelFacts] = {}
        self._names = frozenset(path.stem for path in self._folder.glob("*.json"))

    def __contains__(self, model: object) -> bool:
        return model in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __getitem__(self, model: str) -> ModelFacts:
        known = self._read.get(model)
        if known is None:
            known = self._read[model] = self._load(model)
        return known

    def _load(self, model: str) -> ModelFacts:
        if model not in self._names:
            raise KeyError(model)
        raw = json.loads((self._folder / f"{model}.json").read_text("utf-8"))
        columns = {name: _column(name, packed) for name, packed in raw["fields"].items()}
        return ModelFacts(
            model,
            raw["order"],
            raw["rec_name"],
            raw["inherits"],
            columns,
            raw.get("defaults", {}),
        )

    @cached_property
    def pointing(self) -> dict[str, list[tuple[str, Column]]]:
        """Target model -> stored many2one and many2many fields that point at it."""
        found: dict[str, list[tuple[str, Column]]] = {}
        for model in self:
            for column in self[model].columns.values():
                if column.store and column.type in ("many2one", "many2many"):
                    found.setdefault(column.relation, []).append((model, column))
        return found
