"""manage.py run_causes: a run's problems grouped by cause, those first that block most rows."""

from typing import Any

from django.core.management.base import CommandParser

from graphs.causes import run_causes
from graphs.management.naming import run_named
from importer.management.naming import asking_user
from importer.management.verb_command import VerbCommand
from importer.rights import require


class Command(VerbCommand):
    help = "Show why rows of a run failed or were blocked, by cause, and what to do about each."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", help="id, or its first 6 characters and more")
        parser.add_argument("--most", type=int, default=20, help="causes shown (default 20)")

    def run_verb(self, options: dict[str, Any]) -> int:
        run = run_named(options["run"])
        require(asking_user(options["user"]), "view", run.project)
        found = run_causes(run, limit=max(1, options["most"]))
        lines = [_text(one) for one in found["causes"]]
        more = found["count"] - len(lines)
        lines += [f"{more} more causes (--most)."] if more > 0 else []
        text = "\n".join(lines) or "No row of this run failed or was blocked."
        return self.answer(options, text, found)


def _text(cause: dict[str, Any]) -> str:
    lines = [f"{cause['title']} ({cause['sheet']}, from row {cause['first_row']})"]
    lines.append(f"  {cause['summary']}")
    if cause["values"]:
        named = [f"“{one['value']}” × {one['own_rows']}" for one in cause["values"]]
        lines.append(f"  {', '.join(named)}{', …' if cause['n_values'] > len(named) else ''}")
    lines.append(f"  {cause['actions'][0]['says']}")
    return "\n".join(lines)
