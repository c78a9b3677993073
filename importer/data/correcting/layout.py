"""How a workbook of rows to correct is laid out: our own columns first, then the sheet's. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from importer.data.neutralising import neutral

README = "Rows to correct"
"""The first cell of the sheet that explains the others."""

EXPLANATION = (
    README,
    "Each further sheet holds the rows that could not be loaded, with the reason beside them.",
    "Correct the cells, first the red ones. Save the file and give it back.",
    "A cell that is emptied is an empty value. To leave a row out, write yes in its column for it.",
    "Do not sort, move or copy rows: each carries a hidden id by which it is found again.",
    "Rows and columns that are added here are not taken over. Rows deleted here stay as they are.",
    "An apostrophe before =, + or - keeps a text from being taken for a formula. Leave it there.",
)
LONGEST_CELL = 32_000
"""Characters that any spreadsheet program keeps in a cell."""

_TITLE_LENGTH = 31
_NO_TITLE = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_ROW_ID = re.compile(r"\[+row id\]+")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_YES = ("yes", "y", "x", "1", "true", "ja", "oui", "si", "sí", "sim")


@dataclass(frozen=True, slots=True)
class OwnHeaders:
    """What our columns are called beside a sheet's own."""

    row_id: str
    row: str
    status: str
    reason: str
    leave_out: str

    def all(self) -> tuple[str, ...]:
        return (self.row_id, self.row, self.status, self.reason, self.leave_out)


def own_headers(columns: Iterable[str]) -> OwnHeaders:
    """Names that no column of the sheet has: ``[row id]``, if need be with more brackets."""
    taken = {written(column).strip().casefold() for column in columns}
    texts = []
    for words in ("row id", "row", "status", "reason", "leave out"):
        text = f"[{words}]"
        while text in taken:
            text = f"[{text}]"
        texts.append(text)
    return OwnHeaders(*texts)


def place_of_row_ids(cells: Sequence[str]) -> int | None:
    """Where in a row of headers the row ids' is; the last, where a sheet has one like it."""
    places = [at for at, cell in enumerate(cells) if _ROW_ID.fullmatch(cell.strip().casefold())]
    longest = max((len(cells[at].strip()) for at in places), default=0)
    return next((at for at in places if len(cells[at].strip()) == longest), None)


def written(text: str | None) -> str:
    """A cell as it stands in the workbook: neutral, with what a workbook can hold."""
    plain = neutral(_UNWRITABLE.sub("", text or ""))
    return plain.replace("\r\n", "\n").replace("\r", "\n")[:LONGEST_CELL]


def says_yes(text: str) -> bool:
    return text.strip().casefold() in _YES


def sheet_title(name: str, taken: set[str]) -> str:
    """A worksheet's name: at most 31 characters, unique whatever the case; added to ``taken``."""
    wanted = _NO_TITLE.sub(" ", name).strip(" '")[:_TITLE_LENGTH].strip(" '") or "Sheet"
    title, number = wanted, 2
    while title.casefold() in taken or title.casefold() == "history":
        ending = f" ({number})"
        title, number = wanted[: _TITLE_LENGTH - len(ending)] + ending, number + 1
    taken.add(title.casefold())
    return title
