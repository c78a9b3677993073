"""Shows the profile of a dataset; makes it where it is not there, or anew."""

import time
from typing import Any

from django.core.management.base import CommandParser

from importer.data.profiling.facts import Alarm, DatasetFacts, Level, SheetFacts
from importer.errors import Refused
from importer.management.naming import asking_user, dataset_named, project_named
from importer.management.verb_command import VerbCommand, add_project_argument
from importer.profiles import KnownProfile, profile_dataset, profile_of

_WAITING = ("none", "pending", "running")


class Command(VerbCommand):
    help = "Profile a dataset: types, formats, keys, references, faults and a score."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_project_argument(parser)
        parser.add_argument("dataset", help="name or id")
        parser.add_argument("--again", action="store_true", help="make it anew")
        parser.add_argument("--wait", action="store_true", help="until a worker has made it")

    def run_verb(self, options: dict[str, Any]) -> int:
        user = asking_user(options["user"])
        dataset = dataset_named(project_named(user, options["project"]), options["dataset"])
        known = profile_of(dataset)
        if options["again"] or known.state in ("none", "failed", "errored"):
            profile_dataset(by=user, dataset=dataset)
            known = profile_of(dataset)
        while options["wait"] and known.state in _WAITING:
            time.sleep(0.2)
            known = profile_of(dataset)
        return self.answer(options, _sentences(known), _facts(known))


def _facts(known: KnownProfile) -> dict[str, Any]:
    return {
        "ok": known.state not in ("failed", "errored"),
        "state": known.state,
        "message": known.message,
        "profile": known.facts.as_json() if known.facts else None,
    }


def _sentences(known: KnownProfile) -> str:
    if known.facts is None:
        if known.state in ("failed", "errored"):
            raise Refused(known.message)
        return "The profile is being made; ask again, or with --wait."
    return "\n".join(_lines(known.facts))


def _lines(facts: DatasetFacts) -> list[str]:
    lines = [f"Health: {facts.score} of 100"]
    lines += [f"  -{one.points} {one.message}" for one in facts.reasons]
    for sheet in facts.sheets:
        lines += ["", *_sheet(sheet)]
    if facts.foreign_keys:
        lines += ["", "References"]
    for one in facts.foreign_keys:
        lines.append(
            f"  {one.sheet}.{one.column} -> {one.to_sheet}.{one.to_column} "
            f"({one.confidence:.0%}, {one.orphan_rows:,} rows lead nowhere)"
        )
    return lines


def _sheet(sheet: SheetFacts) -> list[str]:
    keys = " or ".join(" + ".join(key.columns) for key in sheet.candidate_keys) or "none"
    lines = [f"{sheet.name}: {sheet.n_rows:,} rows, health {sheet.score}, key: {keys}"]
    for one in sheet.columns:
        lines.append(
            f"  {one.name}: {one.likely_type} {one.share:.1%}, {one.nulls:,} empty, "
            f"{one.distinct:,} different, {one.min} to {one.max}"
        )
        lines += [f"    {alarm.message}" for alarm in _notes(one.alarms)]
    return lines + [f"  {alarm.message}" for alarm in _notes(sheet.alarms)]


def _notes(alarms: tuple[Alarm, ...]) -> list[Alarm]:
    """Those that cost no points and so are not among the reasons."""
    return [alarm for alarm in alarms if alarm.level is Level.NOTE]
