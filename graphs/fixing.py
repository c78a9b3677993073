"""The bad rows of a run, and the run that follows once they are corrected."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from django.db.models import Count, QuerySet

from graphs.choices import OnBusy, RunKind
from graphs.models import GraphRun
from graphs.runs import start_run
from importer.bad_rows import RowIssue, Rules, Wanted
from importer.choices import IssueStage
from importer.corrections import make_corrected, newest_of
from importer.data.companies import in_company
from importer.data.holding import is_link
from importer.data.stubs import is_stub
from importer.engine.extracts import copy_out
from importer.errors import Refused
from importer.models import Dataset, Issue, Sheet, User
from importer.rights import require

_FIELDS = ("sheet", "row", "column", "value", "level", "stage", "code", "message")
_WRITE = f"""
SELECT {", ".join(f'"{name}"' for name in _FIELDS)} FROM importer_issue AS i
WHERE load_id = ANY(%s) AND stage <> %s AND level = ANY(%s) AND sheet = ANY(%s)
  AND EXISTS (SELECT FROM importer_issue AS w WHERE w.load_id = ANY(%s) AND w.sheet = i.sheet
    AND w.row = i.row AND w.level = ANY(%s) AND (%s = '' OR w.code = %s)
    AND (%s = '' OR w."column" = %s) AND (%s::text IS NULL OR w.value = %s))
ORDER BY sheet, row, id"""


@dataclass(frozen=True)
class RunRows:
    """The rows of the run's dataset that it found bad; see ``importer.bad_rows.BadRows``."""

    run: GraphRun
    wanted: Wanted = field(default_factory=Wanted)

    @cached_property
    def dataset(self) -> Dataset:
        if self.run.dataset is None or self.run.kind != RunKind.LOAD:
            raise Refused("Only a run that loads a dataset has rows that can be corrected.")
        return self.run.dataset

    @cached_property
    def rules(self) -> Rules:
        return Rules(self.run.connection, _mappings(self.run))

    @cached_property
    def _loads(self) -> list[int]:
        found = self.run.node_runs.exclude(load=None).values_list("load_id", flat=True)
        return [load for load in found if load is not None]

    @property
    def _all(self) -> "QuerySet[Issue]":
        found = Issue.objects.filter(load__in=self._loads, level__in=self.wanted.levels)
        return found.exclude(stage=IssueStage.VERIFY)

    @property
    def _wanted(self) -> "QuerySet[Issue]":
        asked = {"code": self.wanted.code, "column": self.wanted.column}
        found = self._all.filter(**{name: text for name, text in asked.items() if text})
        return found if self.wanted.value is None else found.filter(value=self.wanted.value)

    def counts(self) -> dict[str, int]:
        rows = self._wanted.order_by().values("sheet").annotate(n=Count("row", distinct=True))
        found = {one["sheet"]: one["n"] for one in rows}
        names = self.dataset.sheets.order_by("position").values_list("name", flat=True)
        return {name: found[name] for name in names if name in found}

    def rows(self, sheet: str, offset: int, limit: int) -> list[int]:
        rows = self._wanted.filter(sheet=sheet).order_by("row").values_list("row", flat=True)
        return list(rows.distinct()[offset : offset + limit])

    def issues(self, sheet: str, rows: Iterable[int]) -> list[RowIssue]:
        found = self._all.filter(sheet=sheet, row__in=list(rows)).order_by("row", "id")
        issues = [RowIssue(**one) for one in found.values(*_FIELDS)]
        return list(dict.fromkeys(issues))

    def write(self, path: Path) -> None:
        asked = self.wanted
        levels, sheets = list(asked.levels), list(self.counts())
        pairs = [asked.code] * 2 + [asked.column] * 2 + [asked.value] * 2
        verify = str(IssueStage.VERIFY)
        values = [self._loads, verify, levels, sheets, self._loads, levels, *pairs]
        copy_out(_WRITE, values, path)


def _mappings(run: GraphRun) -> dict[str, list[dict[str, Any]]]:
    """Sheet -> the mappings of the run that read it; generated nodes check nothing of their own."""
    names = dict(Sheet.objects.filter(pk__in=run.sheets.values()).values_list("pk", "name"))
    found: dict[str, list[dict[str, Any]]] = {}
    for frozen in run.version.frozen["mappings"].values():
        sheet = names.get(run.sheets.get(frozen["entity"]["name"]))
        is_generated = is_stub(frozen) or (is_link(frozen) and "lang" not in frozen)
        if is_generated or sheet is None:
            continue
        whole = in_company(frozen, run.connection.companies) | {"fed_by": sheet}
        lines = [one.get("sheet_name") or "" for one in frozen.get("nested") or ()]
        for name in dict.fromkeys((sheet, *filter(None, lines))):
            found.setdefault(name, []).append(whole)
    return found


def fix_and_run(run: GraphRun, *, by: User, on_busy: str = OnBusy.REFUSE) -> GraphRun:
    """Make a corrected dataset of what waits and start the run that follows: what is there already
    is found unchanged, so only what is new or changed is sent. After a dry run it is another one.

    Raises as ``corrections.make_corrected`` and ``runs.start_run``. Where the run cannot start the
    corrected dataset stays, and doing this again starts it."""
    require(by, "start_run", run.project)
    rows = RunRows(run)
    made = make_corrected(rows.dataset, by=by)
    as_before: dict[str, Any] = {
        "keys": run.keys,
        "side_effects": run.options.get("side_effects") or (),
        "vanished": run.options.get("vanished"),
    }
    graph = run.version.graph
    if run.dry_run:
        return start_run(
            graph,
            by=by,
            dataset=made,
            connection=run.connection,
            dry_run=True,
            depth=run.depth,
            release=run.version,
            **as_before,
        )
    return start_run(graph, by=by, dataset=made, follows=run, on_busy=on_busy, **as_before)


def is_corrected(run: GraphRun) -> bool:
    """Whether there is anything that a run which follows would load otherwise."""
    dataset = RunRows(run).dataset
    newest = newest_of(dataset)
    return newest.pk != dataset.pk or newest.corrections.filter(made=None).exists()
