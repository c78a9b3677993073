"""Runs one management command and turns what a person can mend into a sentence.

Commands that change the schema run as the database's owner, all others as the app's role.
"""

import os
import sys
from contextlib import AbstractContextManager, nullcontext

from config.embedded import postgres
from config.embedded.data_services import own_postgres
from config.embedded.errors import ServiceError
from config.embedded.layout import Layout
from config.env import SettingError

_AS_OWNER = frozenset(("migrate",))


def run(argv: list[str]) -> int:
    """The exit code of the command in ``argv``; 1 with a sentence where the start is impossible."""
    command = argv[1] if len(argv) > 1 else "help"
    if command in _AS_OWNER:
        os.environ.setdefault("STOWAGE_DB_ROLE", "owner")
    try:
        _execute(argv, command)
    except (SettingError, ServiceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _execute(argv: list[str], command: str) -> None:
    # Imported here because these read the settings, which may raise a SettingError.
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError
    from redis.exceptions import ConnectionError as QueueAway

    from config.schema_state import explain
    from importer.errors import StowageError

    with _database_for(command):
        try:
            execute_from_command_line(argv)
        except (OperationalError, QueueAway) as error:
            if isinstance(error, OperationalError) and _database_answers():
                raise
            raise ServiceError(_how_to_start(error)) from error
        except ProgrammingError as error:
            sentence = explain(error)
            if not sentence:
                raise
            raise ServiceError(sentence) from error
        except StowageError as error:
            raise ServiceError(str(error)) from error


def _database_for(command: str) -> AbstractContextManager[None]:
    """A command that changes the schema brings the embedded server up for its own time."""
    from django.conf import settings

    layout = Layout(settings.VAR_DIR)
    if command not in _AS_OWNER or not settings.EMBEDDED_DATABASE or postgres.answers(layout):
        return nullcontext()
    return own_postgres(layout)


def _database_answers() -> bool:
    from django.db import OperationalError, connection

    connection.close()
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def _how_to_start(error: Exception) -> str:
    from django.conf import settings

    if settings.EMBEDDED_DATABASE or settings.EMBEDDED_REDIS:
        return "Stowage is not running here. Start it with `make up` (or `manage.py up`)."
    return f"The database or the queue cannot be reached: {error}"
