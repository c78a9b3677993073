"""How an admin page calls a verb: a sentence on success, the verb's own sentence on refusal."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest

from importer.errors import StowageError

Result = TypeVar("Result")


def do(request: HttpRequest, verb: Callable[[], Result], success: str = "") -> Result | None:
    """Call the verb; show what it raises as a message and give None then."""
    try:
        result = verb()
    except StowageError as problem:
        messages.error(request, str(problem))
        return None
    if success:
        messages.success(request, success)
    return result
