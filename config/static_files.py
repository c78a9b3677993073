"""Serves static files from the process itself, no front server needed."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

_Handler = Callable[[HttpRequest], HttpResponseBase]


def static_files_middleware(get_response: _Handler) -> _Handler:
    """WhiteNoise's files, each answered in one piece.

    Its own middleware streams them, which under ASGI Django reads whole anyway, with a warning.
    """
    whitenoise = WhiteNoiseMiddleware(get_response)
    find = whitenoise.find_file if whitenoise.autorefresh else whitenoise.files.get

    def middleware(request: HttpRequest) -> HttpResponseBase:
        file = find(request.path_info)
        return get_response(request) if file is None else _answer(file, request)

    return middleware


def _answer(file: Any, request: HttpRequest) -> HttpResponse:
    found = file.get_response(request.method, request.META)
    body = b""
    if found.file is not None:
        with closing(found.file) as stream:
            body = stream.read()
    return HttpResponse(body, status=found.status, headers=dict(found.headers))
