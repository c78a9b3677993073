"""manage.py reconciliation_sign: sign the newest reconciliation of a run."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.management.naming import run_named
from graphs.management.reconciliation_tables import as_facts
from graphs.reconciliations import newest_reconciliation, sign_reconciliation
from importer.errors import Refused
from importer.management.naming import asking_user
from importer.management.verb_command import VerbCommand


class Command(VerbCommand):
    help = "Sign the newest reconciliation of a run, once and for ever."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")
        parser.add_argument("--sha256", required=True, help="of the report that you have read")
        parser.add_argument("--comment", default="", help="required where sheet and Odoo differ")

    def run_verb(self, options: dict[str, Any]) -> int:
        made = newest_reconciliation(run_named(options["run"]))
        if made is None:
            raise Refused("This run has no reconciliation yet.")
        signed = sign_reconciliation(
            made,
            by=asking_user(options["user"]),
            comment=options["comment"],
            sha256=options["sha256"],
        )
        return self.answer(options, f"Signed by {signed.signed_name}.", as_facts(signed))
