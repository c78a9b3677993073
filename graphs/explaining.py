"""Puts the runs to what is told of a row: which run each load belongs to, and who asked for it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from graphs.models import NodeRun
from importer.explaining.asking import Told
from importer.explaining.shapes import Explained, LoadTold


def with_runs(told: Told) -> Told:
    """The same with the run of each load; one query for all of them."""
    loads = [load.load for one in told for load in one.loads]
    nodes = NodeRun.objects.filter(load__in=loads).select_related(
        "run__version__graph", "run__started_by"
    )
    known = {node.load_id: node for node in nodes}
    return tuple(replace(one, loads=tuple(_with_run(load, known) for load in one.loads))
                 for one in told)  # fmt: skip


def _with_run(load: LoadTold, known: dict[int | None, NodeRun]) -> LoadTold:
    node = known.get(load.load)
    if node is None:
        return load
    return replace(
        load,
        run=str(node.run_id),
        run_name=str(node.run),
        run_status=node.run.status,
        node=node.node_id,
        by=str(node.run.started_by or ""),
    )


def lines_of(one: Explained) -> Iterable[str]:
    """The story as lines of text, for a terminal."""
    yield f"{one.entity} {', '.join(one.key) or '(no key)'} on {one.connection}"
    yield f"  {_record_line(one)}"
    for place in one.places:
        kind = "line of it" if place.is_line else "row"
        yield f"  {place.dataset} / {place.sheet}, {kind} {place.row} (file {place.file})"
        cells = [f"{cell.column}={cell.text}" for cell in place.cells if cell.text is not None]
        yield f"    {'; '.join(cells)}"
    for story in one.fields:
        steps = [f"{step.what}: {_shown(step.value)}" for step in story.steps]
        yield f"  {story.field} <- {' -> '.join(steps)}"
    for load in one.loads:
        yield from _load_lines(load)
    for note in one.notes:
        yield f"  Note: {note}"


def _record_line(one: Explained) -> str:
    record = one.record
    if record is None:
        return f"no record of {one.model} is known"
    note = f", {record.note}" if record.note else ""
    name = f" {record.external_id}" if record.external_id else ""
    return f"{record.model},{record.odoo_id}{name} ({record.origin}, {record.state}{note})"


def _load_lines(load: LoadTold) -> Iterable[str]:
    run = f"{load.run_name} ({load.run_status}), node {load.node}" if load.run else f"{load.load}"
    dry = " (dry run)" if load.dry_run else ""
    yield f"  {load.at} {load.kind}{dry} {run}{f' by {load.by}' if load.by else ''}"
    for verdict in load.verdicts:
        why = f" {verdict.reason}" if verdict.reason else ""
        changed = f" [{', '.join(verdict.fields)}]" if verdict.fields else ""
        row = f" (row {verdict.row})" if verdict.row and verdict.row != load.row else ""
        yield f"    pass {verdict.pass_number}{row}: {verdict.verdict}{changed}{why}"
    for batch in load.batches:
        sent = "; ".join(f"{one.column}={one.value}" for one in batch.sent)
        yield f"    batch {batch.number} {batch.kind} ({batch.state}) {sent}"
        for attempt in batch.attempts:
            took = f" in {attempt.milliseconds} ms" if attempt.milliseconds is not None else ""
            yield f"      try {attempt.n}: {attempt.outcome}{took} {attempt.message}".rstrip()
    for image in load.images:
        moved = [one for one in image.fields if one.before != one.after]
        for one in moved:
            yield f"    {one.field}: {_shown(one.before)} -> {_shown(one.after)}"
    for problem in load.problems:
        yield f"    {problem.level}: {problem.message}"
    if load.undone_by:
        yield f"    undone by load {', '.join(map(str, load.undone_by))}"


def _shown(value: str | None) -> str:
    return "(empty)" if value is None else value


def as_json(told: Told) -> list[dict[str, Any]]:
    """For programs."""
    return [one.as_json() for one in told]
