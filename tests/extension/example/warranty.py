"""Warranty: repairs of a handset after its maker's own warranty has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from unshackled.domain.facts import CheckoutRef, Fact
from unshackled.domain.package import HandsetLine
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import effect, undoes
from unshackled.ports.outcome import Found, Outcome, Undone


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterWarranty:
    """Which handset, for whom, and for how many months after the maker's."""

    checkout: CheckoutRef
    handset: HandsetLine
    months: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WarrantyRegistered(Fact):
    """The insurer's number of the contract."""

    warranty: str


class Warranty(Protocol):
    """An insurer of handsets."""

    @effect(undo="cancel", declinable=True)
    async def register(self, request: RegisterWarranty, call: Call) -> Outcome[WarrantyRegistered]:
        """Insure the handset; `device_blocked` for one that is reported stolen."""
        ...

    @undoes()
    async def cancel(self, request: Undo[WarrantyRegistered], call: Call) -> Undone:
        """End the contract as if it had never been."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...
