"""Transforms of phone numbers, e-mail addresses and tax numbers. Libraries are imported when a
mapping asks for them.
"""

from typing import TYPE_CHECKING

from importer.data.duck import quote
from importer.data.transforms.shapes import (
    COLUMN,
    Arguments,
    Example,
    Schema,
    Transform,
    Worker,
)

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_REGION: Schema = {
    "type": "string",
    "pattern": "^[A-Za-z]{2}$",
    "title": "Country without a prefix",
    "description": "two letters, such as DE; for numbers that do not say their country",
}
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?"
_LOCAL = r"[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = rf"(?:{_LABEL}\.)+\p{{L}}[\p{{L}}\p{{N}}-]*[\p{{L}}\p{{N}}]"
_EMAIL = rf"(?i)^(?:mailto:|[^<>@]*<)?\s*({_LOCAL}@{_DOMAIN})\s*>?$"


def _phone(arguments: Arguments) -> Worker:
    import phonenumbers

    usual = str(arguments.get("region") or "").upper()
    form = str(arguments.get("format", "e164"))
    country = _country_reader()

    def work(text: str, beside: str | None) -> str | None:
        region = (country(beside, None) if beside else None) or usual or None
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            return None
        return _written(number, form) if phonenumbers.is_valid_number(number) else None

    return work


def _written(number: "PhoneNumber", form: str) -> str:
    import phonenumbers

    style = {
        "e164": phonenumbers.PhoneNumberFormat.E164,
        "international": phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        "national": phonenumbers.PhoneNumberFormat.NATIONAL,
    }[form]
    text = phonenumbers.format_number(number, style)
    is_lost = form == "e164" and number.extension
    return f"{text} ext. {number.extension}" if is_lost else text


def _known_region(arguments: Arguments) -> None:
    import phonenumbers

    region = str(arguments.get("region") or "").upper()
    if region and region not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"“{region}” is no country with phone numbers. Write two letters (DE)")


def _cannot_phone(arguments: Arguments) -> str:
    if not arguments.get("region") and not arguments.get("region_column"):
        return (
            " is no phone number with its country's prefix (+32 …). Correct the cell, or say in "
            "which country numbers without a prefix are."
        )
    place = str(arguments.get("region") or "").upper() or "the row's country"
    return (
        f" is no phone number that exists in {place}, or with a prefix elsewhere. Correct the cell."
    )


def _vat(arguments: Arguments) -> Worker:
    usual = str(arguments.get("country") or "").upper()
    country = _country_reader()

    def work(text: str, beside: str | None) -> str | None:
        own = (country(beside, None) if beside else None) or usual
        compact = "".join(each for each in text if each.isalnum()).upper()
        for prefix in dict.fromkeys((compact[:2], own)):
            found = _valid_vat(prefix, compact)
            if found:
                return found
        return None

    return work


def _valid_vat(prefix: str, compact: str) -> str | None:
    """The number with its country before it where that is the custom; None where it is wrong, or
    nothing is known of the country's numbers."""
    from stdnum import get_cc_module
    from stdnum.eu.vat import MEMBER_STATES
    from stdnum.exceptions import ValidationError

    country = {"EL": "GR", "XI": "GB"}.get(prefix, prefix)
    module = get_cc_module(country.lower(), "vat") if country.isalpha() else None
    if module is None:
        return None
    try:
        number = str(module.validate(compact))
    except ValidationError:
        return None
    head = {"GR": "EL"}.get(prefix, prefix)
    is_headed = country.lower() in (*MEMBER_STATES, "gb", "gr")
    return number if number.startswith(head) or not is_headed else head + number


def _country_reader() -> Worker:
    from importer.data.transforms.places import country_worker

    return country_worker({})


def _known_country(arguments: Arguments) -> None:
    from stdnum import get_cc_module

    country = str(arguments.get("country") or "").lower()
    if country and get_cc_module({"el": "gr"}.get(country, country), "vat") is None:
        raise ValueError(f"nothing is known of the tax numbers of “{country.upper()}”")


TRANSFORMS = (
    Transform(
        name="phone",
        label="Phone number",
        group="Contacts",
        says="A phone number that can exist, in one form. What it has of an extension stays.",
        example=Example("030 901820", "+4930901820", {"region": "DE"}),
        arguments={
            "region": _REGION,
            "region_column": COLUMN | {"title": "Column with the country"},
            "format": {"enum": ["e164", "international", "national"], "default": "e164"},
        },
        work=_phone,
        beside="region_column",
        cannot=_cannot_phone,
        check=_known_region,
    ),
    Transform(
        name="email",
        label="E-mail address",
        group="Contacts",
        says="One address, lower case, without a name or “mailto:” around it. Whether it exists "
        "is not known.",
        example=Example("Ada <Ada@Example.COM>", "ada@example.com"),
        sql=lambda arguments, value, column: (
            f"lower(regexp_extract(strip({value}), {quote(_EMAIL)}, 1))"
        ),
        cannot=lambda arguments: (
            " is no e-mail address, or more than one. Correct the cell, or split it first."
        ),
    ),
    Transform(
        name="vat",
        label="Tax number (VAT)",
        group="Contacts",
        says="A tax number whose check digits are right, with its country before it.",
        example=Example("be 0477.472.701", "BE0477472701"),
        arguments={
            "country": _REGION,
            "country_column": COLUMN | {"title": "Column with the country"},
        },
        work=_vat,
        beside="country_column",
        cannot=lambda arguments: (
            " is no tax number with right check digits, or its country is not known. Correct the "
            "cell, or say the country of numbers without a prefix."
        ),
        check=_known_country,
    ),
)
