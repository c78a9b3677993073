"""What is wrong with a column of dates."""

from importer.data.profiling.dates import DAY_FIRST, EITHER, IMPOSSIBLE, MONTH_FIRST, DateForm
from importer.data.profiling.facts import Level
from importer.data.profiling.looks import Look
from importer.data.profiling.wording import counted, rows_named, such_as

_EARLIEST, _LATEST = "1900-01-02", "2100-01-01"
# 1954 to 2064 as spreadsheet programs count days.
SERIAL = "kind IN ('int', 'point') AND TRY_CAST(bare(v) AS DOUBLE) BETWEEN 20000 AND 60000"


def look_at_dates(look: Look) -> None:
    """Add what is wrong to the look's alarms."""
    _orders(look)
    _forms(look)
    _impossible(look)
    _unlikely(look)
    _serials(look)


def _orders(look: Look) -> None:
    days, months, either = (
        look.find_days(f"order_ = '{order}'") for order in (DAY_FIRST, MONTH_FIRST, EITHER)
    )
    doubt = f"{counted(either.count, 'cell')} could be read both ways" + (
        f" (such as {such_as(either.examples, 1)} in row {either.rows[0]})" if either.count else ""
    )
    if days.count and months.count:
        look.alarm(
            "mixed_date_order",
            Level.ERROR,
            f"mixes two orders of dates: {rows_named(days.rows, days.count)} can only be day "
            f"first ({such_as(days.examples, 1)}), {rows_named(months.rows, months.count)} only "
            f"month first ({such_as(months.examples, 1)}), and {doubt}. Find out which rows come "
            "from where and write all dates as 2024-12-31 before you map the column.",
            either if either.count else min(days, months, key=lambda one: one.count),
        )
    elif either.count and not (days.count or months.count):
        look.alarm(
            "ambiguous_dates",
            Level.WARNING,
            f"does not say whether day or month comes first: {doubt}, and no row has a day above "
            "12 that would decide it. Ask who made the file, and name the format when you map "
            "the column.",
            either,
        )
    elif either.count:
        order, proof = ("day", days) if days.count else ("month", months)
        look.alarm(
            "date_order",
            Level.NOTE,
            f"has dates with the {order} first: {rows_named(proof.rows, proof.count)} can be "
            f"read in no other way ({such_as(proof.examples, 1)}). {doubt.capitalize()}; they "
            f"are taken as {order} first.",
            either,
        )


def _forms(look: Look) -> None:
    forms = _merged(look.forms)
    if len(forms) > 1:
        usual, *others = sorted(forms.items(), key=lambda one: -one[1])
        listed = ", ".join(f"{title} ({count:,})" for title, count in (usual, *others))
        found = look.find_days(
            f"NOT ({_is_form(look.forms, usual[0])}) AND order_ <> '{IMPOSSIBLE}'"
        )
        look.alarm(
            "mixed_date_formats",
            Level.WARNING,
            f"writes dates in {len(forms)} ways: {listed}. The first other than the usual are in "
            f"{rows_named(found.rows, found.count)}. Name all of them when you map the column, or "
            "write the dates in one way.",
            found,
        )
    short = look.find_days(f"digits = 2 AND order_ <> '{IMPOSSIBLE}'")
    if short.count:
        look.alarm(
            "two_digit_years",
            Level.WARNING,
            f"has {counted(short.count, 'year')} of two digits ({such_as(short.examples, 1)}); "
            "69 to 99 are taken as 1969 to 1999 and the others as 2000 to 2068. Write years with "
            "four digits where that is wrong.",
            short,
        )


def _merged(forms: list[DateForm]) -> dict[str, int]:
    """Cells by form, those that fit two orders with the form that was proven, if one was."""
    merged: dict[str, int] = {}
    for form in forms:
        if form.order != IMPOSSIBLE:
            merged[_class(form)] = merged.get(_class(form), 0) + form.count
    return merged


def _class(form: DateForm) -> str:
    """The form without the order of day and month, which has an alarm of its own."""
    if form.order in ("iso", "named"):
        return form.title.replace(" 00:00", " hh:mm")
    sep, year = form.separator, "y" * form.year_digits
    return f"12{sep}31{sep}{year}".replace("12", "dd").replace("31", "mm") + (
        " hh:mm" if form.clock else ""
    )


def _is_form(forms: list[DateForm], title: str) -> str:
    return " OR ".join(
        f"(order_ = '{form.order}' AND sep = '{form.separator}' AND digits = {form.year_digits} "
        f"AND clock = '{form.clock}')"
        for form in forms
        if form.order != IMPOSSIBLE and _class(form) == title
    )


def _impossible(look: Look) -> None:
    found = look.find_days(f"order_ = '{IMPOSSIBLE}'")
    if found.count:
        look.alarm(
            "impossible_dates",
            Level.ERROR,
            f"has {counted(found.count, 'date')} that no calendar has "
            f"({such_as(found.examples)}), in {rows_named(found.rows, found.count)}. Correct or "
            "empty them.",
            found,
        )


def _unlikely(look: Look) -> None:
    first, last = f"epoch(DATE '{_EARLIEST}')", f"epoch(DATE '{_LATEST}')"
    at = "coalesce(day_first, month_first)"
    found = look.find_days(f"{at} < {first} OR {at} >= {last}")
    if found.count:
        look.alarm(
            "unlikely_dates",
            Level.WARNING,
            f"has {counted(found.count, 'date')} before 1900 or after 2099 "
            f"({such_as(found.examples)}), in {rows_named(found.rows, found.count)}: such dates "
            "often stand for none. Correct or empty them.",
            found,
        )


def _serials(look: Look) -> None:
    found = look.find(SERIAL)
    if found.count:
        look.alarm(
            "serial_dates",
            Level.ERROR,
            f"has {counted(found.count, 'date')} as a bare number "
            f"({such_as(found.examples)}), in {rows_named(found.rows, found.count)}: a "
            "spreadsheet program counted days. Format these cells as dates and save the file "
            "again.",
            found,
        )
