"""Form fields for what the tables keep as JSON: shown readable, refused in sentences."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from importer.admin.readable import readable_json
from importer.data.storable import unstorable_text

_SHAPES = {dict: _("an object: {…}"), list: _("a list: […]")}


class JSONTextarea(UnfoldAdminTextareaWidget):
    """A text area for code: one width for every letter, as high as its text needs."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        own = {"spellcheck": "false", "rows": 8, "style": "font-family: monospace; font-size: 13px"}
        super().__init__({**own, **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        lines = str(context["widget"]["value"] or "").count("\n") + 1
        context["widget"]["attrs"]["rows"] = min(max(lines, 2), 50)
        return context


class ReadableJSONField(forms.JSONField):
    """JSON with indents. It must be what the column's default is: an object or a list."""

    widget = JSONTextarea

    def __init__(self, **kwargs: Any) -> None:
        kwargs["show_hidden_initial"] = False
        super().__init__(**kwargs)
        self.shape = self.initial if self.initial in (dict, list) else None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        return readable_json(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """A form that comes back shows what was typed, as it was typed."""
        return initial if self.disabled else InvalidJSONInput(data or "")

    def to_python(self, value: Any) -> Any:
        if self.disabled:
            return value
        if value in self.empty_values:
            return self.shape() if self.shape else None
        try:
            parsed = json.loads(value, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            raise ValidationError(
                _("This is not JSON: line %(line)d, column %(column)d: %(what)s."),
                params={"line": error.lineno, "column": error.colno, "what": error.msg},
            ) from error
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("This JSON cannot be kept: %s.") % error) from error
        self._check(parsed)
        return parsed

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(json.loads(data) != initial)
        except (TypeError, ValueError, RecursionError):
            return bool(data) or bool(initial)

    def _check(self, parsed: Any) -> None:
        bad = unstorable_text(parsed)
        if bad:
            raise ValidationError(bad)
        if self.shape is not None and not isinstance(parsed, self.shape):
            raise ValidationError(
                _("This must be %(shape)s."), params={"shape": _SHAPES[self.shape]}
            )


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminTextareaWidget(attrs={"rows": 3}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Sequence) and not isinstance(value, str):
            return "\n".join(str(line) for line in value)
        return value

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in str(value or "").splitlines()]
        return [line for line in lines if line]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        for line in value:
            super().run_validators(line)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != list(initial or []))


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")
