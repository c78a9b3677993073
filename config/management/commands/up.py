"""Starts everything in the background."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import serving
from config.embedded import control


class Command(BaseCommand):
    help = "Start everything in the background; returns when the site answers."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        state = control.start(serving.layout(), serving.serve_command(), settings.BASE_DIR)
        self.stdout.write(f"Stowage runs at {state.web} (logs in {serving.layout().logs})")
