"""Signed copies: what a signer made of an agreement is fetched off the path of the purchase."""

from __future__ import annotations

from typing import Final

from unshackled.events.consumer_registry import ConsumerDeps, ConsumerRegistration
from unshackled.events.signed_copies.copy_consumer import SignedCopyConsumer
from unshackled.flow.runtime.provider_caller import ProviderCaller


def build(deps: ConsumerDeps) -> ConsumerRegistration:
    """Copies go with the data of their checkout, not in time."""
    caller = ProviderCaller(
        backends=deps.backends,
        clock=deps.clock,
        random=deps.random,
        public_url=deps.public_url,
    )
    return ConsumerRegistration(consumer=SignedCopyConsumer(deps.store, caller))


CONSUMER: Final = build
