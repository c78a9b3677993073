"""One error shape for the whole API: ``{"errors": [{code, node, edge, message}]}``."""

from typing import Any

from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from importer.errors import Busy, Invalid, NotAllowed, Problem, StowageError

_STATUS: tuple[tuple[type[StowageError], str, int], ...] = (
    (NotAllowed, "not_allowed", status.HTTP_403_FORBIDDEN),
    (Busy, "busy", status.HTTP_409_CONFLICT),
    (StowageError, "refused", status.HTTP_400_BAD_REQUEST),
)


def _flatten(detail: Any, field: str = "") -> list[Problem]:
    if isinstance(detail, dict):
        found = [
            _flatten(inner, f"{field}.{name}" if field else name) for name, inner in detail.items()
        ]
        return [problem for part in found for problem in part]
    if isinstance(detail, list):
        return [problem for inner in detail for problem in _flatten(inner, field)]
    text = f"{field}: {detail}" if field and field != "detail" else str(detail)
    return [Problem(getattr(detail, "code", "invalid"), text)]


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: our errors and DRF's own in the one shape; the rest is a 500."""
    if isinstance(error, StowageError):
        code, answer = next((c, s) for kind, c, s in _STATUS if isinstance(error, kind))
        problems = error.problems if isinstance(error, Invalid) else [Problem(code, str(error))]
        return Response({"errors": [p.as_dict() for p in problems]}, status=answer)
    response = exception_handler(error, context)
    if response is not None:
        detail = getattr(error, "detail", None) or exceptions.NotFound.default_detail
        response.data = {"errors": [p.as_dict() for p in _flatten(detail)]}
    return response
