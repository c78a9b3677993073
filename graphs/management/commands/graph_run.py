"""manage.py graph_run: run a graph's newest release, and follow it if asked to."""

import json
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser

from graphs.management.naming import (
    add_graph_arguments,
    add_on_busy,
    graph_named,
    run_named,
    targets_named,
)
from graphs.management.run_command import RunCommand
from graphs.runs import start_run
from importer.choices import Depth, SideEffect
from importer.management.naming import asking_user


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ArgumentTypeError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ArgumentTypeError('must look like {"customer": ["C-001"]}')
    return value


def _policy(text: str) -> tuple[str, str]:
    entity, _, policy = text.partition("=")
    if not entity or not policy:
        raise ArgumentTypeError("must look like customer=archive")
    return entity, policy


class Command(RunCommand):
    help = "Run a graph. Workers do the work; --wait follows it to its end."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_graph_arguments(parser, targets="instead of the graph's own")
        parser.add_argument("--keys", type=_json_object, help="JSON: only these rows")
        parser.add_argument(
            "--follows",
            metavar="RUN",
            help="a run whose release and connection are used again with a corrected dataset",
        )
        add_on_busy(parser)
        parser.add_argument(
            "--side-effects",
            nargs="+",
            choices=SideEffect.values,
            default=[],
            metavar="EFFECT",
            help=f"what Odoo may do besides storing ({', '.join(SideEffect.values)}); none",
        )
        parser.add_argument(
            "--vanished",
            nargs="+",
            type=_policy,
            default=[],
            metavar="ENTITY=POLICY",
            help="what becomes of rows that are in the file no more (nothing, report, archive)",
        )
        parser.add_argument(
            "--vanished-agreed", action="store_true", help="archive them however many they are"
        )
        parser.add_argument("--dry-run", action="store_true", help="plan only, send nothing")
        parser.add_argument(
            "--depth",
            choices=Depth.values,
            default=Depth.LOCAL.value,
            help="how deep a dry run looks: local, or server (Odoo tries the rows and keeps none)",
        )
        parser.add_argument("--wait", action="store_true", help="follow it to its end")

    def run_verb(self, options: dict[str, Any]) -> int:
        graph = graph_named(options["graph"], options["project"])
        run = start_run(
            graph,
            by=asking_user(options["user"]),
            dry_run=options["dry_run"],
            depth=options["depth"],
            keys=options["keys"],
            follows=run_named(options["follows"]) if options["follows"] else None,
            on_busy=options["on_busy"],
            side_effects=options["side_effects"],
            vanished=dict(options["vanished"]),
            vanished_agreed=options["vanished_agreed"],
            **targets_named(options, graph.project),
        )
        return self.answer_run(run, options, wait=options["wait"])
