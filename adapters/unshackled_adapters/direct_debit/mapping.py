"""Between our values and the bureau's JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk import (
    DATA_REFUSED,
    Call,
    Declined,
    Outcome,
    Passed,
)
from unshackled.sdk.ports import MandateSetUp, SetUpMandate
from unshackled.sdk.texts import word

Json = Mapping[str, Any]

LONGEST_REFERENCE: Final = 18
LONGEST_NAME: Final = 18
# Why the bureau takes no instruction; any other code is our mistake, hence `Refused`.
REASONS: Final = {
    "modulus_check_failed": "invalid_bank_account",
    "account_closed": "invalid_bank_account",
    "no_direct_debit": "invalid_bank_account",
    "account_holder_invalid": DATA_REFUSED,
    "instruction_cancelled": "declined",
}


def bacs_reference(prefix: str, reference: str) -> str:
    """Our reference as a mandate reference: 18 characters, 80 bits of them ours.

    Bacs takes 6 to 18 characters, A-Z 0-9 - / . & and space, the first alphanumeric, at least 6
    alphanumeric, not beginning DDIC, not all one character.
    """
    return f"{prefix}{reference}"[:LONGEST_REFERENCE]


def instruction(
    request: SetUpMandate, call: Call, reference: str, service_user: str
) -> dict[str, Any]:
    """The body of a Direct Debit instruction."""
    account = request.account
    return {
        "reference": reference,
        "client_reference": call.reference,
        "service_user": service_user,
        "account_holder": bacs_name(account.account_holder),
        "sort_code": account.sort_code,
        "account_number": account.account_number,
        "notify": request.contact.email,
    }


def bacs_name(holder: str) -> str:
    """The holder as Bacs has room for: 18 characters of the Latin alphabet, accents left out."""
    plain = unicodedata.normalize("NFKD", holder).encode("ascii", "ignore").decode()
    return " ".join(plain.split())[:LONGEST_NAME].strip() or holder[:LONGEST_NAME]


def canceled(data: Json) -> bool:
    """Whether an instruction stands no more."""
    return bool(data["status"] == "cancelled")


def set_up(data: Json) -> Outcome[MandateSetUp]:
    """What became of an instruction; a cancelled one counts as declined."""
    if data["status"] == "cancelled":
        return Declined(code="declined")
    if data["status"] not in ("lodged", "active"):
        raise ValueError("status")
    return Passed(output=MandateSetUp(mandate=word(data["reference"])))
