"""What a reader noticed in a sheet and did not refuse. Pure."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """One observation; ``row`` is the first row concerned as the user sees it, ``count`` how many
    rows (or cells) are."""

    code: str
    message: str
    row: int | None = None
    column: str = ""
    count: int = 1

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


_SENTENCES = {
    "short_row": "{count} row(s) have fewer cells than the header, the first is row {row}; "
    "the missing cells are empty.",
    "long_row": "{count} row(s) have more cells than the header, the first is row {row}; "
    "the extra cells are in column “{column}” and those after it.",
    "nul_byte": "{count} cell(s) held NUL bytes, the first in row {row}, column “{column}”; "
    "the NUL bytes were taken out.",
    "long_number": "{count} number(s) have more than 15 digits, the first in row {row}, column "
    "“{column}”. Spreadsheet programs round such numbers: keep identifiers as text.",
    "repeated_key": "{count} line(s) name the same key twice, the first is line {row}, key "
    "“{column}”; the last value was taken.",
}


class Tally:
    """Counts things that may happen on every row, and keeps only the first place of each."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, str, int]] = {}

    def count(self, code: str, row: int, column: str = "") -> None:
        first_row, first_column, count = self._seen.get(code, (row, column, 0))
        self._seen[code] = (first_row, first_column, count + 1)

    def notices(self) -> list[Notice]:
        return [
            Notice(
                code,
                _SENTENCES[code].format(row=row, column=column, count=count),
                row=row,
                column=column,
                count=count,
            )
            for code, (row, column, count) in self._seen.items()
        ]
