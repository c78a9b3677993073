"""Secrets are sealed under rotating keys and taken out of texts."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from importer import secrets
from importer.errors import Refused
from importer.secrets import redact, seal, unseal


def test_a_sealed_secret_opens_after_the_keys_were_rotated(settings: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.STOWAGE_SECRET_KEYS = [old]
    sealed = seal("a secret")
    settings.STOWAGE_SECRET_KEYS = [new, old]
    assert unseal(sealed) == "a secret"
    assert unseal(memoryview(sealed)) == "a secret"
    settings.STOWAGE_SECRET_KEYS = [new]
    with pytest.raises(Refused, match="cannot be read with the keys in STOWAGE_SECRET_KEYS"):
        unseal(sealed)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("password=hunter22 rest", "password=••• rest"),
        ('{"api_key": "abc123", "a": 1}', '{"api_key": "•••", "a": 1}'),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer •••"),
        ("https://me:pass@host/x", "https://me:•••@host/x"),
        (f"key {'0123456789' * 4} used", "key ••• used"),
        ("nothing to hide in here", "nothing to hide in here"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, clean: str) -> None:
    assert redact(text) == clean


def test_a_secret_this_process_has_seen_is_taken_out_in_any_shape() -> None:
    seal("correct horse/battery")
    assert redact("said correct horse/battery twice") == "said ••• twice"
    assert redact("?x=correct%20horse%2Fbattery&y") == "?x=•••&y"


def test_a_secret_that_holds_another_one_is_taken_out_whole() -> None:
    seal("harbourmaster")
    seal("harbourmaster-of-1984")
    assert redact("said harbourmaster-of-1984.") == "said •••."


def test_a_secret_that_was_only_unsealed_here_is_taken_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed = seal("quite unlike a key")
    monkeypatch.setattr(secrets, "_known", set())
    assert redact("quite unlike a key") == "quite unlike a key"
    unseal(sealed)
    assert redact("quite unlike a key") == "•••"
