"""Mandate: a Direct Debit instruction."""

from __future__ import annotations

from typing import Final, Protocol

from unshackled.domain.case import CaseRequest
from unshackled.domain.customer import BankAccount, Contact
from unshackled.domain.facts import CheckoutRef, Fact
from unshackled.domain.records import AbstractRecord, Record
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import effect, undoes
from unshackled.ports.outcome import Found, Outcome, Undone
from unshackled.ports.taking_back import TakesBack


class SetUpMandate(Record, forbid_unknown_fields=False):
    """Whose account may be debited."""

    checkout: CheckoutRef
    contact: Contact
    account: BankAccount


class MandateSetUp(Record, Fact):
    """The Bacs reference: 6 to 18 characters."""

    mandate: str


class CancelMandate(AbstractRecord, TakesBack, forbid_unknown_fields=False):
    """Which instruction ends, and in which case."""

    case: CaseRequest
    mandate: MandateSetUp | None = None

    def receipt(self) -> MandateCanceled:
        """The instruction that ended."""
        return MandateCanceled(mandate=self.mandate.mandate if self.mandate else None)


class MandateCanceled(Record, Fact):
    """The instruction that nothing is collected by any more; None where its number is erased."""

    mandate: str | None


class Mandate(Protocol):
    """Direct Debit."""

    @effect(undo="cancel", declinable=True, collects=("tariff_months", "instalments"))
    async def set_up(self, request: SetUpMandate, call: Call) -> Outcome[MandateSetUp]:
        """Lodge the instruction; `invalid_bank_account` when the account fails its checks."""
        ...

    @undoes(of_sale=("set_up",), request=CancelMandate, output=MandateCanceled)
    async def cancel(self, request: Undo[MandateSetUp], call: Call) -> Undone:
        """Cancel the instruction: in a checkout that ends, or in a case after it."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = Mandate
