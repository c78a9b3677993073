"""What is wrong with the texts of a column, whatever their type."""

from importer.data.duck import quote
from importer.data.profiling.date_alarms import SERIAL
from importer.data.profiling.facts import Level, LikelyType
from importer.data.profiling.kinds import BOOLEANS, DATES, EMAIL, MONEY, NUMBERS
from importer.data.profiling.looks import Look
from importer.data.profiling.wording import counted, rows_named, such_as

BROKEN = r"Ã[\x{80}-\x{BF}]|Â[\x{A0}-\x{BF}]|â€|\x{FFFD}|ï»¿|[\x{80}-\x{9F}]"
CONTROLS = r"[\x00-\x1F\x7F\x{200B}-\x{200F}\x{FEFF}\x{2028}\x{2029}]"
HTML = r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|&(?:amp|nbsp|lt|gt|quot|#[0-9]+);"
_TOTALS = (
    "total", "totals", "grand total", "subtotal", "sub-total", "sum", "total:", "grand total:",
    "summe", "gesamt", "gesamtsumme", "zwischensumme", "summe:", "gesamt:", "total général",
    "sous-total", "totale", "totaal", "suma", "suma total", "total general", "total geral",
)  # fmt: skip
_LIMITS = (30, 32, 35, 40, 50, 60, 64, 80, 100, 120, 128, 200, 250, 254, 255, 256, 500, 512, 1000,
           1024, 2000, 4000, 32767)  # fmt: skip
_FEW_STRANGE = 0.05
_NOT_OF_TYPE = {
    LikelyType.INTEGER: ("numbers", NUMBERS + MONEY + ("zeros", "digits")),
    LikelyType.DECIMAL: ("numbers", NUMBERS + MONEY),
    LikelyType.DATE: ("dates", DATES),
    LikelyType.DATETIME: ("dates", DATES),
    LikelyType.BOOLEAN: ("yes or no", ("bool", "int")),
    LikelyType.URL: ("web addresses", ("url",)),
    LikelyType.PHONE: ("phone numbers", ("phone", "int", "zeros", "digits")),
}


def look_at_texts(look: Look) -> None:
    """Add what is wrong to the look's alarms."""
    if not look.filled:
        _empty(look)
        return
    _strangers(look)
    _emails(look)
    _booleans(look)
    _words(look)
    _marks(look)
    _lost_zeros(look)
    _totals(look)
    _cut(look)
    _constant(look)


def _empty(look: Look) -> None:
    look.alarm(
        "empty_column",
        Level.NOTE,
        "is empty in all rows. Leave it out of the mapping.",
        look.find("false"),
    )


def _strangers(look: Look) -> None:
    """Cells that are not of the type that most are."""
    if look.kind not in _NOT_OF_TYPE or look.fitting == look.filled and not look.total("text"):
        return
    title, kinds = _NOT_OF_TYPE[look.kind]
    listed = ", ".join(f"'{kind}'" for kind in (*kinds, "nothing", "error"))
    serial = f"AND NOT ({SERIAL})" if look.kind in _DATE_TYPES else ""
    found = look.find(f"kind NOT IN ({listed}) {serial}")
    if found.count:
        look.alarm(
            "mixed_types",
            Level.ERROR,
            f"holds {title} in {counted(look.fitting, 'cell')}, but "
            f"something else in {counted(found.count, 'other')} ({such_as(found.examples)}), in "
            f"{rows_named(found.rows, found.count)}. Correct or empty them, or map the column to "
            "a field for text.",
            found,
        )


_DATE_TYPES = (LikelyType.DATE, LikelyType.DATETIME)


def _emails(look: Look) -> None:
    if look.kind is not LikelyType.EMAIL:
        return
    found = look.find(
        f"kind <> 'nothing' AND kind <> 'error' AND NOT regexp_full_match(bare(v), {quote(EMAIL)})"
    )
    if found.count:
        look.alarm(
            "broken_emails",
            Level.ERROR,
            f"has {counted(found.count, 'cell')} with something else than one e-mail address "
            f"({such_as(found.examples)}), in {rows_named(found.rows, found.count)}. Correct "
            "them, and move a second address into a column of its own.",
            found,
        )


def _booleans(look: Look) -> None:
    """Yes and no in words of more than one pair."""
    if look.kind is not LikelyType.BOOLEAN:
        return
    words = {one.value.strip().lower() for one in look.top}
    if not look.total("bool") or any(words <= set(pair) for pair in BOOLEANS):
        return
    usual = next((pair for pair in BOOLEANS if look.top[0].value.strip().lower() in pair), ("", ""))
    listed = ", ".join(quote(word) for word in usual)
    found = look.find(f"kind IN ('bool', 'int') AND lower(bare(v)) NOT IN ({listed})")
    if found.count:
        look.alarm(
            "mixed_booleans",
            Level.WARNING,
            f"says yes and no in several ways ({', '.join(sorted(words))}); the first other than "
            f"the usual are in {rows_named(found.rows, found.count)}. Choose one, or list all of "
            "them in a value map.",
            found,
        )


def _words(look: Look) -> None:
    nothing = look.find_kinds("nothing")
    if nothing.count:
        look.alarm(
            "words_for_nothing",
            Level.WARNING,
            f"has {counted(nothing.count, 'cell')} with a word that means nothing is there "
            f"({such_as(nothing.examples)}), in {rows_named(nothing.rows, nothing.count)}. Empty "
            "them, or upload the file again and name the word as one for an empty cell.",
            nothing,
        )
    errors = look.find_kinds("error")
    if errors.count:
        look.alarm(
            "spreadsheet_errors",
            Level.ERROR,
            f"has {counted(errors.count, 'cell')} with an error of the spreadsheet program "
            f"({such_as(errors.examples)}), in {rows_named(errors.rows, errors.count)}. Mend the "
            "formulas and save the file again.",
            errors,
        )


_MARKS = (
    (
        "broken",
        "broken_letters",
        Level.ERROR,
        f"regexp_matches(v, {quote(BROKEN)})",
        "with letters that were broken by a wrong encoding",
        "Export the file anew as UTF-8, or upload it again and name its encoding.",
    ),
    (
        "controls",
        "control_characters",
        Level.WARNING,
        f"regexp_matches(bare(v), {quote(CONTROLS)})",
        "with line breaks, tabs or invisible characters inside",
        "Where the field is one line, replace them when you map the column.",
    ),
    (
        "html",
        "html",
        Level.WARNING,
        f"regexp_matches(v, {quote(HTML)})",
        "with HTML",
        "Turn it into plain text when you map the column, unless the field holds HTML.",
    ),
    (
        "padded",
        "surrounding_blanks",
        Level.WARNING,
        "padded",
        "with blanks before or after the text",
        "Keys are compared without them; trim the column when you map it elsewhere.",
    ),
)


def _marks(look: Look) -> None:
    for attribute, code, level, condition, what, advice in _MARKS:
        if not getattr(look, attribute):
            continue
        found = look.find(condition)
        look.alarm(
            code,
            level,
            f"has {counted(found.count, 'cell')} {what} ({such_as(found.examples, 1)}), in "
            f"{rows_named(found.rows, found.count)}. {advice}",
            found,
        )


def _lost_zeros(look: Look) -> None:
    """Codes of one length of which some have lost their leading zeros."""
    if not look.total("zeros") or not look.total("int"):
        return
    found = look.duck.execute(
        "SELECT min(length(bare(v))), max(length(bare(v))) FROM cells "
        f"WHERE col = {look.position} AND kind = 'zeros'"
    ).fetchall()
    shortest, longest = found[0]
    short = look.find(f"kind = 'int' AND length(bare(v)) < {longest} AND NOT starts_with(v, '-')")
    exact = look.find(f"kind = 'int' AND length(bare(v)) = {longest}")
    strange = look.total("text", "phone") > _FEW_STRANGE * look.filled  # codes of other countries
    if shortest == longest and short.count and exact.count and not strange:
        look.alarm(
            "lost_zeros",
            Level.WARNING,
            f"has codes of {longest} digits, some with leading zeros, but "
            f"{counted(short.count, 'shorter one')} ({such_as(short.examples)}), in "
            f"{rows_named(short.rows, short.count)}: a spreadsheet program may have taken their "
            "zeros away. Compare them with the source.",
            short,
        )


def _totals(look: Look) -> None:
    if look.kind in (LikelyType.BOOLEAN, LikelyType.EMAIL, LikelyType.URL):
        return
    words = ", ".join(quote(word) for word in _TOTALS)
    found = look.find(f"kind = 'text' AND length(v) < 20 AND lower(bare(v)) IN ({words})")
    if 0 < found.count <= max(3, look.sheet.n_rows // 20):
        look.alarm(
            "total_rows",
            Level.WARNING,
            f"says “{found.examples[0].value}” in {rows_named(found.rows, found.count)}: sums of "
            "other rows, which would be loaded as a record. Take these rows out.",
            found,
        )


def _cut(look: Look) -> None:
    if look.longest not in _LIMITS or look.kind is not LikelyType.TEXT:
        return
    found = look.find(f"length(v) = {look.longest}")
    if 3 <= found.distinct <= look.distinct // 10:
        look.alarm(
            "cut_texts",
            Level.WARNING,
            f"has {counted(found.count, 'cell')} of exactly {look.longest} characters, the "
            f"longest there are, in {rows_named(found.rows, found.count)}: whatever exported "
            "them may have cut them off. Compare them with the source.",
            found,
        )


def _constant(look: Look) -> None:
    if look.distinct == 1 and look.filled == look.sheet.n_rows > 1:
        found = look.find("true")
        look.alarm(
            "one_value",
            Level.NOTE,
            f"says “{found.examples[0].value[:40]}” in every row.",
            found,
        )
