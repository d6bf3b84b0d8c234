"""One call to one provider, the same for whoever makes it: a step, or a message of an event.

What comes before it (written ahead, with a lease) and after it (a doubt, and the way out) is in
`flow/engine/doubt.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar

from unshackled.domain.checkout import Checkout
from unshackled.domain.clock import Clock
from unshackled.domain.documents.document_links import DocumentLinks
from unshackled.domain.records import Record, replace
from unshackled.errors import InDoubt, ProviderError
from unshackled.flow.runtime.backend_port import Backends
from unshackled.outbound import Shed, retrying
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.outcome import Found, Undone
from unshackled.telemetry import Recorder, get_logger

T = TypeVar("T")
LOOK_UP_TIMEOUT: Final = timedelta(seconds=10)
# The provider's guard bounds each call; this only catches one that does not come back at all.
GRACE: Final = timedelta(seconds=2)
log = get_logger(__name__)


class ProviderCaller(Record):
    """What sending needs: the providers, the clock, chance, our address, and links to documents."""

    backends: Backends
    clock: Clock
    random: Random
    public_url: str
    recorder: Recorder = field(default_factory=Recorder.silent)
    links: DocumentLinks | None = None

    def documents_url(self, checkout: Checkout) -> str:
        """Where its customer reads the documents; empty where links cannot be made."""
        return self.links.url(checkout.id, checkout.created_at) if self.links is not None else ""

    def frame(self, account: str, provider: str, reference: str, **more: Any) -> Call:
        """The call's frame; both addresses are those at which the provider answers later."""
        return Call(
            reference=reference,
            callback_url=f"{self.public_url}/v1/callbacks/{account}/{provider}",
            return_url=f"{self.public_url}/v1/returns/{reference}",
            **more,
        )

    async def perform(
        self,
        account: str,
        provider: str,
        operation: str,
        request: Any,
        call: Call,
        *,
        policy: RetryPolicy,
        ends_by: datetime,
        query: bool = False,
    ) -> Found[Any]:
        """Carry out an operation, again where nothing was sent; all of it ends by `ends_by`."""
        tries = _Tries()

        async def once(attempt: int) -> Found[Any]:
            try:
                async with asyncio.timeout((call.timeout + GRACE).total_seconds()):
                    return await self.backends.perform(account, provider, operation, request, call)
            except ProviderError as error:
                raise tries.failure_of(error) from None

        return await retrying(
            once,
            policy=policy,
            within=call.timeout,
            give_up_at=ends_by,
            clock=self.clock,
            random=self.random,
            query=query,
        )

    async def look_up(self, account: str, provider: str, operation: str, call: Call) -> Found[Any]:
        """Ask what became of the effect under `call.reference`."""
        async with asyncio.timeout((LOOK_UP_TIMEOUT + GRACE).total_seconds()):
            return await self.backends.look_up(account, provider, operation, call)

    async def undo(
        self, account: str, provider: str, operation: str, undo: Undo[Any], call: Call
    ) -> Undone:
        """Take an effect back."""
        async with asyncio.timeout((call.timeout + GRACE).total_seconds()):
            return await self.backends.undo(account, provider, operation, undo, call)


async def answer_of(provider: str | None, call: Awaitable[T]) -> T:
    """What a call brought; raises nothing but a `ProviderError`, whatever an adapter does."""
    try:
        return await call
    except ProviderError:
        raise
    except TimeoutError:
        raise InDoubt("gave up waiting", provider=provider, reason="timeout") from None
    except Exception as error:  # noqa: BLE001 - whatever an adapter raises
        raise adapter_broke(error, provider) from None


def adapter_broke(error: Exception, provider: str | None) -> InDoubt:
    """The doubt that an adapter leaves which breaks; never its text: it may hold personal data."""
    kind = type(error).__name__
    log.warning("adapter.broken", kind=kind, exc_info=error)
    return InDoubt(f"adapter broke: {kind}", provider=provider, reason="adapter_broken")


@dataclass(slots=True)
class _Tries:
    """The tries of one call: it is reported as the last one failed."""

    sends: int = 0
    last: ProviderError | None = None

    def failure_of(self, error: ProviderError) -> ProviderError:
        """The failure of this try, or of the one before where we shed this one ourselves."""
        self.sends += error.summary.sends
        if self.last is None or not isinstance(error, Shed):
            self.last = error
        self.last.summary = replace(self.last.summary, sends=self.sends)
        return self.last
