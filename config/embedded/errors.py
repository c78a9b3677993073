"""What goes wrong with the services Stowage brings along, said so that a person can act."""


class ServiceError(Exception):
    """A service cannot start or be reached; the message is a sentence with the way out."""


def instead(variable: str) -> str:
    """The way out that is always open: a service of one's own."""
    kind = {"DATABASE_URL": "PostgreSQL", "REDIS_URL": "Redis or Valkey"}[variable]
    return f"To use a {kind} server of your own instead, set {variable}."
