"""Between our address and the address file's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk import Declined, Outcome, Passed
from unshackled.sdk.ports import AddressVerified, VerifyAddress

# How sure the file is; what is not listed is NOT_FOUND.
GOOD_ENOUGH: Final = frozenset({"exact", "normalised"})
# Whose addresses the file has.
COUNTRIES: Final = frozenset({"GB"})
# What the file cannot read as it was written; any other code is our mistake.
UNREADABLE: Final = {"address_unreadable": "address_not_found"}
NOT_FOUND: Final = Declined(code="address_not_found")


def query_of(request: VerifyAddress) -> dict[str, Any]:
    """The address as the customer wrote it."""
    address = request.address
    return {
        "lines": list(address.lines),
        "town": address.town,
        "postcode": address.postcode,
        "country": address.country,
    }


def verified(data: Mapping[str, Any]) -> Outcome[AddressVerified]:
    """The delivery point that the address is, if it is one."""
    if data["match"] not in GOOD_ENOUGH:
        return NOT_FOUND
    point = data["delivery_point"]
    if not isinstance(point, str) or not point:
        raise ValueError("delivery_point")
    return Passed(output=AddressVerified(delivery_point=point))
