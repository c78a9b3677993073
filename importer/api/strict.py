"""Bodies with a field that nobody knows are refused: a misspelled ``dry_run`` must not start a real
run."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError

_OF_FORMS = "csrfmiddlewaretoken"


class Strict:
    """A mixin before the serializer's class. What the answer shows may be sent back as it is."""

    def to_internal_value(self, data: Any) -> Any:
        known = list(self.fields)  # type: ignore[attr-defined]
        if isinstance(data, Mapping):
            unknown = sorted({str(name) for name in data} - {*known, _OF_FORMS})
            if unknown:
                raise ValidationError({name[:100]: [_sentence(known)] for name in unknown[:20]})
        return super().to_internal_value(data)  # type: ignore[misc]


def _sentence(known: list[str]) -> str:
    return f"There is no such field here. Known are: {', '.join(known)}."
