"""What is wrong with a column of numbers."""

from importer.data.profiling.facts import Level, LikelyType
from importer.data.profiling.kinds import CODES
from importer.data.profiling.looks import Look
from importer.data.profiling.numbers import PROVES_COMMA, PROVES_POINT
from importer.data.profiling.wording import counted, rows_named, such_as


def look_at_numbers(look: Look) -> None:
    """Add what is wrong to the look's alarms."""
    _marks(look)
    _signs(look)
    _spoiled(look)
    _zeros(look)


def _marks(look: Look) -> None:
    has_points, has_commas = look.total(*PROVES_POINT) > 0, look.total(*PROVES_COMMA) > 0
    if has_points and has_commas:
        points, commas = look.find_kinds(*PROVES_POINT), look.find_kinds(*PROVES_COMMA)
        open_ = look.find_kinds("point?", "comma?")
        look.alarm(
            "mixed_decimal_marks",
            Level.ERROR,
            f"mixes decimal points and decimal commas: {rows_named(points.rows, points.count)} "
            f"have a point ({such_as(points.examples, 1)}), "
            f"{rows_named(commas.rows, commas.count)} a comma ({such_as(commas.examples, 1)}), "
            f"and {counted(open_.count, 'cell')} could be read both ways. Write all numbers in "
            "one way before you map the column.",
            min(points, commas, key=lambda one: one.count),
        )
    elif has_commas:
        commas = look.find_kinds(*PROVES_COMMA)
        look.alarm(
            "decimal_comma",
            Level.WARNING,
            f"writes numbers with a decimal comma ({such_as(commas.examples, 1)}), in "
            f"{rows_named(commas.rows, commas.count)}. Odoo takes a point: choose the transform "
            "for numbers when you map the column.",
            commas,
        )
        _undecided(look, "point?", "points")
    elif look.total("comma?"):
        doubt = look.find_kinds("comma?")
        reading = "1,234 could be 1234 or 1.234"
        if has_points:
            reading = "as other rows have a decimal point, it is taken as thousands"
        look.alarm(
            "thousands_or_decimals",
            Level.WARNING,
            f"has {counted(doubt.count, 'number')} with a comma before three digits "
            f"({such_as(doubt.examples, 1)}), in {rows_named(doubt.rows, doubt.count)}: {reading}. "
            "Make sure, and choose the transform for numbers.",
            doubt,
        )


def _undecided(look: Look, kind: str, marks: str) -> None:
    doubt = look.find_kinds(kind)
    if doubt.count:
        look.alarm(
            "thousands_or_decimals",
            Level.WARNING,
            f"has {counted(doubt.count, 'number')} with one of its {marks} before three digits "
            f"({such_as(doubt.examples, 1)}), in {rows_named(doubt.rows, doubt.count)}: beside "
            "decimal commas it is taken as thousands. Make sure.",
            doubt,
        )


def _signs(look: Look) -> None:
    money = look.find_kinds("money", "percent", "spaced", "point,")
    if money.count:
        look.alarm(
            "dressed_numbers",
            Level.WARNING,
            f"has {counted(money.count, 'number')} with more than digits and a decimal mark "
            f"({such_as(money.examples)}), in {rows_named(money.rows, money.count)}: signs of "
            "money, percent, brackets or marks between thousands. Choose the transform for "
            "numbers when you map the column.",
            money,
        )


def _spoiled(look: Look) -> None:
    found = look.find_kinds("science")
    if found.count:
        look.alarm(
            "scientific_numbers",
            Level.WARNING,
            f"has {counted(found.count, 'number')} in scientific form "
            f"({such_as(found.examples)}), in {rows_named(found.rows, found.count)}. If they are "
            "codes, a spreadsheet program has cut off their last digits: export the column anew "
            "as text.",
            found,
        )


def _zeros(look: Look) -> None:
    zeros = look.find_kinds(*CODES)
    if zeros.count and look.kind is LikelyType.INTEGER:
        look.alarm(
            "leading_zeros",
            Level.WARNING,
            f"has {counted(zeros.count, 'number')} with leading zeros or of more than 18 digits "
            f"({such_as(zeros.examples)}), in {rows_named(zeros.rows, zeros.count)}. If the "
            "column holds codes, map it to a field for text; as numbers they lose their zeros.",
            zeros,
        )
