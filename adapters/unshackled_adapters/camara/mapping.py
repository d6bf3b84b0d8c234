"""Between our fraud signals and CAMARA's JSON."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from unshackled.sdk import Answer, InDoubt, Outcome, Refused
from unshackled.sdk.answers import moment
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.ports import (
    CheckSimSwap,
    Contact,
    IdentityMatched,
    MatchIdentity,
    SimSwapChecked,
)

Json = Mapping[str, Any]
BirthDate = Literal["equal", "different", "not_compared"]

# The furthest that `check` looks back, in hours.
LONGEST_HOURS: Final = 2400
# Statuses that have a code of CAMARA's in their body, which decides.
ANSWERS: Final = (400, 403, 404, 422)
# Codes that mean: this operator cannot tell about this number.
UNKNOWN: Final = frozenset({"IDENTIFIER_NOT_FOUND", "SERVICE_NOT_APPLICABLE"})
# Codes of our mistakes, missing rights, and operators that want what we do not have.
REFUSALS: Final = frozenset(
    {
        "INVALID_ARGUMENT",
        "INVALID_TOKEN_CONTEXT",
        "KNOW_YOUR_CUSTOMER.ID_DOCUMENT_MISMATCH",
        "KNOW_YOUR_CUSTOMER.ID_DOCUMENT_REQUIRED",
        "KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION",
        "MISSING_IDENTIFIER",
        "NOT_FOUND",
        "OUT_OF_RANGE",
        "PERMISSION_DENIED",
        "UNNECESSARY_IDENTIFIER",
    }
)
# The operator looks back less far than it was asked to.
TOO_FAR: Final = "OUT_OF_RANGE"
EQUAL: Final = 100
BIRTH_DATES: Final[Mapping[str, BirthDate]] = {"true": "equal", "false": "different"}


def owns(answer: Answer) -> bool:
    """Whether the operator said it: CAMARA's error, which repeats the status."""
    data = object_of(answer)
    return has(data, status=int, code=str, message=str) and data["status"] == answer.status


def error_code(answer: Answer, known: Collection[str] = UNKNOWN) -> str | None:
    """The code of an error that is a business answer; None for an answer that is no error.

    Raises `Refused` for any code but the `known` ones, with CAMARA's in small letters.
    """
    if answer.status not in ANSWERS:
        return None
    code = _code(answer)
    if code in known:
        return code
    why = code.rpartition(".")[2].lower() if code in REFUSALS else str(answer.status)
    message = f"{answer.provider}: status {answer.status}: {why}"
    raise Refused(message, provider=answer.provider, code=why)


def _code(answer: Answer) -> str:
    """The code in an error's body; empty where the body is none of CAMARA's, e.g. a gateway's."""
    try:
        data = answer.json()
    except InDoubt:
        return ""
    return str(data.get("code", "")) if isinstance(data, Mapping) else ""


def hours(within: timedelta) -> int:
    """Whole hours, rounded up, at least one."""
    return max(1, math.ceil(within / timedelta(hours=1)))


def swap_check(request: CheckSimSwap) -> dict[str, Any]:
    """The body of `check`."""
    return {"phoneNumber": request.contact.phone, "maxAge": hours(request.within)}


def swap_date(request: CheckSimSwap) -> dict[str, Any]:
    """The body of `retrieve-date`."""
    return {"phoneNumber": request.contact.phone}


def swap_checked(data: Json, request: CheckSimSwap) -> Outcome[SimSwapChecked]:
    """What `check` says."""
    swapped = data["swapped"]
    if not isinstance(swapped, bool):
        raise TypeError("swapped")
    return request.judge(
        SimSwapChecked(swapped=swapped, known=True, covered_hours=hours(request.within))
    )


def swap_dated(data: Json, request: CheckSimSwap, now: datetime) -> Outcome[SimSwapChecked]:
    """What the date of the last swap says; null is none in the days that the operator keeps."""
    asked, changed = hours(request.within), data["latestSimChange"]
    if changed is not None:
        swapped = now - moment(changed) <= timedelta(hours=asked)
        found = SimSwapChecked(swapped=swapped, known=True, covered_hours=asked)
        return request.judge(found)
    kept = int(data.get("monitoredPeriod") or 0) * 24
    return request.judge(
        SimSwapChecked(swapped=False, known=kept > 0, covered_hours=min(kept, asked))
    )


def swap_unknown(request: CheckSimSwap) -> Outcome[SimSwapChecked]:
    """The operator cannot tell about this number."""
    return request.judge(SimSwapChecked(swapped=False, known=False, covered_hours=0))


def identity(request: MatchIdentity) -> dict[str, Any]:
    """The body of `match`: no more of the customer than is to be compared."""
    contact, address = request.contact, request.address
    body: dict[str, Any] = {"phoneNumber": contact.phone}
    if request.name_score:
        body |= _name(contact)
    if request.address_score and address is not None:
        lines = (address.line1, address.line2)
        body |= {
            "address": ", ".join(line for line in lines if line),
            "locality": address.town,
            "postalCode": address.postcode,
            "country": address.country,
        }
    if request.birth_date:
        body["birthdate"] = contact.date_of_birth.isoformat()
    return body


def _name(contact: Contact) -> dict[str, str]:
    return {
        "name": f"{contact.given_name} {contact.family_name}",
        "givenName": contact.given_name,
        "familyName": contact.family_name,
    }


def identity_matched(data: Json, request: MatchIdentity) -> Outcome[IdentityMatched]:
    """What `match` says.

    The name counts as a whole, or else as the less alike of its parts; the address likewise, or
    else as the less alike of postcode and town. An answer that compares nothing is none: each
    attribute that was asked about is in it, if only as `not_available`.
    """
    if not any(name.endswith("Match") for name in data):
        raise ValueError("nothing was compared")
    found = request.weigh(
        name_score=_score(data, "name", ("givenName", "familyName")),
        address_score=_score(data, "address", ("postalCode", "locality")),
        birth_date=_birth_date(data),
    )
    return request.judge(found)


def identity_unknown(request: MatchIdentity) -> Outcome[IdentityMatched]:
    """The operator cannot tell about this number."""
    found = request.weigh(name_score=None, address_score=None, birth_date="not_compared")
    return request.judge(found)


def _birth_date(data: Json) -> BirthDate:
    _compared(data, "birthdate")
    return BIRTH_DATES.get(str(data.get("birthdateMatch")), "not_compared")


def _score(data: Json, whole: str, parts: tuple[str, ...]) -> int | None:
    score = _compared(data, whole)
    if score is not None:
        return score
    scores = [found for part in parts if (found := _compared(data, part)) is not None]
    return min(scores, default=None)


def _compared(data: Json, name: str) -> int | None:
    """The score of one attribute: 100 where it is equal, 0 where a difference has no score."""
    match = data.get(f"{name}Match", "not_available")
    if match == "not_available":
        return None
    if match == "true":
        return EQUAL
    if match != "false":
        raise ValueError("match")
    score = int(data.get(f"{name}MatchScore", 0))
    if not 0 <= score < EQUAL:
        raise ValueError("score")
    return score
