"""SIMs as telcos tell of them: the activation code of an eSIM, and the number of a profile."""

from __future__ import annotations

import re
from typing import Final

from unshackled.domain.validation import ActivationCode, is_iccid

# As the standard has it, but for the letters of a matching id: some networks write small ones.
_CODE: Final = re.compile(
    r"(?:LPA:)?1\$[^$\s]{1,253}\$[^$\s]{1,255}(?:\$[0-9.]*(?P<confirm>\$1)?)?"
)


def esim_code(text: str) -> str:
    """An eSIM activation code (SGP.22 section 4.1) as it came; raises `ValueError` for others."""
    if _CODE.fullmatch(text) is None:
        raise ValueError("activationCode")
    return text


def confirmation_needed(code: str) -> bool:
    """Whether the phone will ask for a confirmation code, which the telco tells its customer."""
    known = _CODE.fullmatch(code)
    return known is not None and known["confirm"] is not None


def built_code(host: str, matching_id: str, oid: str | None = None, *, confirm: bool) -> str:
    """The activation code of its parts; raises `ValueError` where they make none."""
    code = ActivationCode(
        host=host, matching_id=matching_id, oid=oid, confirmation_required=confirm
    )
    return esim_code(code.text)


def iccid_of(text: str) -> str:
    """The number of a card or a profile, without spaces; raises `ValueError` for others."""
    digits = "".join(text.split())
    if not is_iccid(digits):
        raise ValueError("iccid")
    return digits


__all__ = ["built_code", "confirmation_needed", "esim_code", "iccid_of"]
