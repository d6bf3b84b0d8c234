"""Formats of the trade, checked without a call to a backend. A value is never named in an error."""

from __future__ import annotations

import re
from typing import Final

from unshackled.domain.personal import Personal
from unshackled.domain.records import Record

_IMEI: Final = re.compile(r"[0-9]{15}")
_ICCID: Final = re.compile(r"89[0-9]{17,18}")
_PAC: Final = re.compile(r"[A-Z]{3}[0-9]{6}")
_STAC: Final = re.compile(r"[0-9]{6}[A-Z]{3}")
_SORT_CODE: Final = re.compile(r"[0-9]{6}")
_ACCOUNT: Final = re.compile(r"[0-9]{8}")
_BACS: Final = re.compile(r"[A-Z0-9][A-Z0-9\-/.& ]{5,17}")
_LPA: Final = re.compile(
    r"(?:LPA:)?1\$(?P<host>[A-Za-z0-9.-]+)\$(?P<matching_id>[A-Z0-9-]*)"
    r"(?:\$(?P<oid>[0-9.]*)(?:\$(?P<confirm>1))?)?",
)
_HOST: Final = re.compile(
    r"(?=.{4,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
# Royal Mail: area and district, then sector and unit without C, I, K, M, O, V.
_POSTCODE: Final = re.compile(
    r"(?:GIR ?0AA|"
    r"(?:[A-PR-UWYZ](?:[0-9][0-9A-HJKPSTUW]?|[A-HK-Y][0-9][0-9ABEHMNPRVWXY]?))"
    r" ?[0-9][ABD-HJLNP-UW-Z]{2})"
)


def is_imei(text: str) -> bool:
    """15 digits, the last a Luhn check digit (3GPP TS 23.003)."""
    return _IMEI.fullmatch(text) is not None and luhn(text)


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1 Annex B)."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_iccid(text: str) -> bool:
    """19 or 20 digits from 89 on, the last a Luhn check digit (ITU-T E.118)."""
    return _ICCID.fullmatch(text) is not None and luhn(text)


def is_pac(text: str) -> bool:
    """A code that keeps the number: 3 letters, 6 digits (Ofcom)."""
    return _PAC.fullmatch(text) is not None


def is_stac(text: str) -> bool:
    """A code that ends the service without keeping the number: 6 digits, 3 letters (Ofcom)."""
    return _STAC.fullmatch(text) is not None


def is_postcode(text: str) -> bool:
    """A UK postcode in capitals, with or without its one space."""
    return _POSTCODE.fullmatch(text) is not None


def is_sort_code(text: str) -> bool:
    """6 digits."""
    return _SORT_CODE.fullmatch(text) is not None


def is_account_number(text: str) -> bool:
    """8 digits."""
    return _ACCOUNT.fullmatch(text) is not None


def is_bacs_reference(text: str) -> bool:
    """A Direct Debit reference: 6 to 18 of A-Z 0-9 - / . & space, 6 or more alphanumeric.

    It starts with a letter or digit, not with DDIC, and is not one character repeated.
    """
    return (
        _BACS.fullmatch(text) is not None
        and sum(character.isalnum() for character in text) >= 6
        and not text.startswith("DDIC")
        and len(set(text)) > 1
    )


class ActivationCode(Record):
    """The parts of an eSIM activation code (GSMA SGP.22 section 4.1)."""

    host: str
    matching_id: Personal[str]
    oid: str | None
    confirmation_required: bool

    @property
    def text(self) -> str:
        """The code as it is written: `LPA:1$host$matching id[$OID[$1]]`."""
        flag = "1" if self.confirmation_required else ""
        parts = ["LPA:1", self.host, self.matching_id, self.oid or "", flag]
        while not parts[-1] and len(parts) > 3:
            parts.pop()
        return "$".join(parts)


def activation_code(text: str) -> ActivationCode | None:
    """Read `LPA:1$host$matching id[$OID[$1]]`; None where it is not one."""
    found = _LPA.fullmatch(text)
    if found is None or _HOST.fullmatch(found["host"]) is None:
        return None
    return ActivationCode(
        host=found["host"],
        matching_id=found["matching_id"],
        oid=found["oid"] or None,
        confirmation_required=found["confirm"] is not None,
    )
