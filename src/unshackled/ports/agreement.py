"""Agreement: the customer signs, on the signing provider's own pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol

from unshackled.domain.documents import AgreementFacts, DocumentShown
from unshackled.domain.facts import CheckoutRef, Fact, added
from unshackled.domain.records import Record
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import effect, undoes
from unshackled.ports.outcome import Found, Outcome, Undone


class SignAgreement(AgreementFacts, forbid_unknown_fields=False):
    """What is signed, by whom, and the evidence that the documents were shown first.

    The agreement itself is written from it. A signature counts `valid_for`, where that is said.
    """

    checkout: CheckoutRef
    documents: DocumentShown
    valid_for: timedelta | None = added(None)


class AgreementSigned(Record, Fact):
    """The signing provider's envelope."""

    envelope: str


class AgreementPort(Protocol):
    """Electronic signature."""

    @effect(undo="void", declinable=True, counts_for="valid_for", by_customer=True)
    async def sign(self, request: SignAgreement, call: Call) -> Outcome[AgreementSigned]:
        """Send the agreement to be signed; the customer leaves and returns (Redirect)."""
        ...

    @undoes()
    async def void(self, request: Undo[AgreementSigned], call: Call) -> Undone:
        """Make the envelope void."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = AgreementPort
