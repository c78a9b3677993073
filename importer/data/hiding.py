"""Which names stand for secrets: what they hold is never shown, wherever rows are told of. Pure."""

SECRET_WORDS = ("password", "passwd", "secret", "token", "api_key", "apikey")
STARS = "•••"


def is_secret(name: str) -> bool:
    """Of a field or a column."""
    lowered = name.lower().replace(" ", "_").replace("-", "_")
    return any(word in lowered for word in SECRET_WORDS)


def shown(name: str, text: str | None) -> str | None:
    """The text, or stars where its name says that it is a secret; nothing stays nothing."""
    return STARS if text and is_secret(name) else text
