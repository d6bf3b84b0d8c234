"""Identity: is the customer who they say they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol

from unshackled.domain.customer import Address, Contact
from unshackled.domain.facts import Fact, added
from unshackled.domain.records import Record
from unshackled.ports.call_context import Call
from unshackled.ports.operation import effect
from unshackled.ports.outcome import Found, Outcome


class VerifyIdentity(Record, forbid_unknown_fields=False):
    """Who to check; the result counts `valid_for`, where that is said."""

    contact: Contact
    address: Address
    valid_for: timedelta | None = added(None)


class IdentityVerified(Record, Fact):
    """The check's number and its strength."""

    check: str
    level: str


class Identity(Protocol):
    """Know your customer."""

    @effect(leaves_nothing=True, declinable=True, counts_for="valid_for", by_customer=True)
    async def verify(self, request: VerifyIdentity, call: Call) -> Outcome[IdentityVerified]:
        """Check the identity; `identity_not_verified` or `sanctions_hit` when it fails."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = Identity
