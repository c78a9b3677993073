"""Runs everything in the foreground until Ctrl-C."""

from typing import Any

from django.core.management.base import BaseCommand

from config import serving


class Command(BaseCommand):
    help = "Run PostgreSQL, Valkey, the web, the workers and dispatch until Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        serving.supervisor(self._say).run()

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
