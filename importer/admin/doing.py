"""How an admin page calls a verb: a sentence on success, the verb's own sentence on refusal."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise

from importer.errors import StowageError
from importer.odoo.errors import OdooError

Result = TypeVar("Result")


def do(
    request: HttpRequest, verb: Callable[[], Result], success: str | Promise = ""
) -> Result | None:
    """Call the verb; show what it raises as a message and give None then."""
    try:
        result = verb()
    except (StowageError, OdooError) as problem:
        messages.error(request, str(problem))
        return None
    if success:
        messages.success(request, str(success))
    return result


def posted(request: HttpRequest) -> tuple[Any, Any]:
    """What a form is bound to, data and files; a POST of nothing is a POST too."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
