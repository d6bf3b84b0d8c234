"""The consumer that fetches the signed copy of each agreement that was signed, once.

Where the provider cannot be reached it raises: the event is handed over again some times, then it
is a dead letter, which is logged and which an operator may replay.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pydantic import ValidationError

from unshackled.domain.checkout import Checkout, reference_of
from unshackled.domain.codec import decode
from unshackled.domain.documents.signed_copy import copy_fault
from unshackled.domain.events.document_events import DocumentRecorded
from unshackled.errors import InDoubt
from unshackled.flow.runtime.provider_caller import ProviderCaller, answer_of
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.agreement import SIGNED_COPY, AgreementSigned, CopyFile
from unshackled.store.port import Store
from unshackled.store.signed_copies import SignedCopies
from unshackled.store.stored_records import EventRow
from unshackled.telemetry import get_logger, whose

log = get_logger(__name__)

TIMEOUT: Final = timedelta(seconds=10)
# The follower hands the event over again.
ONCE: Final = RetryPolicy(attempts=1)


class SignedCopyConsumer:
    """Asks the provider that signed, where it hands out copies, and keeps what it gives."""

    name = "signed-copies"

    def __init__(self, store: Store, caller: ProviderCaller) -> None:
        self._store = store
        self._caller = caller
        self._copies = SignedCopies(store)

    def concerns(self, event: EventRow) -> bool:
        """Whether it says that an agreement of the sale was signed."""
        signed = event.type == DocumentRecorded.type and event.data.get("standing") == "signed"
        return signed and not event.data.get("run")

    async def take(self, event: EventRow) -> None:
        """Fetch the copy unless it is there; raises a `ProviderError` where that should be tried.

        What is too large, or no PDF, is refused and logged: it would be the same again.
        """
        if not self.concerns(event):
            return
        step = str(event.data["step"])
        checkout = await self._store.load(event.checkout)
        if checkout is None or (checkout.erasure is not None and checkout.erasure.whole):
            return
        known = await self._copies.of(checkout)
        signed, state = _signed(checkout, step), checkout.steps.get(step)
        provider = state.provider if state is not None else None
        done = any(one.step == step and one.at >= event.at for one in known)
        if done or signed is None or provider is None:
            return
        if not self._caller.backends.offers(checkout.account, provider, SIGNED_COPY):
            return
        file = await answer_of(provider, self._ask(checkout, step, provider, signed))
        fault = copy_fault(file.content, file.content_type)
        about = {**whose(checkout.account), "checkout": checkout.id, "provider": provider}
        if fault is not None:
            log.error("signed_copy.refused", reason=fault, size=len(file.content), **about)
        elif await self._copies.keep(checkout, step, file.content, now=self._caller.clock.now()):
            log.info("signed_copy.stored", size=len(file.content), **about)

    async def _ask(
        self, checkout: Checkout, step: str, provider: str, signed: AgreementSigned
    ) -> CopyFile:
        now, state = self._caller.clock.now(), checkout.steps[step]
        call = self._caller.frame(
            checkout.account,
            provider,
            reference_of(checkout.id, SIGNED_COPY, step, state.generation, provider),
            checkout=checkout.id,
            currency=checkout.currency,
            locale=checkout.locale,
            timeout=TIMEOUT,
            handle=state.handle,
        )
        found: object = await self._caller.perform(
            checkout.account,
            provider,
            SIGNED_COPY,
            signed,
            call,
            policy=ONCE,
            ends_by=now + 2 * TIMEOUT,
            query=True,
        )
        if not isinstance(found, CopyFile):
            raise InDoubt("no file came", provider=provider, reason="unexpected_answer")
        return found


def _signed(checkout: Checkout, step: str) -> AgreementSigned | None:
    """What the step came to; None where it was undone since, or its data was withdrawn."""
    state = checkout.steps.get(step)
    output = checkout.output(step) if state is not None else None
    try:
        return decode(AgreementSigned, output) if output is not None else None
    except ValidationError:
        return None
