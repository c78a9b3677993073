"""No secret reaches the log, not even inside a traceback."""

import logging
import logging.config
from io import StringIO
from typing import Any

import pytest
from django.conf import settings

SECRETS = [
    "postgresql://me:hidden123@host/db",
    "Authorization: Bearer hidden1234567",
    '{"password": "hidden123"}',
    "api_key=hidden123&x=1",
]


@pytest.fixture
def log() -> StringIO:
    """What the project's own handler writes."""
    stream = StringIO()
    configured: dict[str, Any] = settings.LOGGING
    made = logging.config.DictConfigurator(configured)
    formatter = made.configure_formatter(dict(configured["formatters"]["redacted"]))
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger("tests.redaction")
    logger.handlers, logger.propagate = [handler], False
    return stream


@pytest.mark.parametrize("text", SECRETS)
def test_what_looks_like_a_secret_is_replaced(log: StringIO, text: str) -> None:
    logging.getLogger("tests.redaction").error("sending %s now", text)
    assert "hidden" not in log.getvalue()
    assert "sending" in log.getvalue()


def test_a_traceback_is_redacted_too(log: StringIO) -> None:
    try:
        raise ValueError(SECRETS[0])
    except ValueError:
        logging.getLogger("tests.redaction").exception("it broke")
    assert "Traceback" in log.getvalue()
    assert "hidden" not in log.getvalue()


def test_the_projects_own_keys_are_replaced(log: StringIO) -> None:
    logging.getLogger("tests.redaction").error(
        "%s and %s", settings.SECRET_KEY, settings.STOWAGE_SECRET_KEYS[0]
    )
    assert settings.SECRET_KEY not in log.getvalue()
    assert settings.STOWAGE_SECRET_KEYS[0] not in log.getvalue()
