"""Which columns of a dataset hold the keys of another of its sheets, or of their own. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from importer.data.suggesting.normalising import squeezed, words
from importer.data.suggesting.shapes import Column, Neighbour, Pointer, Sheet
from importer.data.suggesting.values import look_at
from importer.data.suggesting.vocabulary import nouns_of, qualifiers

_BY_PROFILE = 0.6
_SHAPES = ("integer", "code", "digits", "letters", "several_words")


@dataclass(frozen=True, slots=True)
class Keyed:
    """A sheet, the model it was guessed to be of, and its key."""

    sheet: Sheet
    model: str
    key: tuple[str, ...]


def find_pointers(
    keyed: Sequence[Keyed], profiled: Sequence[Pointer] = ()
) -> dict[tuple[str, str], Neighbour]:
    """(sheet, column) -> the sheet it refers to. What a profile found comes first."""
    found: dict[tuple[str, str], Neighbour] = {}
    for one in keyed:
        own = one.key[0] if len(one.key) == 1 else ""
        for column in one.sheet.columns:
            if column.name == own:
                continue
            to = _by_profile(one, column, keyed, profiled) or _by_name(one, column, keyed)
            if to is not None:
                found[one.sheet.name, column.name] = to
    return found


def _by_profile(
    one: Keyed, column: Column, keyed: Sequence[Keyed], profiled: Sequence[Pointer]
) -> Neighbour | None:
    for pointer in sorted(profiled, key=lambda found: -found.confidence):
        if (pointer.sheet, pointer.column) != (one.sheet.name, column.name):
            continue
        for other in keyed:
            if other.sheet.name == pointer.to_sheet and other.key == (pointer.to_column,):
                if pointer.confidence < _BY_PROFILE or not other.model:
                    continue
                reason = f"its values are those of “{pointer.to_column}” in “{pointer.to_sheet}”"
                return Neighbour(
                    other.sheet.name, other.model, pointer.to_column, pointer.confidence, reason
                )
    return None


def _by_name(one: Keyed, column: Column, keyed: Sequence[Keyed]) -> Neighbour | None:
    others = [other for other in keyed if other.model and len(other.key) == 1]
    for other in others:
        if other.sheet is not one.sheet and _names_key_of(column, other):
            reason = f"“{column.header}” names the rows of “{other.sheet.name}”"
            return Neighbour(other.sheet.name, other.model, other.key[0], 0.9, reason)
    if one in others and _names_own(column, one):
        reason = f"“{column.header}” names other rows of the same sheet"
        return Neighbour(one.sheet.name, one.model, one.key[0], 0.9, reason)
    return None


def _key_column(other: Keyed) -> Column:
    return next(one for one in other.sheet.columns if one.name == other.key[0])


def _names_key_of(column: Column, other: Keyed) -> bool:
    """``customerID`` is the key of customers; ``AccountId`` is the ``Id`` of Account."""
    key = _key_column(other)
    if not _alike(column, key):
        return False
    if squeezed(column.header) == squeezed(key.header):
        return not _is_plain(key)
    said, codes = words(column.header), _code_words()
    if len(said) < 2 or said[-1] not in codes:
        return False
    bare = said[:-1]
    return any(bare == noun for noun in _names(other)) and _ends_in_code(key)


def _names(other: Keyed) -> Iterator[tuple[str, ...]]:
    """What a row of the sheet may be called."""
    said = words(other.sheet.name)
    yield said
    if said:
        yield (*said[:-1], said[-1].removesuffix("s"))
        yield (*said[:-1], said[-1].removesuffix("es"))


def _names_own(column: Column, one: Keyed) -> bool:
    """``ParentId``, ``reportsTo``: the cells look like keys of the sheet, and the word is that of
    a boss or a parent."""
    said = words(column.header)
    codes = _code_words()
    key = _key_column(one)
    if not _alike(column, key) or not _same_form(column, key):
        return False
    bare = said[:-1] if len(said) > 1 and said[-1] in codes else said
    rest = [word for word in bare if (word,) not in nouns_of(one.model)] or list(bare)
    return " ".join(rest) in ("parent", "manager", "supervisor", "reports to", "boss")


def _same_form(column: Column, key: Column) -> bool:
    """Numbers where the keys are numbers, codes as long as the keys."""
    mine, other = look_at(column.samples), look_at(key.samples)
    if not mine.n or not other.n:
        return True
    if mine.mostly("integer") and other.mostly("integer"):
        return True
    lengths = {len(value) for value in other.values}
    return mine.mostly("code") and all(len(value) in lengths for value in mine.values)


def _alike(column: Column, key: Column) -> bool:
    """Whether the cells could be such keys at all."""
    mine, other = look_at(column.samples), look_at(key.samples)
    if not mine.n or not other.n:
        return True
    return all(abs(mine.shares[shape] - other.shares[shape]) < 0.7 for shape in _SHAPES)


def _is_plain(key: Column) -> bool:
    """``Id``, ``Name``, ``Email``: every sheet may have one."""
    said = words(key.header)
    return len(said) == 1 and (said[0] in _code_words() or len(said[0]) < 6)


def _ends_in_code(key: Column) -> bool:
    said = words(key.header)
    return bool(said) and said[-1] in _code_words()


def _code_words() -> frozenset[str]:
    return frozenset(code[-1] for code in qualifiers().code if len(code) == 1)
