"""What is said when no view answered: a sentence, for the API in the shape of its errors."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from importer.api.errors import body
from importer.errors import Problem


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    return _answer("bad_request", "The request is malformed.", 400)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return _answer("not_found", f"There is nothing at {request.path}; see /api/docs/.", 404)


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return _answer("not_allowed", "You may not do this.", 403)


def server_error(request: HttpRequest) -> HttpResponse:
    if not _is_api(request):
        return defaults.server_error(request)
    sentence = "Something went wrong on our side; the log of the server says what."
    return _answer("error", sentence, 500)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _answer(code: str, sentence: str, status: int) -> HttpResponse:
    return JsonResponse(body([Problem(code, sentence)]), status=status)
