"""One error shape for the whole API: ``{"errors": [{code, node, edge, message}]}``."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from importer.errors import Busy, Invalid, NotAllowed, Problem, Refused, StowageError
from importer.login_limits import TooManyTries
from importer.odoo.errors import OdooError

_STATUS: tuple[tuple[type[Exception], str, int], ...] = (
    (NotAllowed, "not_allowed", status.HTTP_403_FORBIDDEN),
    (Busy, "busy", status.HTTP_409_CONFLICT),
    (TooManyTries, "too_many_tries", status.HTTP_429_TOO_MANY_REQUESTS),
    (StowageError, "refused", status.HTTP_400_BAD_REQUEST),
    (OdooError, "odoo", status.HTTP_502_BAD_GATEWAY),
)
_UNSTORABLE = Refused("A value in the request is too large or of a form that cannot be stored.")


class _TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"

    def __init__(self) -> None:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024 // 1024
        super().__init__(f"The body is larger than {most} MB; only files may be.")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: our errors and DRF's own in the one shape; the rest is a 500."""
    if isinstance(error, DataError):
        error = _UNSTORABLE
    if isinstance(error, RequestDataTooBig):
        error = _TooLarge()
    if isinstance(error, StowageError | OdooError):
        set_rollback()
        code, answer = next((c, s) for kind, c, s in _STATUS if isinstance(error, kind))
        problems = error.problems if isinstance(error, Invalid) else [Problem(code, str(error))]
        headers = {"Retry-After": str(error.wait)} if isinstance(error, TooManyTries) else None
        return Response(body(problems), status=answer, headers=headers)
    response = exception_handler(error, context)
    if response is not None:
        response.data = body(_flatten(_detail(error)))
    return response


def body(problems: Any) -> dict[str, Any]:
    """The shape of every answer that is no success."""
    return {"errors": [problem.as_dict() for problem in problems]}


def _detail(error: Exception) -> Any:
    """DRF's detail; Django's own 404 and 403 have none."""
    if isinstance(error, exceptions.APIException):
        return error.detail
    if isinstance(error, Http404):
        sentence, kind = "There is nothing of that id in your projects.", exceptions.NotFound
        return exceptions.ErrorDetail(sentence, kind.default_code)
    return exceptions.ErrorDetail("You may not do this.", "not_allowed")


def _flatten(detail: Any, field: str = "") -> list[Problem]:
    if isinstance(detail, dict):
        found = [_flatten(inner, _inner(field, name)) for name, inner in detail.items()]
        return [problem for part in found for problem in part]
    if isinstance(detail, list):
        parts = [
            _flatten(inner, _inner(field, place) if isinstance(inner, dict) else field)
            for place, inner in enumerate(detail)
        ]
        return [problem for part in parts for problem in part]
    text = f"{field}: {detail}" if field else str(detail)
    return [Problem(getattr(detail, "code", "invalid"), text)]


def _inner(field: str, name: Any) -> str:
    name = "" if name == "non_field_errors" else str(name)
    return f"{field}.{name}" if field and name else field or name
