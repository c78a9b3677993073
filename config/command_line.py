"""Runs one management command and turns what a person can mend into a sentence.

Commands that change the schema run as the database's owner, all others as the app's role.
"""

import os
import sys

from config.embedded.errors import ServiceError
from config.env import SettingError

_AS_OWNER = frozenset(("migrate",))


def run(argv: list[str]) -> int:
    """The exit code of the command in ``argv``; 1 with a sentence where the start is impossible."""
    command = argv[1] if len(argv) > 1 else "help"
    if command in _AS_OWNER:
        os.environ.setdefault("STOWAGE_DB_ROLE", "owner")
    try:
        _execute(argv)
    except (SettingError, ServiceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _execute(argv: list[str]) -> None:
    # Imported here because Django reads the settings, which may raise a SettingError, on import.
    from django.core.management import execute_from_command_line

    execute_from_command_line(argv)
