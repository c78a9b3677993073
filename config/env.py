"""Strict readers of environment variables: a wrong value stops the start with a sentence.

Knows no setting by name and imports no Django.
"""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import urlsplit

_TRUE = frozenset(("1", "true", "yes", "on"))
_FALSE = frozenset(("0", "false", "no", "off"))


class SettingError(Exception):
    """A setting cannot be used; the message says which one and what it may be."""


def text(name: str, default: str = "") -> str:
    """The variable without surrounding blanks; unset and empty both give the default."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in _TRUE | _FALSE:
        raise SettingError(f"{name} is “{value}”; it must be one of true, false, 1, 0.")
    return value in _TRUE


def number(name: str, default: int, *, low: int, high: int) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise SettingError(f"{name} is “{value}”; it must be a whole number from {low} to {high}.")
    return int(value)


def choice(name: str, default: str, allowed: Collection[str]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise SettingError(f"{name} is “{value}”; it must be one of {', '.join(sorted(allowed))}.")
    return value


def words(name: str, default: Sequence[str]) -> list[str]:
    """A comma-separated list; blanks around a word and empty words are dropped."""
    value = text(name)
    if not value:
        return list(default)
    return [word.strip() for word in value.split(",") if word.strip()]


def secret(name: str) -> str:
    """The variable, or the content of the file that NAME_FILE names; empty when neither is set.

    The value never appears in an error.
    """
    value, file = text(name), text(f"{name}_FILE")
    if value and file:
        raise SettingError(f"Both {name} and {name}_FILE are set; keep one of them.")
    if not file:
        return value
    try:
        content = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingError(f"{name}_FILE cannot be read: {error.strerror}.") from error
    if not content:
        raise SettingError(f"{name}_FILE names an empty file.")
    return content


def url(name: str, schemes: Collection[str]) -> str:
    """A well-formed address, empty if unset; it may hold a password and so may come from NAME_FILE.

    The value never appears in an error.
    """
    value = secret(name)
    if not value:
        return ""
    example = f"{name} must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise SettingError(f"{name} is not a well-formed address. {example}.") from None
    if parts.scheme not in schemes:
        raise SettingError(f"{name} is not an address of the right kind. {example}.")
    return value
