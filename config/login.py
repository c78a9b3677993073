"""The admin's login form: tries are counted together with those of the API."""

from typing import Any

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from importer.login_limits import TooManyTries, count_try, forget_tries


class LoginForm(AuthenticationForm):  # type: ignore[misc]
    """Says in words when there were too many tries; the password is not looked at then."""

    def clean(self) -> dict[str, Any]:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        name = self.cleaned_data.get("username", "")
        try:
            count_try(name, address)
        except TooManyTries as error:
            raise ValidationError(str(error), code="too_many_tries") from error
        cleaned: dict[str, Any] = super().clean()
        forget_tries(name, address)
        return cleaned
