"""Pages speak the user's language and tell the time of the user's zone."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from importer.models import User


def preferences_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Behind authentication: what the user chose holds for the length of the request."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return get_response(request)
        language = user.language if user.language in dict(settings.LANGUAGES) else None
        with timezone.override(_zone(user.time_zone)):
            if language is None:
                return get_response(request)
            with translation.override(language):
                return get_response(request)

    return answer


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(settings.TIME_ZONE)
