"""manage.py dispatch: looks at PostgreSQL every second and asks for the hands that are missing.

Any number may run. It outlives restarts of PostgreSQL and Redis, and ends cleanly on SIGTERM.
"""

import logging
import signal
import threading
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from graphs.dispatching import Asked, tick

logger = logging.getLogger(__name__)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.05 <= seconds <= 3600:
        raise ArgumentTypeError("must be between 0.05 and 3600 seconds")
    return seconds


class Command(BaseCommand):
    help = "Find work without hands, every second, from PostgreSQL alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")
        parser.add_argument("--json", action="store_true", help="write what was asked as JSON")
        parser.add_argument("--every", type=_seconds, default=1.0, help="seconds between looks")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self._write(tick(timezone.now()), options["json"])
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        logger.info("Dispatching every %s s.", options["every"])
        self._loop(stop, options["every"], as_json=options["json"])
        logger.info("Dispatching has ended.")

    def _loop(self, stop: threading.Event, seconds: float, *, as_json: bool) -> None:
        is_away = False
        while not stop.is_set():
            try:
                asked = tick(timezone.now())
            except (OperationalError, InterfaceError) as error:
                if not is_away:
                    logger.warning("PostgreSQL is away (%s); waiting for it.", type(error).__name__)
                is_away = True
            else:
                if is_away:
                    logger.info("PostgreSQL is back.")
                is_away = False
                if as_json and (asked.advances or asked.hands):
                    self._write(asked, as_json)
            close_old_connections()
            stop.wait(seconds)

    def _write(self, asked: Asked, as_json: bool) -> None:
        if as_json:
            self.stdout.write(f'{{"advances": {asked.advances}, "hands": {asked.hands}}}')
        else:
            self.stdout.write(f"Asked for {asked.advances} steps and {asked.hands} hands.")
