"""Addresses that no page can answer, refused before anything is asked of the database."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from config.error_pages import bad_request

_NUL = ("%00", "\x00")


def odd_requests_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """A NUL in path or query is a 400: PostgreSQL keeps no such text, so nothing can be found."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        address = request.path + "?" + request.META.get("QUERY_STRING", "")
        if any(nul in address for nul in _NUL):
            return bad_request(request)
        return get_response(request)

    return answer
