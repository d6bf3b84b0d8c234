"""Address: does it exist, and how is it written."""

from __future__ import annotations

from typing import Final, Protocol

from unshackled.domain.customer import Address as CustomerAddress
from unshackled.domain.facts import Fact
from unshackled.domain.records import Record
from unshackled.ports.call_context import Call
from unshackled.ports.operation import query
from unshackled.ports.outcome import Outcome


class VerifyAddress(Record, forbid_unknown_fields=False):
    """The address as the customer wrote it."""

    address: CustomerAddress


class AddressVerified(Record, Fact):
    """The address file's key of the delivery point."""

    delivery_point: str


class AddressPort(Protocol):
    """An address file."""

    @query(declinable=True)
    async def verify(self, request: VerifyAddress, call: Call) -> Outcome[AddressVerified]:
        """Find the address; `address_not_found` when there is none."""
        ...


PORT: Final = AddressPort
