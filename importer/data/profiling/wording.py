"""Parts of the sentences of alarms: places, rows and examples. Pure."""

from collections.abc import Sequence

from importer.data.profiling.facts import Cell


def place(sheet: str, column: str) -> str:
    """How a sentence about a column begins."""
    return f"Column “{column}” of sheet “{sheet}”"


def rows_named(rows: Sequence[int], count: int) -> str:
    """``row 5``, ``rows 5 and 9``, ``rows 5, 9 and 1,204 more``."""
    numbers = [f"{row}" for row in rows]
    more = count - len(rows)
    if more > 0:
        numbers.append(f"{more:,} more")
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    return f"rows {', '.join(numbers[:-1])} and {numbers[-1]}"


def such_as(examples: Sequence[Cell], n: int = 2) -> str:
    """``“a”, “b”``."""
    return ", ".join(f"“{cell.value}”" for cell in examples[:n])


def counted(count: int, one: str, many: str = "") -> str:
    """``1 cell``, ``1,204 cells``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
