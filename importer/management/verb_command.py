"""What all commands share: who asks, how an answer or a refusal is written, and the exit codes.

Exit codes: 0 done, 1 refused or ended badly, 2 wrong arguments, 130 interrupted, 141 nobody reads
the output; those about runs know more.
"""

import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from importer.errors import Busy, Invalid, NotAllowed, Problem, StowageError
from importer.odoo.errors import OdooError


class VerbCommand(BaseCommand):
    """A command that calls one verb and answers with a sentence, or with facts for programs."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", help="who asks (default: the only superuser)")
        parser.add_argument("--json", action="store_true", help="write one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = self._try(options)
            self.stdout.flush()
        except KeyboardInterrupt as error:
            self.stderr.write("Interrupted. What was started goes on by itself.")
            raise SystemExit(130) from error
        except BrokenPipeError as error:
            # Python would complain once more when it closes the stream at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(141) from error
        if code:
            raise SystemExit(code)

    def _try(self, options: dict[str, Any]) -> int:
        try:
            return self.run_verb(options)
        except Invalid as error:
            self._write_problems(error, options["json"])
            return 1
        except (StowageError, OdooError) as error:
            if options["json"]:
                self.write_json({"errors": [Problem(_code(error), str(error)).as_dict()]})
            raise CommandError(str(error)) from error

    def run_verb(self, options: dict[str, Any]) -> int:
        """Do it and write the answer; the exit code."""
        raise NotImplementedError

    def answer(self, options: dict[str, Any], sentence: str, facts: dict[str, Any]) -> int:
        """Write the sentence, or with --json the facts; ``ok`` false in them is exit code 1."""
        if options["json"]:
            self.write_json(facts)
        else:
            self.stdout.write(sentence)
        return 0 if facts.get("ok", True) else 1

    def write_json(self, answer: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))

    def _write_problems(self, error: Invalid, as_json: bool) -> None:
        if as_json:
            self.write_json({"errors": [problem.as_dict() for problem in error.problems]})
            return
        for problem in error.problems:
            self.stderr.write(f"{problem.code}: {problem.message}")


def _code(error: Exception) -> str:
    """The same as the API's."""
    codes = {NotAllowed: "not_allowed", Busy: "busy", OdooError: "odoo"}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), "refused")


def add_project_argument(parser: CommandParser) -> None:
    """--project, for what is made in one."""
    parser.add_argument("--project", help="name or id (default: the only one there is)")
