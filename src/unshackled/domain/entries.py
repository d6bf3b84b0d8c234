"""The kinds of fields that people fill in; see `form`. Each has the source of its rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import ClassVar, Final

from unshackled.domain import normal
from unshackled.domain.age_limits import ADULT
from unshackled.domain.form import FormEntry, FormFault, Given, Json
from unshackled.domain.validation import (
    is_account_number,
    is_imei,
    is_pac,
    is_sort_code,
    is_stac,
    luhn,
)

FIRST_YEAR: Final = 1900
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SEPARATORS: Final = re.compile(r"[-._/]")
_CARD_NUMBER: Final = re.compile(r"[0-9](?:[-._/]?[0-9]){11,18}")
_TOKEN: Final = re.compile(r"[!-~]+")
_MAILBOX: Final = re.compile(r"[^\s\x00-\x20\x7f()<>\[\]:;@\\,\"]{1,64}")
_LABEL: Final = re.compile(r"(?!-)[^\W_](?:[^\W_]|-){0,62}(?<!-)")
_AGREEMENT: Final = re.compile(r"[A-Z0-9-]{6,32}")


def _text(sent: Json, most: int) -> str:
    """Text of some length; other types are refused."""
    if not isinstance(sent, str):
        raise FormFault("not_text")
    if len(sent) > most:
        raise FormFault("too_long", max_length=most)
    return sent


class Text(FormEntry):
    """Words: trimmed, NFC, no control characters, not blank unless `least` is 0."""

    title: str = ""
    most: int = 120
    least: int = 1
    example: str = ""
    description: str = ""

    def schema(self) -> dict[str, Json]:
        """Text of some length."""
        found: dict[str, Json] = {"type": "string", "maxLength": self.most}
        found |= {"minLength": self.least} if self.least else {}
        found |= {"title": self.title} if self.title else {}
        found |= {"description": self.description} if self.description else {}
        return {**found, "examples": [self.example]} if self.example else found

    def read(self, sent: Json, given: Given) -> Json:
        """The words with one space between them."""
        text = _text(sent, self.most).strip()
        if normal.controls(text):
            raise FormFault("control_characters")
        kept = normal.tidy(text)
        if self.least and normal.blank(kept):
            raise FormFault("blank")
        return _text(kept, self.most)


class Whole(FormEntry):
    """A whole number; text, fractions and booleans are refused."""

    title: str = ""
    least: int = 0
    most: int = 100_000_000
    description: str = ""
    minor: bool = False

    def schema(self) -> dict[str, Json]:
        """An integer between the bounds; an amount of money says that it is in minor units."""
        found: dict[str, Json] = {
            "type": "integer",
            **({"format": "minor-units"} if self.minor else {}),
            "minimum": self.least,
            "maximum": self.most,
        }
        found |= {"title": self.title} if self.title else {}
        return {**found, "description": self.description} if self.description else found

    def read(self, sent: Json, given: Given) -> Json:
        """The number."""
        if not isinstance(sent, int) or isinstance(sent, bool):
            raise FormFault("not_a_number")
        if not self.least <= sent <= self.most:
            raise FormFault("out_of_range", least=self.least, most=self.most)
        return sent


class Email(FormEntry):
    """One mailbox at a domain with a dot; whether it exists is not asked (RFC 5321: 64 and 254)."""

    def schema(self) -> dict[str, Json]:
        """Text."""
        return {
            "type": "string",
            "format": "email",
            "minLength": 6,
            "maxLength": 254,
            "examples": ["ada@example.com"],
        }

    def read(self, sent: Json, given: Given) -> Json:
        """The domain in small letters."""
        kept = _text(normal.email(_text(sent, 254)), 254)
        box, _, domain = kept.rpartition("@")
        labels = domain.split(".")
        good = (
            _MAILBOX.fullmatch(box) is not None
            and not normal.controls(kept)
            and ".." not in f".{box}."
            and len(labels) > 1
            and all(map(_LABEL.fullmatch, labels))
            and len(labels[-1]) > 1
            and not labels[-1].isdigit()
        )
        if not good:
            raise FormFault("invalid_email", example="ada@example.com")
        return kept


class Phone(FormEntry):
    """A phone number as people write it; kept as E.164."""

    def schema(self) -> dict[str, Json]:
        """Text."""
        return {
            "type": "string",
            "format": "phone",
            "minLength": 4,
            "maxLength": 40,
            "description": "with the country's code (+44 …), or as written in the retailer's own"
            " country",
            "examples": ["07700 900123", "+44 7700 900123"],
        }

    def read(self, sent: Json, given: Given) -> Json:
        """E.164, e.g. `+447700900123`."""
        kept = normal.phone(_text(sent, 40), given.country)
        if kept is None:
            raise FormFault("invalid_phone", example=normal.phone_example(given.country))
        return kept


class PastDate(FormEntry):
    """A day since 1900 that is not to come."""

    hint: ClassVar[str] = "a day that has been, the year first"
    example: ClassVar[str] = "2024-09-30"

    def schema(self) -> dict[str, Json]:
        """A day as ISO 8601 writes it."""
        return {
            "type": "string",
            "format": "date",
            "minLength": 10,
            "maxLength": 12,
            "description": self.hint,
            "examples": [self.example],
        }

    def read(self, sent: Json, given: Given) -> Json:
        """`YYYY-MM-DD`."""
        return _past_day(sent, given)[0]


class BirthDate(PastDate):
    """A day of birth; of somebody who is old enough for what is bought."""

    hint: ClassVar[str] = f"the year first; credit is for people of {ADULT} years or more"
    example: ClassVar[str] = "1990-04-17"

    def read(self, sent: Json, given: Given) -> Json:
        """`YYYY-MM-DD`."""
        text, day = _past_day(sent, given)
        for limit in given.age_limits:
            if limit.refuses(day, given.today):
                raise FormFault(limit.code, **limit.params)
        return text


def _written_day(sent: Json, example: str) -> tuple[str, date]:
    text = _text(sent, 12).strip()
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise FormFault("invalid_date", example=example)
    return text, day


def _past_day(sent: Json, given: Given) -> tuple[str, date]:
    text, day = _written_day(sent, "1990-04-17")
    if day > given.today:
        raise FormFault("date_in_future")
    if day.year < FIRST_YEAR:
        raise FormFault("date_too_early", year=FIRST_YEAR)
    return text, day


class Code(FormEntry):
    """A code with a fixed form, written with or without spaces and dashes.

    `keep` gives the form that is kept, `is_good` judges it; `code` is what is said of a wrong one.
    """

    code: str
    example: str
    is_good: Callable[[str], bool]
    keep: Callable[[str], str] = normal.compact
    most: int = 40
    description: str = ""

    def schema(self) -> dict[str, Json]:
        """Text."""
        found: dict[str, Json] = {
            "type": "string",
            "minLength": 1,
            "maxLength": self.most,
            "examples": [self.example],
        }
        return {**found, "description": self.description} if self.description else found

    def read(self, sent: Json, given: Given) -> Json:
        """The code without what people put between its groups."""
        kept = self.keep(_text(sent, self.most))
        if not self.is_good(kept):
            raise FormFault(self.code, example=self.example)
        return kept


def _is_agreement(text: str) -> bool:
    return _AGREEMENT.fullmatch(text) is not None


IMEI: Final = Code(
    code="invalid_imei",
    example="49-015420-323751-8",
    is_good=is_imei,
    description="15 digits, the last a check digit: dial *#06# to see it",
)
PAC: Final = Code(
    code="invalid_pac",
    example="ABC123456",
    is_good=is_pac,
    description="3 letters and 6 digits from the present network: text PAC to 65075",
)
STAC: Final = Code(
    code="invalid_stac",
    example="123456ABC",
    is_good=is_stac,
    description="6 digits and 3 letters from the present network: text STAC to 75075",
)


class MarketMobile(FormEntry):
    """A mobile number of the retailer's market; a British one is kept as `07…`, others as E.164."""

    def schema(self) -> dict[str, Json]:
        """Text."""
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": 40,
            "examples": ["07700 900123"],
            "description": "the mobile number at the present network",
        }

    def read(self, sent: Json, given: Given) -> Json:
        """The number in its one form."""
        kept = normal.mobile_of(_text(sent, 40), given.market)
        if kept is None:
            if given.market == "GB":
                raise FormFault("invalid_mobile", example="07700 900123")
            example = normal.phone_example(given.market)
            raise FormFault("invalid_market_mobile", example=example)
        return kept


MARKET_MOBILE: Final = MarketMobile()


class CalendarDay(FormEntry, kw_only=False):
    """Any day that there is, as ISO 8601 writes it."""

    hint: str

    def schema(self) -> dict[str, Json]:
        """A day."""
        return {
            "type": "string",
            "format": "date",
            "minLength": 10,
            "maxLength": 12,
            "description": self.hint,
            "examples": ["2026-12-04"],
        }

    def read(self, sent: Json, given: Given) -> Json:
        """`YYYY-MM-DD`."""
        return _written_day(sent, "2026-12-04")[0]


SORT_CODE: Final = Code(
    code="invalid_sort_code", example="20-00-00", is_good=is_sort_code, description="6 digits"
)
ACCOUNT_NUMBER: Final = Code(
    code="invalid_account_number",
    example="55779911",
    is_good=is_account_number,
    description="8 digits; a shorter number begins with zeros",
)
AGREEMENT: Final = Code(
    code="invalid_agreement",
    example="AGR-100001",
    is_good=_is_agreement,
    keep=normal.dashed,
    description="the number of the agreement, as its papers have it",
)


class CardToken(FormEntry):
    """A payment provider's token, 4 to 4,096 printable characters; never a card number."""

    def schema(self) -> dict[str, Json]:
        """Text."""
        return {
            "type": "string",
            "format": "payment-token",
            "minLength": 4,
            "maxLength": 4096,
            "description": "the token that the payment provider's own page gave",
        }

    def read(self, sent: Json, given: Given) -> Json:
        """The token; 12 to 19 digits that end in their check digit (Luhn) are refused."""
        text = _text(sent, 4096)
        if len(text) < 4 or _TOKEN.fullmatch(text) is None:
            raise FormFault("invalid_token")
        if _CARD_NUMBER.fullmatch(text) and luhn(_SEPARATORS.sub("", text)):
            raise FormFault("card_number")
        return text
