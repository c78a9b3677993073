"""Everything that stands on Valkey or Redis: job queues, live messages, cache. Never the truth."""

from config import env
from config.settings.paths import layout

_url = env.url("REDIS_URL", ("redis", "rediss", "unix"))
EMBEDDED_REDIS = not _url
REDIS_URL = _url or layout.redis_url

RQ_QUEUES = {
    name: {
        "URL": REDIS_URL,
        "DEFAULT_TIMEOUT": -1,
        # Answers of a server that hangs must not hang a web request with it.
        "REDIS_CLIENT_KWARGS": {"socket_connect_timeout": 5},
    }
    for name in ("runs", "jobs")
}
RQ = {"COMMIT_MODE": "on_db_commit", "WORKER_CLASS": "config.queue_worker.QueueWorker"}
RQ_SHOW_ADMIN_LINK = False

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "stowage:live"},
    }
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "stowage:cache",
        # A cache that hangs must not hang logins with it.
        "OPTIONS": {"socket_connect_timeout": 5, "socket_timeout": 5},
    }
}
