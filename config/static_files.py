"""Serves static files from the process itself, no front server needed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseFileResponse, WhiteNoiseMiddleware

_Handler = Callable[[HttpRequest], HttpResponseBase]


def static_files_middleware(get_response: _Handler) -> _Handler:
    """WhiteNoise that answers in one piece.

    Under ASGI Django reads a file's blocking iterator whole anyway, and warns at each file.
    """
    whitenoise = WhiteNoiseMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = whitenoise(request)
        return _in_one_piece(response) if isinstance(response, WhiteNoiseFileResponse) else response

    return middleware


def _in_one_piece(streamed: WhiteNoiseFileResponse) -> HttpResponse:
    body = b"".join(streamed)
    streamed.close()
    return HttpResponse(body, status=streamed.status_code, headers=dict(streamed.items()))
