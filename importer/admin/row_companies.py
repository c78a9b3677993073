"""The form field of the company of the row: people type a column or an expression, the table keeps
JSON.
"""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from importer import mappings
from importer.data.storable import unstorable_text
from importer.errors import Refused


class RowCompanyField(forms.CharField):
    """``Branch``, ``= upper("Branch")``; one with a value map as its JSON."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        if value.keys() == {"column"}:
            return value["column"]
        if value.keys() == {"sql"}:
            return f"= {value['sql']}"
        return json.dumps(value, ensure_ascii=False) if value else ""

    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value) or "").strip()
        if not text:
            return {}
        given = _read(text)
        try:
            mappings.check_row_company(given)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return given

    def run_validators(self, value: Any) -> None:
        super().run_validators(json.dumps(value, ensure_ascii=False))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial or {}) != str(data or "").strip())


def _read(text: str) -> Any:
    if text.startswith("="):
        return {"sql": text[1:].strip()}
    if not text.startswith("{"):
        return {"column": text}
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("This is not JSON: %s.") % error) from error
    bad = unstorable_text(given)
    if bad:
        raise ValidationError(bad)
    return given
