"""What is said when no view answered: a sentence, for the API in the shape of its errors.

The pages ask nothing of the database, which may be what went wrong.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from importer.api.errors import body
from importer.errors import Problem

_Text = str | Promise


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if _is_api(request):
        return _answer("bad_request", "The request is malformed.", 400)
    return _page(400, _("This address cannot be read"), _("Something in it is malformed."))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if _is_api(request):
        return _answer("not_found", f"There is nothing at {request.path}; see /api/docs/.", 404)
    return _page(
        404,
        _("There is nothing here"),
        _(
            "It may have been deleted, or it belongs to another project than the one you are in: "
            "go to the home page and choose that project there."
        ),
    )


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if _is_api(request):
        return _answer("not_allowed", "You may not do this.", 403)
    return _page(
        403,
        _("You may not do this"),
        _(
            "Your role in the project you are in does not include it. Ask one of the project's "
            "admins, or go to the home page and choose another project there."
        ),
    )


def stale_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's view for a form whose token is not that of the session."""
    if _is_api(request):
        return _answer("not_allowed", "The CSRF token is missing or not that of the session.", 403)
    return _page(
        403,
        _("This page is out of date"),
        _(
            "You have logged in or out since it was loaded, or your browser keeps no cookies. "
            "Nothing was done. Go back, load the page again and repeat what you did."
        ),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        sentence = "Something went wrong on our side; the log of the server says what."
        return _answer("error", sentence, 500)
    return _page(
        500,
        _("Something went wrong on our side"),
        _("The log of the server says what. Whatever was being saved may not have been saved."),
    )


def _is_api(request: HttpRequest) -> bool:
    return f"{request.path}/".startswith("/api/")


def _answer(code: str, sentence: str, status: int) -> HttpResponse:
    return JsonResponse(body([Problem(code, sentence)]), status=status)


def _page(status: int, title: _Text, sentence: _Text) -> HttpResponse:
    context = {"status": status, "title": title, "sentence": sentence}
    return HttpResponse(get_template("error.html").render(context), status=status)
