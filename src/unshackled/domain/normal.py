"""From what people write to the one form that is kept; pure text, nothing is refused here.

Each function is idempotent: what it gave stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any, Final

# What people put between groups of digits: spaces, dots, slashes and every dash.
_BETWEEN: Final = re.compile(r"[\s./\-\u00ad\u2010-\u2015\u2212]+")
_DASHES: Final = re.compile(r"[\u00ad\u2010-\u2015\u2212]")
_PHONE: Final = re.compile(r"\+?[0-9()]+")
_TRUNK: Final = "(0)"
# Numbers for drama that Ofcom reserved and the library therefore calls invalid.
_DRAMA: Final = re.compile(r"\+44(?:7700900|1632960)[0-9]{3}")


def tidy(text: str) -> str:
    """Unicode NFC, no surrounding white space, one space between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def controls(text: str) -> bool:
    """Whether it has control or invisible characters; the joiners of some scripts are none."""
    found = {unicodedata.category(one) for one in text if one not in "\u200c\u200d"}
    return not found.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn"})


def blank(text: str) -> bool:
    """Whether it has neither a letter nor a digit."""
    return not any(unicodedata.category(one)[0] in "LN" for one in text)


def compact(text: str) -> str:
    """Capitals, without spaces, dots, slashes and dashes: `abc 123-456` is `ABC123456`."""
    return _BETWEEN.sub("", text).upper()


def digits(text: str) -> str:
    """Digits without what stands between their groups; any other text as it is."""
    made = compact(text)
    return made if made.isascii() and made.isdigit() else text


def dashed(text: str) -> str:
    """Capitals, without spaces, every dash the same."""
    return "".join(_DASHES.sub("-", text).split()).upper()


def postcode(text: str, country: str) -> str:
    """Capitals and single spaces; a British one with the space where it belongs."""
    plain = tidy(text).upper()
    if country != "GB":
        return plain
    letters = compact(plain)
    return f"{letters[:-3]} {letters[-3:]}" if len(letters) > 4 else letters


def email(text: str) -> str:
    """Trimmed, NFC, the domain in small letters; the part before it is the mailbox's own."""
    box, at, domain = unicodedata.normalize("NFC", text).strip().rpartition("@")
    return f"{box}{at}{domain.lower()}"


def phone(text: str, country: str) -> str | None:
    """E.164 of an international number, or of a national one of the country.

    None where no such number exists: too short, another country's, `+44` followed by `0`.
    """
    dialled = _BETWEEN.sub("", text).replace(_TRUNK, "")
    if _PHONE.fullmatch(dialled) is None:
        return None
    library = _library()
    try:
        number = library.parse(dialled, country)
    except library.NumberParseException:
        return None
    made: str = library.format_number(number, library.PhoneNumberFormat.E164)
    if dialled.startswith("+") and re.sub(r"[()+]", "", dialled) != made[1:]:
        return None  # a trunk prefix after the country's code is no number
    real = _DRAMA.fullmatch(made) or library.is_valid_number(number)
    return made if real else None


def mobile(text: str) -> str | None:
    """`07` and nine digits of a British mobile number, written in any way; None for others."""
    made = phone(text, "GB") or ""
    return f"0{made[3:]}" if re.fullmatch(r"\+447[0-9]{9}", made) else None


def mobile_of(text: str, country: str) -> str | None:
    """A mobile number of a country: `07…` of a British one, E.164 of others; None for others."""
    if country == "GB":
        return mobile(text)
    made = phone(text, country)
    if made is None:
        return None
    library = _library()
    number, kinds = library.parse(made), library.PhoneNumberType
    kind, region = library.number_type(number), library.region_code_for_number(number)
    either = (kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE)
    return made if region == country and kind in either else None


def warm() -> None:
    """Load the tables of phone numbers: else the first form that has one waits for them."""
    phone("07700 900123", "GB")


def phone_example(country: str) -> str:
    """A mobile number as people of the country write it."""
    if country == "GB":
        return "07700 900123"
    library = _library()
    number = library.example_number_for_type(country, library.PhoneNumberType.MOBILE)
    if number is None:
        return "+44 7700 900123"
    made: str = library.format_number(number, library.PhoneNumberFormat.NATIONAL)
    return made


@cache
def _library() -> Any:
    """Loaded on first use: its tables take as long as the rest of the start."""
    import phonenumbers  # noqa: PLC0415 - as long to load as half of the start

    return phonenumbers
