"""Django's migrate, as the owner's role, which lets the app's role use the tables it makes."""

from typing import Any

from django.conf import settings
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection

from config.embedded.roles import grants_to


class Command(DjangoMigrate):
    help = f"{DjangoMigrate.help} Runs as the database's owner and grants the app's role its rows."

    def handle(self, *args: Any, **options: Any) -> str | None:
        app_role = settings.STOWAGE_APP_ROLE
        # Before the tables are made, so that an interrupted run leaves none without its grant.
        if app_role and app_role != connection.settings_dict["USER"]:
            with connection.cursor() as cursor:
                for statement in grants_to(app_role):
                    cursor.execute(statement)
        return super().handle(*args, **options)
