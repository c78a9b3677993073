"""Seals secrets for the database and takes them out of texts. Never logs what it unseals."""

import re
from urllib.parse import quote

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from importer.errors import Refused

_STARS = "•••"
_SHAPES = (
    re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@]+(?=@)", re.IGNORECASE),
    re.compile(r"(?P<keep>\b(?:bearer|token|basic)\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    re.compile(
        r"(?P<keep>\b(?:password|passwd|secret|api[_-]?key|apikey|access[_-]?token)"
        r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&}]+",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<keep>)\b[0-9a-f]{40}\b"),  # the shape of Odoo's API keys
)
_MIN_KNOWN = 6  # a shorter one would blot out ordinary words
_known: set[str] = set()


def seal(text: str) -> bytes:
    """The text encrypted under the first key of STOWAGE_SECRET_KEYS."""
    _remember(text)
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """The text behind :func:`seal`; Refused when none of the keys fits."""
    try:
        text = _fernet().decrypt(bytes(sealed)).decode()
    except InvalidToken as error:
        raise Refused(
            "The stored secret cannot be read with the keys in STOWAGE_SECRET_KEYS. "
            "Put the former key back, or enter the secret again."
        ) from error
    _remember(text)
    return text


def redact(text: str) -> str:
    """The text without anything that looks like a secret or was (un)sealed by this process."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, _STARS)
    for shape in _SHAPES:
        text = shape.sub(lambda match: match["keep"] + _STARS, text)
    return text


def _remember(secret: str) -> None:
    if len(secret) >= _MIN_KNOWN:
        _known.update((secret, quote(secret, safe="")))


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.STOWAGE_SECRET_KEYS])
