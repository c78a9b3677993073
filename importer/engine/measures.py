"""What a load learns of a server from batch to batch, as it is kept in JSON. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Measure:
    """Numbers that all begin with a value of their own."""

    @classmethod
    def of(cls, said: Mapping[str, Any] | None) -> Self:
        """From what ``as_json`` gave; a name that is not known any more is passed over."""
        names = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in (said or {}).items() if name in names})

    def as_json(self) -> dict[str, float]:
        return asdict(self)
