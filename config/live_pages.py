"""Pages that refresh a part of themselves notice when they may no longer be seen."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url

_GONE = (403, 404)


def live_pages_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """A part asked for after the session or the right to it is over has the whole page loaded
    again, which then leads to the login or says why there is nothing."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if "HX-Request" not in request.headers:
            return response
        if _leads_to_login(response):
            response = HttpResponse(status=204)
            response["HX-Refresh"] = "true"
        elif response.status_code in _GONE:
            response["HX-Refresh"] = "true"
        return response

    return answer


def _leads_to_login(response: HttpResponseBase) -> bool:
    login = resolve_url(settings.LOGIN_URL)
    return response.status_code == 302 and response["Location"].startswith(login)
