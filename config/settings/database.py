"""PostgreSQL, as one of two roles: ``app`` for everything, ``owner`` for migrations only."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from config import env
from config.embedded.layout import APP_ROLE, OWNER_ROLE
from config.settings.paths import layout

_SCHEMES = ("postgresql", "postgres")
_IDLE = "-c idle_in_transaction_session_timeout=30s"
"""A process that is stopped in the middle of a transaction (a machine that sleeps) holds its locks:
PostgreSQL ends it, and whoever waits goes on. No transaction of ours waits for anything outside."""


def database_from(address: str) -> dict[str, Any]:
    """Django's description of a database address; unknown query parameters go to the driver."""
    url = urlsplit(address)
    name = unquote(url.path.lstrip("/"))
    if not name:
        raise env.SettingError(
            "DATABASE_URL names no database; it must look like postgresql://user@host/name."
        )
    options = dict(parse_qsl(url.query, keep_blank_values=True))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", "") or url.hostname or "",
        "PORT": str(url.port or options.pop("port", "")),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


STOWAGE_DB_ROLE = env.choice("STOWAGE_DB_ROLE", "app", ("app", "owner"))

_app_url = env.url("DATABASE_URL", _SCHEMES)
_owner_url = env.url("DATABASE_OWNER_URL", _SCHEMES) or _app_url
if _owner_url and not _app_url:
    raise env.SettingError("DATABASE_OWNER_URL is set without DATABASE_URL; set both or neither.")

EMBEDDED_DATABASE = not _app_url
_embedded_role = OWNER_ROLE if STOWAGE_DB_ROLE == "owner" else APP_ROLE
_url = _owner_url if STOWAGE_DB_ROLE == "owner" else _app_url

DATABASES = {"default": database_from(_url or layout.database_url(_embedded_role))}
if STOWAGE_DB_ROLE == "app":
    DATABASES["default"]["OPTIONS"].setdefault("options", _IDLE)
STOWAGE_APP_ROLE = unquote(urlsplit(_app_url).username or "") if _app_url else APP_ROLE
"""The role that migrations grant their new tables to."""
