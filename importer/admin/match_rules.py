"""The form field of a mapping's match rules: people type one a line, the table keeps JSON."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from importer.admin.json_fields import LinesField
from importer.data.match_rules import read_rule, rule_of_line
from importer.errors import Refused


class MatchRulesField(LinesField):
    """``vat``, ``email + is_company``, ``name (any case)``, ``external id: Old id``."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Sequence) and not isinstance(value, str):
            return "\n".join(read_rule(raw).line for raw in value)
        return value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        try:
            return [rule_of_line(line).as_json() for line in super().to_python(value)]
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial or []) != "\n".join(super().to_python(data)))
