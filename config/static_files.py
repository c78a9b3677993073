"""Serves static files from the process itself, no front server needed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise that answers in one piece.

    Under ASGI Django reads a file's blocking iterator whole anyway, and warns at each file.
    """

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponseBase:
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        answer = HttpResponse(
            b"".join(streamed), status=streamed.status_code, headers=dict(streamed.items())
        )
        streamed.close()
        return answer
