"""``manage.py odoo_sandbox``: serve the sandbox Odoo until interrupted. Holds no logic."""

from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management.base import BaseCommand

from importer.odoo.sandbox.__main__ import add_arguments, serve


class Command(BaseCommand):
    """Options as of ``python -m importer.odoo.sandbox``."""

    help = "Serve a sandbox Odoo of version 15, 17 or 19 on this machine."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Django's own ``--version`` gives way: here it chooses the sandbox's version."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        serve(Namespace(**options))
