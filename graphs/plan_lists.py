"""The records behind a number of a rollback's plan, as a list that is read page by page, and as
CSV. What a spreadsheet would take for a formula is written as text."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any, overload

from graphs.models import GraphRun
from graphs.rollback_plans import count_records, plan_records
from importer.data.neutralising import neutral

COLUMNS = (
    "node",
    "model",
    "odoo_id",
    "key",
    "row",
    "verdict",
    "reason",
    "given_back",
    "edited_fields",
    "editor",
    "edited_at",
    "used_by",
)
_PAGE = 1000


class PlanList(Sequence[dict[str, Any]]):
    """Records behind the number ``which``; only what a slice asks for is read. Raises Refused for
    an unknown number."""

    def __init__(self, plan: GraphRun, which: str, node: str = "") -> None:
        self._plan = plan
        self._which = which
        self._node = node
        self._size = count_records(plan, which, node=node)

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, at: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(at, int):
            return self[at : at + 1][0]
        start, stop, _ = at.indices(self._size)
        return plan_records(
            self._plan, self._which, node=self._node, offset=start, limit=max(0, stop - start)
        )

    def as_csv(self) -> Iterator[str]:
        """Lines, the header first, a thousand records a piece."""
        yield _lines([COLUMNS])
        for start in range(0, self._size, _PAGE):
            page = self[start : start + _PAGE]
            yield _lines([[_cell(record[name]) for name in COLUMNS] for record in page])


def _lines(rows: Sequence[Sequence[object]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return neutral(value) if isinstance(value, str) else value
