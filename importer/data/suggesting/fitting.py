"""Whether a column's cells can be what a field holds. Pure.

A factor on the score: above 1 the cells speak for it, below 1 against it.
"""

from collections.abc import Callable

from importer.data.suggesting.shapes import Target
from importer.data.suggesting.values import Look
from importer.odoo.protocols import FieldFacts

FOR, FAIR, UNKNOWN = 1.05, 1.0, 0.95
DOUBT, AGAINST, NEVER = 0.7, 0.45, 0.25

Rule = Callable[[Look], float]


def fit(look: Look, target: Target, field: FieldFacts) -> float:
    """How well the cells go with the field, 0 to 1.05; a little below 1 without any cell."""
    if not look.n:
        return UNKNOWN
    if look.mostly("blob", 0.5):
        return FAIR if field.type == "binary" else NEVER
    by_name = _NAMED.get(target.by or field.name) or _ending(field.name)
    if target.part:
        return _text_of_letters(look)
    if field.type in ("many2one", "many2many"):
        if field.relation in ("res.country", "res.country.state"):
            return _country(look)
        named = target.by in ("", "name", "complete_name")
        return _record(look) if named or by_name is None else by_name(look)
    if field.type == "selection":
        return _selection(look, field)
    rule = by_name if field.type in ("char", "text", "html") else None
    return (rule or _TYPED.get(field.type, lambda look: FAIR))(look)


def fit_number(look: Look) -> float:
    """The same for a column whose header says that it numbers things."""
    return _short_text(look) if look.n else UNKNOWN


def _wants(shape: str, otherwise: float) -> Rule:
    def judge(look: Look) -> float:
        if look.mostly(shape):
            return FOR
        return FAIR if look.mostly(shape, 0.4) else otherwise

    return judge


def _ending(name: str) -> Rule | None:
    return next((rule for end, rule in _ENDINGS.items() if name.endswith(end)), None)


def _text_of_letters(look: Look) -> float:
    """Names, titles, cities: not numbers, dates, addresses of the net."""
    if look.mostly("number") or look.mostly("date"):
        return AGAINST
    if look.mostly("email") or look.mostly("url"):
        return AGAINST
    return FOR if look.mostly("letters") else FAIR


def _short_text(look: Look) -> float:
    """Numbers of things and references."""
    if look.mostly("date") or look.mostly("several_words"):
        return AGAINST
    if look.mostly("email"):
        return DOUBT
    return FOR if look.mostly("code") else FAIR


def _street(look: Look) -> float:
    if look.mostly("email") or look.mostly("url") or look.mostly("date"):
        return NEVER
    if look.mostly("integer"):
        return AGAINST
    return FOR if look.mostly("letters") else FAIR


def _any_text(look: Look) -> float:
    if look.mostly("number") or look.mostly("date") or look.mostly("boolean"):
        return DOUBT
    return FOR if look.mostly("letters") else FAIR


def _vat(look: Look) -> float:
    if look.mostly("number") and max(len(value) for value in look.values) < 6:
        return NEVER
    return FOR if look.mostly("digits") and not look.mostly("several_words") else DOUBT


def _zip(look: Look) -> float:
    if look.mostly("date") or look.mostly("email"):
        return NEVER
    return FOR if look.mostly("digits") and max(map(len, look.values)) <= 10 else DOUBT


def _record(look: Look) -> float:
    """A record by its name or code."""
    if look.mostly("date") or look.mostly("url"):
        return NEVER
    if look.mostly("integer"):
        return UNKNOWN
    if look.mostly("number"):
        return AGAINST
    return FOR if look.mostly("letters") else FAIR


def _country(look: Look) -> float:
    if look.mostly("digits"):
        return NEVER
    return FOR if look.mostly("letters") else FAIR


def _truth(look: Look) -> float:
    return FOR if look.mostly("boolean") else NEVER


def _selection(look: Look, field: FieldFacts) -> float:
    if look.mostly("date") or look.mostly("number"):
        keys = {key for key, _ in field.selection}
        return FAIR if set(look.values) <= keys else AGAINST
    allowed = [text.casefold() for pair in field.selection for text in pair]
    hits = sum(1 for value in look.values if value.casefold() in allowed)
    if not allowed or field.name in ("lang", "tz"):
        return FAIR
    if hits >= 0.6 * look.n:
        return FOR
    starts = {value.casefold() for value in look.values}
    short = all(len(value) <= 3 and _starts_one(value, allowed) for value in starts)
    return FOR if short else DOUBT


def _starts_one(value: str, allowed: list[str]) -> bool:
    """As ``M`` does male."""
    return any(one.startswith(value) for one in allowed)


_TYPED: dict[str, Rule] = {
    "integer": _wants("integer", NEVER),
    "float": _wants("number", NEVER),
    "monetary": _wants("number", NEVER),
    "date": _wants("date", NEVER),
    "datetime": _wants("date", NEVER),
    "boolean": _truth,
    "char": lambda look: FAIR,
    "text": _any_text,
    "html": _any_text,
    "binary": lambda look: NEVER,
}
_NAMED: dict[str, Rule] = {
    "name": _text_of_letters,
    "complete_name": _text_of_letters,
    "company_name": _text_of_letters,
    "partner_name": _text_of_letters,
    "contact_name": _text_of_letters,
    "emergency_contact": _text_of_letters,
    "function": _text_of_letters,
    "job_title": _text_of_letters,
    "place_of_birth": _text_of_letters,
    "ref": _short_text,
    "default_code": _short_text,
    "partner_ref": _short_text,
    "client_order_ref": _short_text,
    "barcode": _wants("digits", DOUBT),
    "vat": _vat,
    "website": _wants("url", DOUBT),
    "login": _short_text,
    "code": _short_text,
    "country_id": _country,
    "private_country_id": _country,
}
_ENDINGS: dict[str, Rule] = {
    "email": _wants("email", NEVER),
    "email_from": _wants("email", NEVER),
    "phone": _wants("phone", AGAINST),
    "mobile": _wants("phone", AGAINST),
    "zip": _zip,
    "street": _street,
    "street2": _street,
    "city": _text_of_letters,
}
