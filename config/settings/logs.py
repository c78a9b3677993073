"""Logging: one stream, every line redacted."""

from config import env
from config.settings.security import SECRET_KEY, STOWAGE_SECRET_KEYS

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "redacted": {
            "()": "config.redaction.RedactingFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            "known": [SECRET_KEY, *STOWAGE_SECRET_KEYS],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "redacted"}},
    "root": {
        "handlers": ["console"],
        "level": env.choice("STOWAGE_LOG_LEVEL", "INFO", _LEVELS),
    },
    "loggers": {
        # Django's own handlers would print the same line again, unredacted.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "uvicorn": {"handlers": [], "level": "INFO", "propagate": True},
        "httpx": {"level": "WARNING"},
    },
}
