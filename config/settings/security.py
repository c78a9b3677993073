"""Keys, hosts, cookies and passwords."""

from hashlib import sha256

from cryptography.fernet import Fernet
from django.core.management.utils import get_random_secret_key

from config import env
from config.kept import keep
from config.settings.paths import layout


def _fernet_keys() -> list[str]:
    """The keys that encrypt secrets at rest, newest first: the first one encrypts."""
    given = env.secret("STOWAGE_SECRET_KEYS")
    if not given:
        return [keep(layout.secrets / "fernet.key", lambda: Fernet.generate_key().decode())]
    keys = [key.strip() for key in given.split(",") if key.strip()]
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise env.SettingError(
                f"Key {position} in STOWAGE_SECRET_KEYS is not a Fernet key: it must be 32 bytes"
                " in URL-safe base64, keys separated by commas, the newest first."
            ) from None
    return keys


DEBUG = env.flag("STOWAGE_DEBUG", default=False)
SECRET_KEY = env.secret("STOWAGE_SECRET_KEY") or keep(
    layout.secrets / "secret.key", get_random_secret_key
)
STOWAGE_SECRET_KEYS = _fernet_keys()

ALLOWED_HOSTS = env.words("STOWAGE_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.words("STOWAGE_TRUSTED_ORIGINS", ())

_HTTPS = env.flag("STOWAGE_HTTPS", default=False)
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.error_pages.stale_page"

# An address typed without a scheme means https, as it will by default from Django 6 on.
FORMS_URLFIELD_ASSUME_HTTPS = True

# Cookies ignore ports: without a name per site, two checkouts on one host log each other out.
_SITE = sha256(SECRET_KEY.encode()).hexdigest()[:8]
SESSION_COOKIE_NAME = f"stowage_session_{_SITE}"
CSRF_COOKIE_NAME = f"stowage_csrf_{_SITE}"

_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
