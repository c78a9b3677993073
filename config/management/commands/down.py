"""Stops what `up` or `serve` started."""

from typing import Any

from django.core.management.base import BaseCommand

from config import serving
from config.embedded import control


class Command(BaseCommand):
    help = "Stop everything that runs from this folder; workers finish the call they are in."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = control.stop(serving.layout())
        self.stdout.write("Stowage has stopped." if stopped else "Stowage was not running.")
