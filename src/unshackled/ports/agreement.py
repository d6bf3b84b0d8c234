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


class CopyFile(Record):
    """What the signing provider made of an agreement that was signed, as it came."""

    content: bytes
    content_type: str


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


class CopyPort(Protocol):
    """What an agreement port may have beside: no step calls it, and nobody waits for it."""

    async def signed_copy(self, request: AgreementSigned, call: Call) -> CopyFile:
        """The signed agreement as a PDF, from the provider that signed; asking changes nothing.

        Raises `NotSent` while there is none yet.
        """
        ...


PORT: Final = AgreementPort
SIGNED_COPY: Final = "agreement.signed_copy"
